"""The review of a sprint: one set of edges for all and for the top, findings, proposals."""

from dataclasses import replace

import pytest

from engine import api
from engine.api.reviewing import default_top_k
from engine.errors import EngineError
from engine.store.workspace import Workspace
from tests.engine.conftest import Finish, spread


def test_a_review_brings_the_trials_it_read(ws: Workspace, explored: api.SprintView) -> None:
    review = api.review(ws, explored.id)
    listed = api.list_trials(ws, explored.id)
    assert [(t.number, t.params, t.score) for t in review.trials] == [(t.number, t.params, t.score) for t in listed]


def test_a_review_counts_every_trial_once_and_knows_the_top(ws: Workspace, explored: api.SprintView) -> None:
    review = api.review(ws, explored.id)
    assert (review.n_trials, review.top_k, review.n_top) == (30, 10, 10)
    assert review.top[:3] == (26, 25, 27)
    by_name = {one.dimension.name: one for one in review.dimensions}
    x0 = by_name["x0"]
    assert sum(x0.all_counts) == 30
    assert sum(x0.top_counts) == 10
    assert len(x0.edges) == len(x0.all_counts) + 1 == len(x0.top_counts) + 1
    assert len(x0.points) == 30
    assert x0.proposal is not None
    assert x0.proposal.action == "narrow"
    assert not by_name["pct_start"].active
    assert by_name["pct_start"].proposal is None
    x1 = by_name["x1"]
    assert x1.edges[1] / x1.edges[0] == pytest.approx(100 ** (1 / len(x1.all_counts))), "equal parts of the logarithm"


def test_a_proposal_that_is_already_made_is_not_made_again(ws: Workspace, explored: api.SprintView) -> None:
    api.accept_all(ws, "Hartmann", explored.id)
    review = api.review(ws, explored.id)
    assert all(one.recommended is None for one in review.dimensions)
    x0 = next(one for one in review.dimensions if one.dimension.name == "x0")
    assert x0.dimension.bounds == (0.0, 1.0)
    assert x0.current.bounds != (0.0, 1.0)


def test_the_top_of_a_small_sprint_is_at_most_a_third_of_it(ws: Workspace, finish: Finish) -> None:
    assert [default_top_k(n) for n in (0, 6, 12, 30, 120)] == [3, 3, 4, 10, 10]
    plan = replace(api.default_plan(ws, "Hartmann", "1E"), n_trials=12, n_random=12)
    view = finish(ws, api.create_sprint(ws, plan).id, spread(12))
    assert api.review(ws, view.id).n_top == 4
    assert api.review(ws, view.id, 10).n_top == 10
    with pytest.raises(EngineError, match="at least 1"):
        api.review(ws, view.id, 0)


def test_a_sprint_without_a_trial_has_an_empty_review(ws: Workspace) -> None:
    view = api.create_sprint(ws, api.default_plan(ws, "Hartmann", "1E"))
    review = api.review(ws, view.id)
    assert (review.n_trials, review.n_top, review.top, review.findings) == (0, 0, (), ())
    assert all(sum(one.all_counts) == 0 and one.proposal is None for one in review.dimensions)


def test_failed_trials_are_no_part_of_a_histogram(ws: Workspace, finish: Finish) -> None:
    view = api.create_sprint(ws, api.default_plan(ws, "Hartmann", "1E"))
    finish(ws, view.id, [*spread(5), ({"x0": 0.5, "x1": 0.1, "x2": 0.5}, None)])
    review = api.review(ws, view.id)
    assert review.n_trials == 5
    assert review.sprint.n_failed == 1


def test_a_review_is_marked_as_done(ws: Workspace, explored: api.SprintView) -> None:
    assert not explored.reviewed
    assert api.mark_reviewed(ws, explored.id).reviewed
    assert not api.mark_reviewed(ws, explored.id, False).reviewed
