import math
import random
import time

import pytest

from engine.api import Dimension
from engine.trials.states import Direction
from tui.drawing.styled_lines import plain
from tui.plots.correlation import correlations, draw_matrix, spearman, strong_from
from tui.plots.curve import Series, draw_curves, running_best
from tui.plots.rank_flow import draw_rank_flow, short_names
from tui.plots.raster import Stroke, draw_strokes
from tui.plots.scatter import draw_pair_scatter, draw_score_scatter
from tui.plots.sparkline import sparkline, trend
from tui.plots.spread import bin_of, concentration_curve, entropy, entropy_curve

LR = Dimension(name="lr", kind="float", low=1e-5, high=1e-1, log=True)
WIDTH = Dimension(name="width", kind="int", low=1, high=9)


def test_sparklines_show_empty_bins_as_dots_and_the_fullest_as_a_block() -> None:
    assert sparkline((0, 1, 4, 8), 4) == "·▁▄█"
    assert sparkline((1, 1, 2, 2), 2) == "▄█"
    assert sparkline((0, 0), 4) == "····"
    assert sparkline((), 4) == ""


def test_trends_run_from_the_lowest_to_the_highest() -> None:
    assert trend((1.0, 2.0, 3.0), 8) == "▁▅█"
    assert trend((5.0, 5.0), 8) == "▄▄"


def test_the_running_best_never_falls_and_skips_nan() -> None:
    values = [(0.0, 3.0), (1.0, math.nan), (2.0, 1.0), (3.0, 5.0)]
    assert [y for _, y in running_best(values)] == [3.0, 3.0, 3.0, 5.0]
    assert [y for _, y in running_best(values, Direction.MINIMIZE)] == [3.0, 3.0, 1.0, 1.0]


def test_curves_have_the_asked_size_and_both_ends_of_their_axes() -> None:
    series = Series(points=((1.0, 2.0), (5.0, 8.0)))
    rows = [plain(r) for r in draw_curves([series], width=40, height=8, x_label="epoch")]
    assert len(rows) == 8
    assert all(len(row) <= 40 for row in rows)
    assert [row.split("┤")[0].strip() for row in rows if "┤" in row] == ["8", "2"]
    assert rows[-1].split() == ["1", "epoch", "5"]
    assert sum(row.count("•") for row in rows) == 2


def test_curves_without_points_say_so() -> None:
    assert any("No data yet" in plain(r) for r in draw_curves([], width=40, height=6))


def test_the_best_points_of_a_scatter_have_another_shape() -> None:
    points = [(1e-5, 1.0), (1e-3, 9.0), (1e-1, 3.0)]
    text = "\n".join(plain(r) for r in draw_score_scatter(LR, points, width=50, height=10, n_top=1))
    assert text.count("◆") == 1
    assert text.count("•") == 2
    low = "\n".join(
        plain(r) for r in draw_score_scatter(LR, points, width=50, height=10, n_top=1, direction=Direction.MINIMIZE)
    )
    assert low.split("\n")[8].count("◆") == 1


def test_failed_trials_stand_at_the_bottom_of_a_scatter() -> None:
    rows = [plain(r) for r in draw_score_scatter(LR, [(1e-3, 9.0)], width=50, height=10, n_top=1, failed=[1e-1, 1e-2])]
    assert rows[8].count("✗") == 2
    assert sum(row.count("✗") for row in rows) == 2


def test_pairs_outside_the_ranges_are_not_drawn() -> None:
    text = "\n".join(
        plain(r) for r in draw_pair_scatter(LR, WIDTH, [(1e-3, 5, True), (1e-9, 5, False)], width=50, height=10)
    )
    assert text.count("◆") == 1
    assert "•" not in text


def test_the_axis_of_a_whole_number_shows_whole_numbers() -> None:
    rows = [plain(r) for r in draw_pair_scatter(LR, WIDTH, [(1e-3, 5, True)], width=50, height=10)]
    assert rows[0].split()[0] == "9"
    assert rows[8].split()[0] == "1"


def test_spearman_agrees_with_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    a, b = [1.0, 2.0, 2.0, 5.0, 9.0], [3.0, 1.0, 4.0, 4.0, 8.0]
    assert spearman(a, b) == pytest.approx(stats.spearmanr(a, b).statistic)
    assert spearman([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]) is None


def test_the_matrix_marks_strong_pairs_with_a_sign() -> None:
    trials = [{"a": float(i), "b": float(-i), "c": float(i % 2)} for i in range(8)]
    rho = correlations(trials, ("a", "b", "c"))
    assert rho["a", "b"] == pytest.approx(-1.0)
    rows = [plain(r) for r in draw_matrix(("a", "b", "c"), rho, ("a", "b"), 40)]
    assert "-1.00!" in rows[2]
    assert "!" not in rows[3]


def test_names_take_the_room_that_a_small_matrix_leaves() -> None:
    names = ("lr", "weight_decay")
    rows = [plain(r) for r in draw_matrix(names, {names: 0.5}, names, 30)]
    assert "weight_decay" in rows[2]
    many = tuple(f"dimension_{n}" for n in range(9))
    assert max(len(plain(r)) for r in draw_matrix(many, {}, None, 40)) <= 40


def test_few_trials_need_a_stronger_correlation_to_be_marked() -> None:
    assert strong_from(4) > 1.0
    assert strong_from(10) == pytest.approx(0.653, abs=1e-3)
    assert strong_from(100) == 0.6


def test_entropy_is_one_when_all_bins_are_equally_full() -> None:
    assert entropy([0, 1, 2, 3], 4) == pytest.approx(1.0)
    assert entropy([2, 2, 2], 4) == 0.0


def test_a_sprint_that_agrees_on_a_value_is_concentrated() -> None:
    spread = [(10 ** (-5 + 4 * i / 19), float(i % 7)) for i in range(20)]
    assert entropy_curve(LR, spread)[-1][1] > 0.9
    agreed = [(v, 10.0 if 9e-4 < v < 2e-3 else 0.0) for v, _ in spread] + [(1e-3, 11.0)] * 5
    assert concentration_curve(LR, agreed, 5)[-1][1] > 0.95


def test_spread_is_followed_trial_by_trial_as_if_every_prefix_were_counted_anew() -> None:
    rng = random.Random(3)
    points = [(10 ** rng.uniform(-5, -1), rng.choice([math.nan, 1.0, 2.0, 3.0, 4.0])) for _ in range(60)]
    points[7] = (1e-9, 4.0)
    for direction, sign in ((Direction.MAXIMIZE, -1), (Direction.MINIMIZE, 1)):
        followed = concentration_curve(LR, points, 5, direction)
        for n in range(1, 61):
            top = sorted((p for p in points[:n] if math.isfinite(p[1])), key=lambda p: sign * p[1])[:5]
            assert followed[n - 1] == (n, pytest.approx(1 - entropy([bin_of(LR, value) for value, _ in top], 10)))
            assert entropy_curve(LR, points)[n - 1][1] == pytest.approx(
                entropy([bin_of(LR, value) for value, _ in points[:n]], 10)
            )


def test_spread_of_many_trials_takes_time_in_proportion_to_them() -> None:
    points = [(10 ** (-5 + 4 * (n % 97) / 97), float(n * 7919 % 10_000)) for n in range(20_000)]
    began = time.process_time()
    assert len(entropy_curve(LR, points)) == len(concentration_curve(LR, points, 10)) == 20_000
    assert time.process_time() - began < 5.0, "quadratic, this took minutes"


def test_rank_flow_says_who_rose_and_who_fell() -> None:
    ranks = {"1E": {"a": 1, "b": 2}, "Full": {"b": 1, "a": 2}}
    rows = [plain(r) for r in draw_rank_flow(("1E", "Full"), ranks, width=60, height=4)]
    assert "↗ b" in rows[1]
    assert "↘ a" in rows[2]


def test_names_that_differ_at_their_end_stay_apart_in_a_narrow_rank_flow() -> None:
    ranks = {"1E": {"digits-adam": 1, "digits-sgd": 2}}
    assert short_names(ranks["1E"], 6) == {"digits-adam": "adam", "digits-sgd": "sgd"}
    tiny = ("tiny-GLOBAL", "tiny-DTL-GLOBAL", "tiny-LR0-L2")
    assert short_names(tiny, 6) == dict(zip(tiny, ("ti…BAL", "DTL", "LR0-L2"), strict=True))
    assert short_names(("alpha", "a-long-name"), 6) == {"alpha": "alpha", "a-long-name": "a-lon…"}
    rows = [plain(r) for r in draw_rank_flow(("1E",), ranks, width=13, height=3)]
    assert "adam" in rows[1]
    assert "sgd" in rows[2]


def test_one_epoch_has_its_number_under_it_and_a_small_value_an_axis_of_its_own_size() -> None:
    rows = [plain(r) for r in draw_curves([Series(points=((1.0, 0.0045),))], width=40, height=6, x_label="epoch")]
    assert rows[-1].split() == ["epoch", "1"]
    assert float(rows[0].split()[0]) == 0.0049
    assert float(rows[-2].split()[0]) == 0.004


def test_a_running_best_is_one_line_without_a_gap_from_its_first_trial_to_the_right_edge() -> None:
    best = Series(points=((0.0, 1.0), (30.0, 1.0), (31.0, 2.0), (40.0, 2.0)), mark="", stepped=True, ink="top")
    grid = draw_curves([best], width=48, height=9)
    columns = list(zip(*(plain(r)[8:] for r in grid[:-1]), strict=True))
    assert len(columns) == 40
    assert all(any("\u2801" <= cell <= "\u28ff" for cell in column) for column in columns)
    assert {ink for r in grid[:-1] for text, ink in r if any(c > "\u2800" for c in text)} == {"top"}


def test_later_strokes_lie_over_earlier_ones_and_what_thousands_of_points_share_is_drawn_once() -> None:
    line = Stroke(points=tuple((n / 9999, n / 9999) for n in range(10_000)), joined=True, ink="all")
    marks = Stroke(points=((0.0, 0.0), (0.5, 0.5), (1.0, 1.0), (0.0, 1.0)), mark="◆", ink="top")
    grid = draw_strokes([line, marks], 41, 11)
    assert [len(row) for row in grid] == [41] * 11
    assert [grid[row][column] for row, column in ((10, 0), (5, 20), (0, 40), (0, 0))] == [("◆", "top")] * 4
    assert draw_strokes([marks, line], 41, 11)[5][20][1] == "all", "a running best is not lost among its trials"
    assert {ink for row in grid for character, ink in row if character not in " ◆"} == {"all"}
    assert all(any(cell[0] != " " for cell in column) for column in zip(*grid, strict=True))


def test_nothing_that_was_drawn_before_is_left_in_the_next_plot() -> None:
    draw_strokes([Stroke(points=((0.5, 0.5),), mark="◆")], 9, 3)
    assert {character for row in draw_strokes([], 12, 4) for character, _ in row} == {" "}


def test_why_nothing_is_drawn_is_said_in_full_also_on_a_narrow_panel() -> None:
    words = "The objective reports no learning rate"
    for width, height in ((39, 8), (24, 5), (120, 20)):
        rows = [plain(row) for row in draw_curves([], width=width, height=height, empty=words)]
        assert len(rows) == height
        assert max(map(len, rows)) <= width
        assert " ".join(" ".join(rows).split()) == words
