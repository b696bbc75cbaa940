"""Edits are pure, stay inside the domain, and can be taken back."""

import math
from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.space import edits
from engine.space.dimension import Dimension
from engine.space.edit_preview import diff, effect
from engine.space.edits import SpaceEdit
from engine.space.proposal import Proposal
from engine.space.space import Space, describe_range
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord
from engine.values import as_number

LR = Dimension(name="lr", kind="float", low=1e-6, high=1e-3, log=True, domain=(1e-9, 1.0))
LAYERS = Dimension(name="layers", kind="int", low=1, high=6, domain=(1, 12))
DROPOUT = Dimension(name="dropout", kind="float", low=0.0, high=0.5)
NORM = Dimension(name="norm", kind="categorical", choices=("layer", "rms", "none"))
SPACE = Space(dimensions=(LR, LAYERS, DROPOUT, NORM))


@st.composite
def single_edits(draw: st.DrawFn, space: Space) -> tuple[Space, SpaceEdit]:
    """Some legal edit of a space of the four dimensions above."""
    name = draw(st.sampled_from(space.names))
    dimension = space[name]
    if dimension.is_frozen:
        return edits.unfreeze(space, name)
    if dimension.kind == "categorical":
        kept = draw(st.lists(st.sampled_from(dimension.domain_choices), min_size=1, unique=True))
        if set(kept) == set(dimension.choices):
            return edits.freeze(space, name, kept[0])
        return edits.choices(space, name, kept)
    low, high = dimension.domain or dimension.bounds
    if dimension.kind == "int":
        a, b = draw(st.integers(int(low), int(high))), draw(st.integers(int(low), int(high)))
    else:
        a, b = draw(st.floats(low, high)), draw(st.floats(low, high))
    if a == b or (min(a, b), max(a, b)) == dimension.bounds:
        return edits.freeze(space, name, a)
    return edits.set_range(space, name, min(a, b), max(a, b))


@st.composite
def edit_logs(draw: st.DrawFn) -> tuple[list[Space], list[SpaceEdit]]:
    """Spaces before and after each of up to eight edits, and the edits."""
    spaces, log = [SPACE], []
    for _ in range(draw(st.integers(1, 8))):
        space, edit = draw(single_edits(spaces[-1]))
        spaces.append(space)
        log.append(edit)
    return spaces, log


def undone(edit: SpaceEdit) -> SpaceEdit:
    """The edit that takes another back."""
    return replace(edit, before=edit.after, after=edit.before)


@given(edit_logs())
def test_an_edit_and_its_undo_are_identity(made: tuple[list[Space], list[SpaceEdit]]) -> None:
    spaces, log = made
    for before, after, edit in zip(spaces, spaces[1:], log, strict=False):
        assert edits.apply(before, edit) == after
        assert edits.apply(after, undone(edit)) == before


@given(edit_logs())
def test_replaying_a_log_gives_the_same_space(made: tuple[list[Space], list[SpaceEdit]]) -> None:
    spaces, log = made
    assert reduce(edits.apply, log, SPACE) == spaces[-1]
    assert Space.from_dict(spaces[-1].to_dict()) == spaces[-1]


@given(edit_logs())
def test_no_edit_leaves_the_domain(made: tuple[list[Space], list[SpaceEdit]]) -> None:
    for space in made[0]:
        for dimension in space:
            if dimension.kind == "categorical":
                assert set(dimension.choices) <= set(dimension.domain_choices)
            elif dimension.domain is not None:
                low, high = dimension.domain
                assert low <= dimension.bounds[0] < dimension.bounds[1] <= high
                assert not dimension.is_frozen or low <= as_number(dimension.frozen) <= high


def test_bounds_whose_logarithms_are_one_leave_one_position() -> None:
    low, high = 1e-9, math.nextafter(1e-9, 1.0)
    narrow = Dimension(name="lr", kind="float", low=low, high=high, log=True)
    assert [narrow.to_unit(value) for value in (low, high, 0.5, 1e-12)] == [0.5, 0.5, math.inf, -math.inf]


@given(edit_logs())
def test_a_log_survives_only_on_the_space_it_was_made_on(made: tuple[list[Space], list[SpaceEdit]]) -> None:
    spaces, log = made
    if spaces[0][log[0].dimension] != spaces[1][log[0].dimension]:
        with pytest.raises(EngineError, match="not what the edit began from"):
            edits.apply(spaces[1], log[0])


@given(st.floats(1e-9, 1.0))
def test_a_dimension_freezes_at_any_value_inside_its_domain(value: float) -> None:
    frozen, _ = edits.freeze(SPACE, "lr", value)
    assert frozen["lr"].frozen == value
    assert edits.unfreeze(frozen, "lr")[0] == SPACE


@pytest.mark.parametrize("value", [2.0, 0.0, -1.0, math.inf, math.nan, True, "fast"])
def test_a_dimension_does_not_freeze_outside_its_domain(value: float | str) -> None:
    with pytest.raises(EngineError, match="lr"):
        edits.freeze(SPACE, "lr", value)


def test_text_that_spells_a_number_or_a_category_is_taken_for_it() -> None:
    assert edits.freeze(SPACE, "lr", "1e-4")[0]["lr"].frozen == 1e-4
    assert edits.freeze(SPACE, "layers", "3")[0]["layers"].frozen == 3
    assert edits.freeze(SPACE, "norm", "RMS")[0]["norm"].frozen == "rms"
    with pytest.raises(EngineError, match="whole number"):
        edits.freeze(SPACE, "layers", 2.5)


@given(st.lists(st.sampled_from(NORM.choices), min_size=1, max_size=2, unique=True))
def test_restricted_choices_keep_their_order_and_can_come_back(kept: list[str]) -> None:
    restricted, _ = edits.choices(SPACE, "norm", kept)
    assert restricted["norm"].choices == tuple(c for c in NORM.choices if c in kept)
    back, _ = edits.choices(restricted, "norm", ("none", "rms", "layer"))
    assert back["norm"].choices == NORM.choices


def test_narrow_only_restricts_and_widen_only_extends() -> None:
    assert edits.narrow(SPACE, "lr", low=1e-5)[0]["lr"].bounds == (1e-5, 1e-3)
    assert edits.widen(SPACE, "lr", high=1e-2)[0]["lr"].bounds == (1e-6, 1e-2)
    with pytest.raises(EngineError, match="is not inside"):
        edits.narrow(SPACE, "lr", high=1e-2)
    with pytest.raises(EngineError, match="does not contain"):
        edits.widen(SPACE, "lr", low=1e-5)
    with pytest.raises(EngineError, match="outside its domain"):
        edits.widen(SPACE, "lr", high=2.0)
    with pytest.raises(EngineError, match="low must be below high"):
        edits.narrow(SPACE, "lr", low=1e-4, high=1e-4)
    with pytest.raises(EngineError, match="no change"):
        edits.narrow(SPACE, "lr", low=1e-6)


def test_a_misspelt_dimension_names_the_nearest() -> None:
    with pytest.raises(EngineError, match="did you mean dropout"):
        edits.freeze(SPACE, "dropuot", 0.1)


def test_a_frozen_dimension_must_be_unfrozen_before_its_range_changes() -> None:
    frozen, _ = edits.freeze(SPACE, "dropout", 0.1)
    with pytest.raises(EngineError, match="unfreeze it first"):
        edits.narrow(frozen, "dropout", low=0.1)


def test_a_constraint_is_an_edit_too() -> None:
    both = Space(dimensions=(DROPOUT, Dimension(name="other", kind="float", low=0.0, high=1.0)))
    after, edit = edits.constrain(both, ["dropout <  other"])
    assert after.constraints == ("dropout < other",)
    assert edits.apply(after, undone(edit)) == both
    assert edits.apply(both, edit) == after
    assert edit.describe() == ("no constraints", "dropout < other")


def test_two_spaces_differ_where_they_were_edited() -> None:
    after, _ = edits.narrow(SPACE, "lr", low=1e-5)
    assert [(c.name, c.before, c.after) for c in diff(SPACE, after)] == [
        ("lr", describe_range(LR), "1e-5 … 0.001 log"),
    ]
    assert diff(SPACE, SPACE) == ()


def trial(number: int, score: float, lr: float) -> TrialRecord:
    params = {"lr": lr, "layers": 2, "dropout": 0.1, "norm": "rms"}
    return TrialRecord(number=number, state="complete", source="random", params=params, score=score)


def test_the_effect_of_an_edit_says_which_trials_go_and_whether_a_leader_is_among_them() -> None:
    trials = [trial(0, 10.0, 1e-6), trial(1, 30.0, 1e-4), trial(2, 20.0, 9e-4), trial(3, 5.0, 5e-6)]
    narrowed = edits.apply_proposal(SPACE, Proposal(action="narrow", dimension="lr", low=1e-5, high=5e-4))[0]
    found = effect(SPACE, narrowed, trials, {})
    assert (found.n_before, found.n_kept, found.dropped) == (4, 1, (0, 2, 3))
    assert found.loses == "excludes #2 (rank 2)"
    assert effect(SPACE, narrowed, trials, {}, Direction.MINIMIZE).loses == "excludes #3 (rank 1)"
    assert effect(SPACE, SPACE, trials, {}).loses == ""


def test_after_a_freeze_the_effect_of_the_next_edit_still_counts_the_trials() -> None:
    frozen, _ = edits.freeze(SPACE, "layers", 3)
    narrowed, _ = edits.narrow(frozen, "lr", low=1e-5)
    found = effect(frozen, narrowed, [trial(0, 1.0, 1e-6), trial(1, 2.0, 1e-4)], {})
    assert (found.n_before, found.dropped) == (2, (0,))


def test_freezing_drops_no_finished_trial() -> None:
    frozen, _ = edits.freeze(SPACE, "lr", 2e-4)
    found = effect(SPACE, frozen, [trial(0, 1.0, 1e-6)], {})
    assert found.dropped == ()


@pytest.mark.parametrize(("place", "said"), [(9, "excludes #9 (rank 10)"), (10, "")])
def test_losing_one_of_the_best_ten_trials_is_said_and_no_lesser_one(place: int, said: str) -> None:
    x = Dimension(name="x", kind="float", low=0.0, high=1.0)
    trials = [
        TrialRecord(
            number=n, state="complete", source="random", params={"x": 0.9 if n == place else 0.2}, score=-float(n)
        )
        for n in range(20)
    ]
    space = Space(dimensions=(x,))
    narrower = Space(dimensions=(Dimension(name="x", kind="float", low=0.0, high=0.5),))
    assert effect(space, narrower, trials, {}).loses == said
