"""Earlier trials that inform a model without being trials of its sprint."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from engine import api
from engine.api.review_views import PlanPreview
from engine.samplers.suggest import Search, suggest
from engine.space.dimension import Dimension
from engine.space.proposal import Proposal
from engine.space.space import Space
from engine.sprint.informing import informing
from engine.store import queries
from engine.store.database import reading, writing
from engine.store.tables import SprintRow, ThreadRow, TrialRow
from engine.store.workspace import Workspace
from engine.trials.states import Direction, TrialState
from engine.trials.trial import TrialRecord
from engine.values import Value
from engine.worker.earlier_trials import informing_trials

LR = Dimension(name="lr", kind="float", low=1e-6, high=1e-3, log=True)
W = Dimension(name="w", kind="float", low=0.0, high=1.0)
SPACE = Space(dimensions=(LR, W))


def trial(number: int, score: float | None, state: str = "complete", **params: Value) -> TrialRecord:
    return TrialRecord(number=number, state=TrialState(state), source="model", params=params, score=score)


TRIALS = [
    trial(0, 10.0, lr=1e-5, w=0.5),
    trial(1, 40.0, lr=9e-4, w=0.5),
    trial(2, 30.0, lr=1e-4, w=0.2),
    trial(3, None, "failed", lr=9e-4, w=0.1),
    trial(4, None, "failed", lr=2e-5, w=0.1),
    trial(5, 5.0, "pruned", lr=2e-5, w=0.1),
    trial(6, 20.0, lr=1e-4),
]
NARROW = SPACE.with_dimension(replace(LR, high=5e-4))


@pytest.mark.parametrize(("outside", "numbers"), [(True, [0, 1, 4]), (False, [0, 4])])
def test_a_score_beyond_the_bounds_informs_samplers_that_read_it_alone(outside: bool, numbers: list[int]) -> None:
    found = informing(TRIALS, NARROW, {}, taken={2}, outside=outside)
    assert [one.number for one in found.trials] == numbers
    reasons = dict(found.unusable)
    assert reasons[3] == "lr = 9e-4 is outside 1e-6 … 5e-4 log"  # a failure there says nothing of inside
    assert reasons[6] == "w is missing"
    assert (1 in reasons) is not outside


def test_a_score_more_than_a_width_beyond_the_bounds_informs_nobody() -> None:
    tight = SPACE.with_dimension(replace(LR, low=1e-5, high=2e-5))
    found = informing(TRIALS, tight, {}, taken={0}, outside=True)
    assert [one.number for one in found.trials] == [4]
    assert {1, 2} <= {number for number, _ in found.unusable}


def test_another_value_of_what_is_frozen_now_tells_of_another_function() -> None:
    found = informing(TRIALS, SPACE.with_dimension(replace(W, frozen=0.5)), {}, taken=set(), outside=True)
    assert [one.number for one in found.trials] == [0, 1]
    assert {number for number, _ in found.unusable} == {2, 3, 4, 6}


def test_failed_ones_and_then_the_best_inform_where_not_all_may() -> None:
    found = informing(TRIALS, SPACE, {}, taken=set(), outside=True, limit=3)
    assert [one.number for one in found.trials] == [1, 3, 4]
    assert dict(found.unusable)[0] == "beyond the 3 that inform at most"


@pytest.mark.parametrize("sampler", ["gp", "tpe", "cmaes"])
def test_a_model_with_informing_trials_stays_inside_and_repeats_none_of_them(sampler: str) -> None:
    rows = [trial(n, -((n / 10 - 0.3) ** 2), lr=1e-6 * 2**n, w=n / 10) for n in range(10)]
    narrow = NARROW.with_dimension(replace(W, low=0.4))
    found = informing(rows, narrow, {}, taken={5}, outside=sampler == "gp")
    plan = Search(
        space=narrow, settings={}, sampler=sampler, options={}, n_random=0, seed=3, direction=Direction.MAXIMIZE,
        informing=found.trials,
    )  # fmt: skip
    begun = [replace(rows[5], number=0)]
    informed = suggest(plan, begun, 1, {})
    assert not narrow.misfits(informed.params, {})
    assert informed.params not in [one.params for one in rows]
    if sampler != "tpe":  # with one trial of its own it would draw at random either way
        assert informed.params != suggest(replace(plan, informing=()), begun, 1, {}).params


def preview_of(ws: Workspace, **changes: object) -> PlanPreview:
    plan = replace(api.default_plan(ws, "Hartmann", "1E", "warm"), n_trials=5, n_random=0, top_n=4)
    return api.preview_plan(ws, replace(plan, allow_changed_space=True, **changes))  # type: ignore[arg-type]


def test_the_plan_counts_who_enters_who_informs_and_who_does_neither(ws: Workspace, explored: api.SprintView) -> None:
    api.apply_edit(ws, "Hartmann", Proposal(action="narrow", dimension="x0", low=0.2, high=1.0))
    assert api.priming_counts(preview_of(ws)) == ""
    gp, tpe = preview_of(ws, sampler="gp", inform=200), preview_of(ws, sampler="tpe", inform=200)
    assert api.priming_counts(gp) == "4 primed · 26 inform only · 0 unusable"
    assert api.priming_counts(tpe) == "4 primed · 20 inform only · 6 unusable"
    lines = api.unusable_reasons(tpe, 2)
    assert "x0 = " in lines[0]
    assert lines[-1] == "and 4 more reasons"


def test_scores_of_another_fidelity_inform_nothing_and_the_plan_says_why(
    ws: Workspace, explored: api.SprintView
) -> None:
    preview = api.preview_plan(ws, replace(api.default_plan(ws, "Hartmann", "Full"), inform=50))
    assert preview.informing == ()
    (line,) = api.unusable_reasons(preview, 4)
    assert line.startswith("27 trials: fidelity.")


def test_a_sprint_reads_what_had_ended_when_it_was_made(ws: Workspace, explored: api.SprintView) -> None:
    preview = preview_of(ws, sampler="gp", inform=200)
    view = api.create_sprint(ws, preview.plan)

    def numbers() -> list[int]:
        with reading(ws) as session:
            row = cast(SprintRow, session.get(SprintRow, view.id))
            thread = cast(ThreadRow, session.get(ThreadRow, row.thread_id))
            return [one.number for one in informing_trials(session, thread, row, row.settings)]

    before = numbers()
    assert before == list(preview.informing)
    with writing(ws) as session:
        row = cast(SprintRow, session.get(SprintRow, view.id))
        late = next(one for one in queries.trials(session, explored.id) if one.number == before[0])
        cast(TrialRow, late).finished_at = row.created_at + timedelta(seconds=1)
    assert numbers() == before[1:]
