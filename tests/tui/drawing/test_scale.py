import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api import UNSET, Dimension, Proposal
from engine.cli.review import describe_proposal
from engine.diagnostics.cells import show
from engine.space.space import describe_range
from tui.dialogs.trim import bound_stepper, exact, typed_value, widened
from tui.drawing.scale import Scale, range_text, scale_of

LR = Dimension(name="lr", kind="float", low=1e-5, high=1e-1, log=True, domain=(1e-9, 1.0))
LAYERS = Dimension(name="layers", kind="int", low=1, high=8, domain=(1, 64))
HEAD = Dimension(name="head", kind="categorical", choices=("linear", "mlp"))


def test_positions_and_values_are_inverse_on_both_scales() -> None:
    for scale in (Scale(1e-5, 1e-1, True), Scale(-2.0, 3.0)):
        for position in (0.0, 0.3, 1.0):
            assert scale.position(scale.value(position)) == pytest.approx(position)


def test_columns_are_clamped_to_the_plot() -> None:
    assert [Scale(0.0, 1.0).column(v, 10) for v in (-5.0, 0.0, 0.99, 1.0, 7.0)] == [0, 0, 9, 9, 9]


def test_categories_lie_in_the_centre_of_their_cells() -> None:
    assert [scale_of(HEAD).position(i) for i in (0, 1)] == [0.25, 0.75]


def test_ranges_read_in_few_characters() -> None:
    assert [range_text(d) for d in (LR, LAYERS, HEAD)] == ["1e-5 … 0.1 log", "1 … 8", "linear | mlp"]
    assert range_text(Dimension(name="x", kind="float", low=0.0, high=1.0, frozen=0.3)) == "= 0.3 frozen"


def test_an_arrow_drags_a_bound_along_its_own_scale_and_never_out_of_its_domain() -> None:
    step = bound_stepper(LR)
    assert float(step("1e-3", 1)) == pytest.approx(10 ** (-3 + 4 / 40), rel=0.01)
    assert step("1", 1) == "1"
    assert step("not a number", 1) == "not a number"
    assert bound_stepper(LAYERS)("3", 1) == "4"
    assert bound_stepper(LAYERS)("1", -1) == "1"


def test_whole_numbers_are_dragged_by_one_and_written_in_full() -> None:
    units = Dimension(name="units", kind="int", low=1024, high=1040, domain=(1, 16_384))
    step = bound_stepper(units)
    assert step("1024", 1) == "1025"
    assert step("16384", 1) == "16384"
    assert step("inf", 1) == "inf"
    assert range_text(units) == describe_range(units) == "1024 … 1040"
    assert exact(units, 16_383.0) == "16383"
    assert describe_proposal(Proposal(action="narrow", dimension="units", low=1025, high=16_384)) == (
        "narrow 1025 … 16384"
    )
    assert show(units, np.array([0.0, 1.0])) == "1024 … 1040"


def test_every_step_of_a_drag_is_seen_and_stays_in_the_domain() -> None:
    fine = Dimension(name="fine", kind="float", low=1000.0, high=1000.5, domain=(999.0, 1000.51234))
    step = bound_stepper(fine)
    assert float(step("1000", 1)) == pytest.approx(1000.0125, abs=0.0125 / 4)
    assert step("1000.512", 1) == "1000.51234"
    assert pytest.approx(widened(fine)[0], abs=0.05) == 1000.0 - 0.25 * 0.5


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_nobody_touched_reads_back_exactly(value: float) -> None:
    assert float(exact(LR, value)) == value
    whole = float(round(math.fmod(value, 2.0**53)))
    assert float(exact(LAYERS, whole)) == whole
    assert exact(LAYERS, whole).lstrip("-").isdigit()


def test_categories_are_written_as_they_are_chosen_by() -> None:
    sizes = Dimension(name="sizes", kind="categorical", choices=(1e-05, 10_000_000, True, "mlp"))
    assert [typed_value(sizes, exact(sizes, choice)) for choice in sizes.choices] == list(sizes.choices)


def test_widening_begins_outside_the_range_and_inside_the_domain() -> None:
    low, high = widened(LR)
    assert 1e-9 <= low < 1e-5
    assert 1e-1 < high <= 1.0
    assert widened(LAYERS)[0] >= 1
    assert widened(Dimension(name="units", kind="int", low=1, high=64, log=True))[0] == 1


def test_typed_values_take_the_dimensions_type() -> None:
    assert typed_value(LR, "1e-3") == 1e-3
    assert typed_value(LAYERS, "3") == 3
    assert typed_value(HEAD, "mlp") == "mlp"
    assert typed_value(LR, "much") is UNSET
    assert typed_value(HEAD, "conv") is UNSET
