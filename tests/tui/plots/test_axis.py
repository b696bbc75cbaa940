import math

import pytest

from engine import api
from engine.api import Dimension
from tui.drawing.scale import scale_of
from tui.drawing.styled_lines import plain
from tui.plots.axis import score_texts, tick_texts
from tui.plots.course import draw_course
from tui.plots.curve import Series, draw_curves
from tui.plots.histogram import axis_labels
from tui.plots.scatter import draw_pair_scatter, draw_score_scatter
from tui.thresholds.lines import climb_lines

LR = Dimension(name="lr", kind="float", low=1e-5, high=1e-1, log=True)


def curve(ys: list[float], *, width: int = 60, height: int = 9, first: float = 0.0, joined: bool = False) -> list[str]:
    points = tuple((first + n, y) for n, y in enumerate(ys))
    return [plain(row) for row in draw_curves([Series(points=points, joined=joined)], width=width, height=height)]


@pytest.mark.parametrize(
    "ends", [(12_345.0, 12_350.0), (98.12, 98.124), (-123_456.7, -3.0), (1e-12, 3e-12), (0.0, 0.05), (2.0, 8.0)]
)
def test_the_labels_of_an_axis_are_whole_and_differ(ends: tuple[float, float]) -> None:
    rows = curve([ends[0], ends[1]])
    labels = [row.split("┤")[0].strip() for row in rows if "┤" in row]
    assert all(len(row) <= 60 for row in rows)
    assert not any("…" in label for label in labels)
    values = [float(label) for label in labels]
    assert len(values) >= 2
    assert values == sorted(set(values), reverse=True)
    span = ends[1] - ends[0]
    assert all(ends[0] - span / 10 <= value <= ends[1] + span / 10 for value in values)


def test_ticks_are_round_numbers() -> None:
    rows = curve([31.27, 68.91], height=14)
    assert [row.split("┤")[0].strip() for row in rows if "┤" in row] == ["60", "50", "40"]
    fine = Dimension(name="fine", kind="float", low=0.137, high=0.871)
    assert axis_labels(fine, scale_of(fine), 60).split() == ["0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8"]
    batch = Dimension(name="batch", kind="int", low=12, high=96, log=True)
    assert axis_labels(batch, scale_of(batch), 60).split() == ["20", "50"]


def test_numbers_of_trials_are_written_in_full_under_a_curve() -> None:
    assert curve([1.0] * 1235)[-1].split() == ["0", "1234"]
    assert curve([1.0] * 51, first=10_000)[-1].split() == ["10000", "10050"]
    assert tick_texts((1000.0, 1000.2, 1000.4)) == ["1000", "1000.2", "1000.4"]
    assert score_texts((70.0, 60.0)) == ["70.00", "60.00"]


def test_a_narrow_dimension_has_labels_that_differ() -> None:
    fine = Dimension(name="fine", kind="float", low=1000.0, high=1000.4)
    for width in (20, 21, 24, 40):
        labels = axis_labels(fine, scale_of(fine), width).split()
        assert labels[0] == "1000"
        assert labels[-1] == "1000.4"
        assert len(set(labels)) == len(labels)
    units = Dimension(name="units", kind="int", low=1024, high=16_384)
    assert axis_labels(units, scale_of(units), 40).split() == ["5000", "10000", "15000"]


def test_the_labels_of_a_scatter_are_whole() -> None:
    rows = [plain(r) for r in draw_score_scatter(LR, [(1e-3, -1.234e-5), (1e-2, 0.0)], width=40, height=8, n_top=1)]
    assert [row.split("┤")[0].strip() for row in rows if "┤" in row] == ["0", "-1e-5"]
    units = Dimension(name="units", kind="int", low=1_234_567, high=1_234_570)
    rows = [plain(r) for r in draw_pair_scatter(LR, units, [(1e-3, 1_234_568, True)], width=40, height=8)]
    assert [row.split("┤")[0].strip() for row in rows if "┤" in row] == ["1234570", "1234567"]


def test_the_labels_of_a_course_are_whole() -> None:
    one = api.Stretch(
        epoch=3.0, label="1E_v1", n=4, low=-1.2e-10, lower=0.0, median=0.0, upper=0.0, high=0.0, best=0.0,
        bounds=(-1.25e-10, 0.0),
    )  # fmt: skip
    course = api.Trajectory(dimension="x", log=False, stretches=(one,), p=0.5, warning="")
    rows = [plain(row) for row in draw_course(course, width=40, height=8)]
    assert float(rows[6].split("│")[0]) == pytest.approx(-1.25e-10, abs=1e-11)


def test_a_line_does_not_bridge_what_was_not_measured() -> None:
    whole, gap = (curve(ys, joined=True) for ys in ([1.0, 1.0, 1.0, 1.0, 2.0], [1.0, math.nan, math.nan, 1.0, 2.0]))

    def drawn(rows: list[str]) -> int:
        return sum("\u2801" <= cell <= "\u28ff" for cell in rows[7])

    assert drawn(whole) > 30
    assert drawn(gap) < 20
    assert sum(row.count("•") for row in gap) == 3


@pytest.mark.parametrize("height", [12, 20, 33])
def test_the_epoch_of_a_climb_is_an_upright_line_without_a_hole(height: int) -> None:
    rounds = tuple(
        api.ClimbRound(
            phase="train", step=step, what="", before=(0.5, 0.5, 0.5), after=(0.6, 0.5, 0.5), f1_before=f1, f1_after=f1,
            tried=((0.5, 0.5, 0.5, f1), (0.6, 0.5, 0.5, f1 + 1.0)), scut=None,
        )
        for step, f1 in ((1, 0.0), (2, 60.0), (3, 61.0))
    )  # fmt: skip
    trace = api.ThresholdTrace(scut=None, rounds=rounds, n_rounds=3, classes=())
    rows = [plain(row)[8:] for row in climb_lines(trace, 2, 60, height)]
    plot = rows[next(at for at, row in enumerate(rows) if "this epoch" in row) + 1 : -1]
    middle = plot[0].index("│")
    assert all(row[middle] != " " for row in plot)
