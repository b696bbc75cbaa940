import random
import time

from engine.api import Dimension, Finding
from tui.drawing.styled_lines import Line, plain
from tui.plots.importance import draw_importance, importance_evidence
from tui.plots.parallel import ParallelTrial, draw_parallel, nearest_trial, parallel_axes

LR = Dimension(name="lr", kind="float", low=1e-5, high=1e-1, log=True)
WIDTH = Dimension(name="width", kind="int", low=1, high=9)
EVIDENCE = {"pedanova": {"a": 0.2, "b": 0.8}, "fanova": {"a": 0.3, "b": 0.6}, "r2": 0.4,
            "relevance": {"a": 0.5, "b": 30.0}, "relevant": ["b"], "model_r2": 0.6}  # fmt: skip


def test_the_most_important_dimension_comes_first_with_both_shares() -> None:
    found = importance_evidence([Finding(kind="importance", severity="info", text="", evidence=EVIDENCE)])
    rows = [plain(row) for row in draw_importance(found, width=70, height=9)]
    assert rows[1].split()[0] == "b"
    assert "80%" in rows[1]
    assert "60%" in rows[1]
    assert "40%" in rows[-1]


def test_relevance_and_what_the_models_explain_are_whole_on_a_narrow_plot() -> None:
    rows = [plain(row) for row in draw_importance(EVIDENCE, width=46, height=9)]
    assert max(map(len, rows)) <= 46
    assert rows[1].endswith("30 ✓")
    assert rows[2].endswith("0.5")
    foot = " ".join(" ".join(rows[3:]).split())
    assert foot.endswith("Explained of unseen scores: score model 60%, forest behind fANOVA 40%")


def test_without_the_finding_the_reason_is_said() -> None:
    assert importance_evidence([Finding(kind="boundary", severity="info", text="")]) is None
    assert "Too few trials (3)" in plain(draw_importance(None, width=60, height=5, n_trials=3)[1])
    narrow = [plain(row) for row in draw_importance(None, width=30, height=5, n_trials=3)]
    assert max(map(len, narrow)) <= 30
    assert narrow[-1].strip().endswith("importance")


def trial(params: dict[str, float | str], score: float, is_top: bool = False, number: int = 0) -> ParallelTrial:
    return ParallelTrial(number=number, params=params, score=score, is_top=is_top)


def test_a_top_trial_is_a_fine_line_and_the_others_are_faint_dots() -> None:
    shown = [trial({"lr": 1e-1, "width": 9}, 5.0, is_top=True), trial({"lr": 1e-5, "width": 1}, 1.0)]
    rows = draw_parallel([LR, WIDTH], shown, width=60, height=12)
    drawn = [plain(row) for row in rows]
    assert len(drawn) == 12
    assert sum("\u2800" < cell <= "\u28ff" for cell in drawn[1]) == 41
    assert drawn[9].count("·") == 41
    assert {ink for text, ink in rows[9] if "·" in text} == {"edge"}
    assert "5.00" in drawn[0]
    assert "1.00" in drawn[10]


def test_the_trial_in_front_is_marked_on_every_axis_and_found_under_the_pointer() -> None:
    shown = [
        trial({"lr": 1e-1, "width": 9}, 5.0, is_top=True, number=3),
        trial({"lr": 1e-5, "width": 1}, 1.0, number=7),
    ]
    rows = draw_parallel([LR, WIDTH], shown, width=60, height=12, front=7)
    assert plain(rows[9]).count("●") == 3
    assert not any("●" in plain(row) for row in rows[:9])
    axes = parallel_axes([LR, WIDTH], shown, width=60, height=12)
    assert axes is not None
    assert [nearest_trial(axes, shown, 20, row) for row in (1, 5, 9)] == [3, None, 7]
    assert nearest_trial(axes, shown, 2, 1) is None


def test_categories_are_stops_with_their_names() -> None:
    head = Dimension(name="head", kind="categorical", choices=("linear", "mlp", "bilinear"))
    rows = [
        plain(row) for row in draw_parallel([head, LR], [trial({"head": "mlp", "lr": 1e-3}, 2.0)], width=60, height=12)
    ]
    assert [sum(name in row for row in rows[1:10]) for name in ("┼linear", "┼mlp", "┼bilinear")] == [1, 1, 1]
    assert rows[0].split()[0] == "0.1"


def test_ten_thousand_trials_are_drawn_as_each_of_them_alone_would_be_and_at_once() -> None:
    rng = random.Random(2)
    head = Dimension(name="head", kind="categorical", choices=("linear", "mlp", "bilinear"))
    shown = [LR, WIDTH, head]
    trials = [
        trial({"lr": 10 ** rng.uniform(-5.2, -0.9), "width": rng.randint(0, 9), "head": rng.choice(head.choices)}, 5.0)
        for _ in range(40)
    ]

    def cells(some: list[ParallelTrial]) -> set[tuple[int, int]]:
        rows = draw_parallel(shown, some, width=70, height=16)
        return {(x, y) for y, row in enumerate(rows) for x, cell in enumerate(plain(row)) if cell == "·"}

    assert cells(trials) == set().union(*(cells([one]) for one in trials))
    many = trials * 250
    began = time.process_time()
    assert cells(many) == cells(trials)
    assert time.process_time() - began < 0.25, "line by line it takes half a second and more"


def test_long_bounds_are_not_cut_on_a_narrow_axis() -> None:
    units = Dimension(name="units", kind="int", low=1, high=2**40)
    rows = [
        plain(row) for row in draw_parallel([units] * 4, [trial({"units": 3}, 71.234567, True)], width=50, height=8)
    ]
    assert "1.1e12" in rows[0]
    assert "…" not in rows[0]


def test_a_trial_without_a_value_has_a_gap_and_few_columns_show_the_selected_axis() -> None:
    def dots(rows: list[Line]) -> int:
        return sum("\u2800" < cell <= "\u28ff" for row in rows for cell in plain(row))

    whole = draw_parallel([LR, WIDTH], [trial({"lr": 1e-3, "width": 3}, 5.0, True)], width=60, height=8)
    gap = draw_parallel([LR, WIDTH], [trial({"lr": 1e-3}, 5.0, True)], width=60, height=8)
    assert dots(whole) > 30
    assert dots(gap) == 0
    narrow = draw_parallel(
        [LR, WIDTH], [trial({"lr": 1e-3, "width": 2}, 5.0, True)], width=18, height=8, selected="width"
    )
    assert "width" in plain(narrow[-1])
    assert "lr" not in plain(narrow[-1])
