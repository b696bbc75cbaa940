"""States and directions: the questions asked of them."""

import json

import pytest

from engine.errors import EngineError
from engine.trials.states import Direction, SprintState, TrialState


def test_a_trial_that_is_finished_is_tried_unless_a_person_cancelled_it() -> None:
    assert [s for s in TrialState if not s.is_finished] == [TrialState.QUEUED, TrialState.RUNNING]
    assert [s for s in TrialState if s.is_tried] == [TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED]
    assert [s for s in TrialState if s.is_scored] == [TrialState.COMPLETE, TrialState.PRUNED]
    assert [s for s in TrialState if s.is_cut_short] == [TrialState.PRUNED, TrialState.FAILED, TrialState.CANCELLED]


def test_an_orphaned_sprint_is_open_and_not_attended() -> None:
    names = [name for name in vars(SprintState) if name.startswith("is_")]
    words = {name: [str(state) for state in SprintState if getattr(state, name)] for name in names}
    assert words == {
        "is_at_rest": ["paused", "done", "failed", "orphaned"],
        "is_at_work": ["running", "stopping"],
        "is_attended": ["running", "paused", "stopping"],
        "is_finished": ["done", "failed"],
        "is_open": ["running", "paused", "stopping", "orphaned"],
        "is_started": ["running", "paused", "stopping", "done", "failed", "orphaned"],
        "is_unwell": ["failed", "orphaned"],
    }


def test_a_direction_orders_scores_its_way() -> None:
    up, down = Direction.MAXIMIZE, Direction.MINIMIZE
    assert (up.gain(3.0, 1.0), down.gain(3.0, 1.0)) == (2.0, -2.0)
    assert (up.best([1.0, 3.0, 2.0]), down.best([1.0, 3.0, 2.0])) == (3.0, 1.0)
    assert sorted([1.0, 3.0, 2.0], key=up.cost) == [3.0, 2.0, 1.0]
    assert sorted([1.0, 3.0, 2.0], key=down.cost) == [1.0, 2.0, 3.0]
    assert (up.sign, down.sign) == (1.0, -1.0)


def test_a_word_that_is_no_direction_is_refused_by_name() -> None:
    assert Direction.read("minimize") is Direction.MINIMIZE
    with pytest.raises(EngineError, match="direction must be maximize or minimize, got 'up'"):
        Direction.read("up")


def test_states_are_written_as_their_words() -> None:
    assert json.dumps({"state": TrialState.RUNNING}) == '{"state": "running"}'
    assert f"{SprintState.DONE} {Direction.MINIMIZE}" == "done minimize"
