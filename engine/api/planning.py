"""Planning a sprint: a template filled in, its consequences shown, then made."""

from typing import TYPE_CHECKING, cast

from engine.api.review_views import PlanPreview
from engine.api.views import SprintView
from engine.errors import EngineError
from engine.sprint.options import option_values
from engine.sprint.plan import Prime, SprintPlan
from engine.sprint.stages import DEFAULT_ORDER, Stage, find_stage
from engine.store.workspace import Workspace
from engine.trials.states import TrialState

if TYPE_CHECKING:
    from sqlmodel import Session

    from engine.store.tables import SprintRow


def default_plan(ws: Workspace, thread: str, stage: str, prime: Prime | None = None) -> SprintPlan:
    """The plan a stage template makes of the thread as it is: primed from the latest sprint of the stage before.

    Args:
        ws: The workspace.
        thread: Its name.
        stage: Name of a stage, built in or of the thread's own.
        prime: How earlier trials enter; the template decides where None.

    Raises:
        EngineError: For an unknown thread or stage, naming the nearest.
    """
    from engine.api.lookup import thread_row
    from engine.store import queries
    from engine.store.database import reading

    with reading(ws) as session:
        row = thread_row(session, thread)
        template = find_stage(stage, row.stages)
        sprints = queries.sprints(session, row.id)
        wanted = template.prime if prime is None else prime
        source = _source(session, template, sprints, wanted) if wanted != "none" else None
        return SprintPlan(
            thread=row.name,
            stage=template.name,
            sampler=template.sampler,
            sampler_options=dict(template.sampler_options),
            pruner=template.pruner,
            pruner_options=dict(template.pruner_options),
            n_trials=template.n_trials,
            n_random=template.n_random,
            fidelity=template.fidelity,
            prime=wanted if source is not None or prime is not None else "none",
            prime_from=None if source is None else source.id,
            seed=len(sprints),
            suffix=template.suffix or template.name,
            checkpoint=row.checkpoint,
            keep_checkpoint_at=template.keep_checkpoint_at,
            limits=dict(template.limits),
            **option_values(template),
        )


def scaled_random(template: SprintPlan, n_trials: int) -> int:
    """Random startup trials of another budget: their share of the template's."""
    return round(template.n_random * n_trials / template.n_trials) if template.n_trials else 0


def replacement_plan(ws: Workspace, ref: int | str) -> SprintPlan:
    """The plan of a sprint once more, for a new version in its place; the old one stays readable (paper A.2).

    Raises:
        EngineError: When the sprint was never planned here.
    """
    from engine.api.lookup import sprint_row
    from engine.store.database import reading
    from engine.store.tables import ThreadRow

    with reading(ws) as session:
        row = sprint_row(session, ref)
        thread = session.get(ThreadRow, row.thread_id)
        if thread is None or not row.plan:
            raise EngineError(f"{row.label} was not planned here, so it has no plan to repeat", "plan a new sprint")
        return SprintPlan.from_dict({**row.plan, "thread": thread.name, "replaces": row.id})


def preview_plan(ws: Workspace, plan: SprintPlan) -> PlanPreview:
    """What a plan would become: its label, who enters, what forbids it, what it costs. Nothing is stored."""
    from engine.api.resolved_plan import Draft
    from engine.store.database import reading

    with reading(ws) as session:
        return Draft(session, plan).preview


def create_sprint(ws: Workspace, plan: SprintPlan, draft: bool = False) -> SprintView:
    """Store a sprint with the trials it begins with: hand-typed, then cold-primed ones queued, warm ones complete.

    Raises:
        EngineError: With the first of the preview's errors.
    """
    from engine.api.resolved_plan import Draft
    from engine.api.view_builders import sprint_view
    from engine.store import commands
    from engine.store.database import writing
    from engine.store.summaries import sprint_summary

    with writing(ws) as session:
        made = Draft(session, plan)
        if made.preview.errors:
            first, *others = made.preview.errors
            raise EngineError(first, f"and {len(others)} more: {'; '.join(others)}" if others else "")
        row = commands.create_sprint(session, made.sprint_row(draft), made.trial_rows(), ws=ws)
        session.flush()
        return sprint_view(session, sprint_summary(session, cast(int, row.id)))


def _source(session: "Session", template: Stage, sprints: "list[SprintRow]", how: Prime) -> "SprintRow | None":
    """The latest sprint with complete trials: of the same stage to prime warm, else of the stage before or any."""
    from engine.store import queries

    with_trials = [row for row in sprints if queries.trials(session, cast(int, row.id), states=(TrialState.COMPLETE,))]
    if how == "warm" and (found := [row for row in with_trials if row.stage == template.name]):
        return found[-1]
    if template.name in DEFAULT_ORDER:
        before = DEFAULT_ORDER[: DEFAULT_ORDER.index(template.name)]
        for name in reversed(before):
            if found := [row for row in with_trials if row.stage == name]:
                return found[-1]
    elsewhere = [row for row in with_trials if row.stage != template.name]
    remaining = elsewhere or with_trials
    return remaining[-1] if remaining else None
