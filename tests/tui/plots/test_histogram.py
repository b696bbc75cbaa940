from dataclasses import replace

import pytest

from engine.api import Dimension
from engine.review.histogram import bin_counts, bin_edges
from tui.drawing.styled_lines import plain
from tui.plots.histogram import draw_histogram
from tui.plots.histogram_layout import MARGIN, lay_out

LR = Dimension(name="lr", kind="float", low=1e-6, high=1e-2, log=True)
EDGES = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2)


def drawn(width: int = 45, height: int = 8, **more: Dimension) -> list[str]:
    return [
        plain(row) for row in draw_histogram(LR, EDGES, (1, 2, 8, 4), (0, 0, 2, 4), width=width, height=height, **more)
    ]


def test_bars_are_as_high_as_their_counts() -> None:
    rows = drawn(height=9)
    assert rows[0].count("█") > 0
    tallest = rows[0].index("█")
    assert all(row[tallest] in "█▓" for row in rows[:8])


def test_top_trials_are_hatched_not_only_coloured() -> None:
    assert any("▓" in row for row in drawn())


def test_every_plot_has_the_asked_height_and_width() -> None:
    for width in (20, 33, 60, 90):
        for height in (4, 8, 20):
            rows = drawn(width, height, current=LR, proposed=LR)
            assert len(rows) == height
            assert all(len(row) <= width for row in rows)


def test_log_axes_are_labelled_by_decades() -> None:
    assert {"1e-6", "1e-5", "1e-4", "0.001"} <= set(drawn()[-1].split())


def test_bounds_are_drawn_where_they_lie_and_named() -> None:
    narrowed = replace(LR, low=1e-4, high=1e-2)
    rows = drawn(current=LR, proposed=narrowed)
    now, new = rows[-3], rows[-2]
    assert now.startswith("now")
    assert new.startswith("new")
    assert now.index("├") < new.index("├")
    assert "1e-4 … 0.01" in new


def test_a_bound_beyond_the_range_extends_the_axis() -> None:
    rows = drawn(current=LR, proposed=replace(LR, high=1.0))
    assert rows[-2].rindex("┤") > rows[-3].rindex("┤")


def test_a_frozen_value_is_a_mark_on_its_row() -> None:
    assert "◆" in drawn(current=LR, proposed=replace(LR, frozen=1e-4))[-2]


def test_categories_stand_under_their_bars() -> None:
    head = Dimension(name="head", kind="categorical", choices=("linear", "mlp"))
    rows = [plain(r) for r in draw_histogram(head, (0, 1, 2), (3, 1), (2, 0), width=45, height=8, current=head)]
    assert rows[-1].split() == ["linear", "mlp"]
    assert rows[-1].index("mlp") > 20


def test_nothing_complete_is_said() -> None:
    rows = [plain(r) for r in draw_histogram(LR, EDGES, (0, 0, 0, 0), (0, 0, 0, 0), width=45, height=8)]
    assert any("No complete trial yet" in row for row in rows)


@pytest.mark.parametrize("width", [30, 47, 61, 90])
@pytest.mark.parametrize(
    "dimension",
    [
        LR,
        Dimension(name="n", kind="int", low=1, high=30),
        Dimension(name="n", kind="int", low=1, high=9),
        Dimension(name="s", kind="float", low=0.0, high=1.0, step=0.01),
        Dimension(name="c", kind="categorical", choices=tuple("abcde")),
    ],
    ids=["log", "int", "few", "step", "category"],
)
def test_bars_of_one_histogram_are_equally_wide(dimension: Dimension, width: int) -> None:
    edges = bin_edges(dimension)
    wider = dimension if dimension.kind == "categorical" else replace(dimension, high=2 * dimension.bounds[1])
    for proposed in (None, wider):
        at = lay_out(dimension, edges, width=width, height=12, current=dimension, proposed=proposed)
        widths = [b - a for a, b in zip(at.columns, at.columns[1:], strict=False)]
        assert len(set(widths[:-1])) == 1
        assert at.columns[-1] <= at.width <= width - MARGIN


def test_every_top_trial_and_every_failure_stands_at_its_value() -> None:
    rows = [
        plain(row)
        for row in draw_histogram(
            LR, EDGES, (1, 2, 8, 4), (0, 0, 2, 4), width=45, height=12, current=LR, proposed=LR,
            top_values=(1e-3, 1e-3, 5e-6), failed=(1e-2, 5e-3, 2e-6),
        )
    ]  # fmt: skip
    assert [row[:4].strip() for row in rows[-5:-1]] == ["top", "fail", "now", "new"]
    assert (rows[-5].count("╵"), rows[-5].count("║")) == (1, 1)
    assert rows[-5].index("╵") == MARGIN + 6
    assert rows[-4].count("✗") == 3
    assert rows[-4].rstrip().endswith("✗")


def test_bars_keep_three_rows_where_there_is_little_room() -> None:
    everything = {"current": LR, "proposed": LR, "has_top": True, "has_failed": True}
    below = [lay_out(LR, EDGES, width=45, height=h, **everything).below for h in (5, 6, 7, 8)]
    assert below == [("axis",), ("now", "new", "axis"), ("fail", "now", "new", "axis"), (
        "top", "fail", "now", "new", "axis")]  # fmt: skip


def test_whole_numbers_have_whole_ticks_and_the_brackets_hold_their_bars() -> None:
    layers = Dimension(name="layers", kind="int", low=1, high=6)
    edges = bin_edges(layers)
    narrowed = replace(layers, low=2, high=3)
    rows = [
        plain(row)
        for row in draw_histogram(
            layers, edges, bin_counts(layers, edges, [1, 2, 3, 4, 5, 6]), (0,) * 6, width=59, height=10,
            current=layers, proposed=narrowed,
        )
    ]  # fmt: skip
    assert rows[-1].split() == ["1", "2", "3", "4", "5", "6"]
    assert rows[-3].rstrip() == "now  ├" + "─" * 52 + "┤"
    assert (rows[-2].index("├"), rows[-2].index("┤")) == (MARGIN + 9, MARGIN + 27)
