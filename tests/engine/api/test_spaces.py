"""The working space: edits that persist, undo, redo, and the log that never forgets."""

import pytest

from engine import api
from engine.errors import EngineError
from engine.space.proposal import Proposal
from engine.store.workspace import Workspace

FREEZE = Proposal(action="freeze", dimension="x2", value=0.5, reason="all the same")
NARROW = Proposal(action="narrow", dimension="x0", low=0.5, high=0.95)


def test_edits_are_undone_and_redone_across_processes(ws: Workspace) -> None:
    before = api.working_space(ws, "Hartmann")
    api.apply_edit(ws, "Hartmann", NARROW, author="ana")
    after = api.apply_edit(ws, "Hartmann", FREEZE, author="ana")
    assert (after.n_edits, after.can_undo, after.can_redo) == (2, True, False)
    undone = api.undo(ws, "Hartmann")
    assert not undone.space["x2"].is_frozen
    assert undone.can_redo
    assert api.undo(ws, "Hartmann").space == before.space
    assert api.redo(ws, "Hartmann").space["x0"].bounds == (0.5, 0.95)
    assert api.redo(ws, "Hartmann").space == after.space
    with pytest.raises(EngineError, match="redo"):
        api.redo(ws, "Hartmann")


def test_an_edit_after_undo_closes_the_way_to_redo_but_stays_in_the_log(ws: Workspace) -> None:
    api.apply_edit(ws, "Hartmann", NARROW, author="ana", reason="top ten there")
    api.undo(ws, "Hartmann")
    api.apply_edit(ws, "Hartmann", FREEZE, author="ben")
    assert not api.working_space(ws, "Hartmann").can_redo
    first, second = api.edit_log(ws, "Hartmann")
    assert (first.action, first.undone, first.abandoned, first.author) == ("narrow", True, True, "ana")
    assert first.reason == "top ten there"
    assert (first.before, first.after) == ("0 … 1", "0.5 … 0.95")
    assert (second.action, second.undone, second.reason) == ("freeze", False, "all the same")


def test_nothing_to_undo_is_said(ws: Workspace) -> None:
    with pytest.raises(EngineError, match="undo"):
        api.undo(ws, "Hartmann")


def test_a_preview_tells_what_is_lost_and_changes_nothing(ws: Workspace, explored: api.SprintView) -> None:
    cut = Proposal(action="narrow", dimension="x0", low=0.0, high=0.89)
    effect = api.preview_edit(ws, "Hartmann", explored.id, cut)
    assert (effect.n_before, effect.n_kept) == (30, 27)
    assert effect.loses == "excludes #27 (rank 3)"
    assert (effect.before, effect.after) == ("0 … 1", "0 … 0.89")
    assert api.working_space(ws, "Hartmann").n_edits == 0


def test_a_preview_tells_the_chance_that_the_best_is_lost_and_the_review_tells_the_same(
    ws: Workspace, explored: api.SprintView
) -> None:
    review = api.review(ws, explored.id)
    x0 = next(one for one in review.dimensions if one.dimension.name == "x0")
    assert x0.proposal is not None
    assert x0.cost is not None
    assert x0.cost == api.preview_edit(ws, "Hartmann", explored.id, x0.proposal).cost
    away = api.preview_edit(
        ws, "Hartmann", explored.id, Proposal(action="narrow", dimension="x0", low=0.0, high=0.4)
    ).cost
    assert away is not None
    assert away.chance > 0.3 > x0.cost.chance
    assert review.cost == api.preview_accept(ws, "Hartmann", explored.id).cost
    assert api.preview_edit(ws, "Hartmann", None, NARROW).cost is None


def test_an_impossible_edit_is_told_by_the_preview_and_refused_by_the_edit(ws: Workspace) -> None:
    beyond = Proposal(action="widen", dimension="x0", low=0.0, high=2.0)
    assert "outside its domain" in api.preview_edit(ws, "Hartmann", None, beyond).error
    with pytest.raises(EngineError, match="outside its domain"):
        api.apply_edit(ws, "Hartmann", beyond)
    unknown = Proposal(action="freeze", dimension="x9", value=1.0)
    assert "unknown key 'x9'" in api.preview_edit(ws, "Hartmann", None, unknown).error


def test_accepting_keeps_the_rules_proposals_with_their_evidence(ws: Workspace, explored: api.SprintView) -> None:
    after = api.accept_all(ws, "Hartmann", explored.id, author="ana")
    assert after.space["x0"].bounds == pytest.approx((20.5 / 30 - 0.01, 29.5 / 30 + 0.01))
    log = api.edit_log(ws, "Hartmann")
    assert {entry.sprint_label for entry in log} == {"1E_v1"}
    assert log[0].evidence["rule"] == "paper"
    assert log[0].evidence["n_trials"] == 30
    with pytest.raises(EngineError, match="no change is recommended"):
        api.accept_all(ws, "Hartmann", explored.id)


def test_accepting_leaves_alone_what_a_person_has_edited_since(ws: Workspace, explored: api.SprintView) -> None:
    api.apply_edit(ws, "Hartmann", Proposal(action="narrow", dimension="x0", low=0.1, high=0.9))
    after = api.accept_all(ws, "Hartmann", explored.id)
    assert after.space["x0"].bounds == (0.1, 0.9)
    named = api.accept_all(ws, "Hartmann", explored.id, ["x0"])
    assert named.space["x0"].bounds[0] > 0.6
    with pytest.raises(EngineError, match="unknown key"):
        api.accept_all(ws, "Hartmann", explored.id, ["y"])


def test_a_dimension_can_be_given_back_its_first_range(ws: Workspace) -> None:
    api.apply_edit(ws, "Hartmann", NARROW)
    api.apply_edit(ws, "Hartmann", Proposal(action="narrow", dimension="x0", low=0.6, high=0.9))
    assert api.restore(ws, "Hartmann", "x0").space["x0"].bounds == (0.0, 1.0)
    assert api.edit_log(ws, "Hartmann")[-1].action == "restore"


def test_the_space_as_it_was_after_a_decision_comes_back_as_edits_that_can_be_undone(ws: Workspace) -> None:
    api.apply_edit(ws, "Hartmann", NARROW)
    then = api.constrain(ws, "Hartmann", ["x1 < x2"]).space
    api.apply_edit(ws, "Hartmann", FREEZE)
    api.constrain(ws, "Hartmann", [])
    now = api.restore(ws, "Hartmann", "x0").space
    changes = api.preview_restore(ws, "Hartmann", 2)
    assert [one.name for one in changes] == ["x0", "x2", "constraints"]
    assert (changes[0].before, changes[0].after) == ("0 … 1", "0.5 … 0.95")
    assert api.restore_space(ws, "Hartmann", 2, author="ana", reason="went too far").space == then
    made = api.edit_log(ws, "Hartmann")[5:]
    assert [(e.action, e.dimension, e.reason) for e in made] == [
        ("restore", "x0", "went too far"), ("restore", "x2", "went too far"), ("constrain", "", "went too far"),
    ]  # fmt: skip
    assert api.preview_restore(ws, "Hartmann", 2) == ()
    with pytest.raises(EngineError, match="no change"):
        api.restore_space(ws, "Hartmann", 2)
    assert api.undo(ws, "Hartmann", 3).space == now
    assert api.restore_space(ws, "Hartmann", 8).space == then, "an undone decision's space can come back, too"
    assert api.restore_space(ws, "Hartmann", 0).space["x0"].bounds == (0.0, 1.0)
    with pytest.raises(EngineError, match="no decision #99"):
        api.restore_space(ws, "Hartmann", 99)


def test_one_reason_may_be_given_for_all_proposals(ws: Workspace, explored: api.SprintView) -> None:
    api.accept_all(ws, "Hartmann", explored.id, reason="looked at every plot")
    assert {entry.reason for entry in api.edit_log(ws, "Hartmann")} == {"looked at every plot"}


def test_constraints_are_edits_too(ws: Workspace) -> None:
    after = api.constrain(ws, "Hartmann", ["sum(x0, x2) == 1"])
    assert after.space.constraints == ("sum(x0, x2) == 1",)
    assert api.undo(ws, "Hartmann").space.constraints == ()
    assert api.edit_log(ws, "Hartmann")[0].after == "sum(x0, x2) == 1"


def test_a_preview_of_constraints_counts_trials_and_draws_and_changes_nothing(
    ws: Workspace, explored: api.SprintView
) -> None:
    order = api.preview_constraints(ws, "Hartmann", explored.id, ["x0  <  x2"])
    assert (order.effect.before, order.effect.after) == ("no constraints", "x0 < x2")
    held = [t for t in api.list_trials(ws, explored.id) if float(t.params["x0"]) < float(t.params["x2"])]
    assert (order.effect.n_before, order.effect.n_kept) == (30, len(held))
    assert order.n_rejected / order.n_drawn == pytest.approx(0.5, abs=0.05), "half of a square lies below its diagonal"
    total = api.preview_constraints(ws, "Hartmann", None, ["sum(x0, x2) == 1"])
    assert total.n_rejected == 0, "sums are held by construction"
    assert not api.edit_log(ws, "Hartmann")


def test_constraints_that_cannot_be_are_told_by_the_preview(ws: Workspace) -> None:
    for given, words in (
        (["x0 ~ x2"], "must look like"),
        (["x0 < y"], "unknown key 'y'"),
        (["sum(x0, x2) == 9"], "cannot hold"),
        (["sum(x0, x2) == 1", "sum(x0, x1) == 1"], "in one sum only"),
        ([], "no change"),
    ):
        assert words in api.preview_constraints(ws, "Hartmann", None, given).effect.error


def test_every_change_moves_the_cursor_and_looking_does_not(ws: Workspace) -> None:
    first = api.latest_event(ws)
    api.working_space(ws, "Hartmann")
    api.edit_log(ws, "Hartmann")
    assert api.latest_event(ws) == first
    api.apply_edit(ws, "Hartmann", NARROW)
    assert api.latest_event(ws) != first
