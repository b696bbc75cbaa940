"""The review of a sprint: histograms, what the diagnostics find, what the trimming rule proposes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from engine.api.cut_costs import costs_of_proposals
from engine.api.review_views import DimensionReview, Review
from engine.api.views import SprintView
from engine.errors import EngineError
from engine.review.advice import Advice, advise, settled, trim_caution
from engine.review.findings import Finding
from engine.review.histogram import bin_counts, bin_edges
from engine.review.trimming import propose_trims
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.store.workspace import Workspace
from engine.trials.trial import TrialRecord, ranked
from engine.values import UNSET

if TYPE_CHECKING:
    from sqlmodel import Session

    from engine.store.tables import SprintRow

TOP_K = 10
"""The paper looks at the best ten of 90 to 120 trials (paper §3)."""


def default_top_k(n_trials: int) -> int:
    """Ten, but at most a third of the trials and at least three: the top half of a sprint is no top."""
    return min(TOP_K, max(3, n_trials // 3))


def review(ws: Workspace, ref: int | str, top_k: int | None = None) -> Review:
    """What a sprint showed, per dimension and as a whole, with one recommendation for each dimension.

    Args:
        ws: The workspace.
        ref: Id, label or short label.
        top_k: How many of the best trials count as top; `default_top_k` decides where None.

    Raises:
        EngineError: When there is no such sprint, or top_k is below 1.
    """
    from engine.api.lookup import sprint_row
    from engine.api.view_builders import sprint_view
    from engine.diagnostics.rank_reversal import carried_over
    from engine.diagnostics.registry import by_gravity, diagnose_sample
    from engine.diagnostics.sample import take_sample
    from engine.store import queries
    from engine.store.database import reading
    from engine.store.summaries import sprint_summary

    with reading(ws) as session:
        row = sprint_row(session, ref)
        sprint_id = cast(int, row.id)
        view = sprint_view(session, sprint_summary(session, sprint_id))
        space = queries.space(session, row.space_id)
        trials = queries.trial_records(session, sprint_id)
        current = _head(session, row)
        is_primed = any(trial.source == "primed-cold" for trial in trials)
        before = _earlier_sprints(session, row) if is_primed else []
    direction = row.direction
    best_first = ranked(trials, direction)
    wanted = default_top_k(len(best_first)) if top_k is None else top_k
    if wanted < 1:
        raise EngineError(f"top must be at least 1, got {wanted}")
    sample = take_sample(space, trials, settings=row.settings, direction=direction, top_k=wanted)
    findings = diagnose_sample(sample)
    reversals = (f for label, earlier in before for f in carried_over(label, earlier, view.label, trials, direction))
    findings = by_gravity((*findings, *reversals))
    trims = {p.dimension: p for p in propose_trims(space, trials, row.settings, direction, top_k=wanted)}
    active = {dimension.name for dimension in space.active(row.settings)}
    caution = trim_caution(findings, len(best_first), len(space.free(row.settings))) if best_first else ""

    def reviewed(dimension: Dimension) -> DimensionReview:
        own = [f for f in findings if f.dimension == dimension.name]
        pairs = [f for f in findings if f.dimension is None and dimension.name in f.dimensions]
        advice = advise(
            dimension,
            current,
            active=dimension.name in active,
            findings=[*own, *pairs],
            trim=trims.get(dimension.name),
            caution=caution,
        )
        return _dimension(
            dimension,
            current[dimension.name] if dimension.name in current.names else dimension,
            active=dimension.name in active,
            best_first=best_first,
            n_top=wanted,
            findings=settled(own, advice),
            advice=advice,
        )

    dimensions = [reviewed(dimension) for dimension in space]
    possible = {one.dimension.name: one.proposal for one in dimensions if one.proposal is not None}
    recommended = {one.dimension.name for one in dimensions if one.recommended is not None}
    costs, cost_of_all = costs_of_proposals(sample, current, possible, together=recommended)
    return Review(
        sprint=view,
        top_k=wanted,
        n_trials=len(best_first),
        n_top=min(wanted, len(best_first)),
        dimensions=tuple(replace(one, cost=costs.get(one.dimension.name)) for one in dimensions),
        findings=tuple(f for f in findings if f.dimension is None),
        top=tuple(trial.number for trial in best_first[:wanted]),
        trials=tuple(trials),
        caution=caution,
        cost=cost_of_all,
    )


def mark_reviewed(ws: Workspace, ref: int | str, reviewed: bool = True) -> SprintView:
    """Say that a person has reviewed a sprint, or take it back."""
    from engine.api.lookup import sprint_row
    from engine.api.view_builders import sprint_view
    from engine.store import commands
    from engine.store.database import writing
    from engine.store.summaries import sprint_summary

    with writing(ws) as session:
        sprint_id = cast(int, sprint_row(session, ref).id)
        commands.mark_reviewed(session, sprint_id, reviewed=reviewed)
        return sprint_view(session, sprint_summary(session, sprint_id))


def _head(session: "Session", row: "SprintRow") -> Space:
    from engine.store import queries
    from engine.store.tables import ThreadRow

    thread = session.get(ThreadRow, row.thread_id)
    assert thread is not None
    assert thread.head_space_id is not None
    return queries.space(session, thread.head_space_id)


def _earlier_sprints(session: "Session", row: "SprintRow") -> list[tuple[str, list[TrialRecord]]]:
    """Label and trials of the thread's earlier sprints at another fidelity, which this one's trials may come from."""
    from engine.store import queries

    return [
        (one.label, queries.trial_records(session, cast(int, one.id)))
        for one in queries.sprints(session, row.thread_id)
        if cast(int, one.id) < cast(int, row.id) and one.fidelity != row.fidelity
    ]


def _dimension(
    dimension: Dimension,
    current: Dimension,
    *,
    active: bool,
    best_first: Sequence[TrialRecord],
    n_top: int,
    findings: Sequence[Finding],
    advice: Advice,
) -> DimensionReview:
    name = dimension.name
    ranged = replace(dimension, frozen=UNSET)
    points = [(t.params[name], t.score) for t in best_first if name in t.params and t.score is not None]
    top_values = tuple(t.params[name] for t in best_first[:n_top] if name in t.params)
    edges = bin_edges(ranged, [value for value, _ in points])
    return DimensionReview(
        dimension=dimension,
        current=current,
        active=active,
        edges=edges,
        all_counts=bin_counts(ranged, edges, (value for value, _ in points)),
        top_counts=bin_counts(ranged, edges, top_values),
        points=tuple(points),
        findings=tuple(findings),
        advice=advice,
        top_values=top_values,
    )
