from dataclasses import replace

from engine.api import Dimension
from tui.drawing.styled_lines import plain
from tui.plots.histogram import draw_histogram, nearest_bin

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
    assert any("no complete trial yet" in row for row in rows)


def test_the_last_bin_holds_its_upper_edge() -> None:
    assert [nearest_bin((0, 1, 2), v) for v in (-0.1, 0, 0.99, 1, 2, 2.1)] == [None, 0, 0, 1, 1, None]
