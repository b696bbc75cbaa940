"""All stages unattended: run a sprint, let a reviewer decide, go on; every decision is logged and can be undone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, cast

from engine.api.review_views import SpaceView
from engine.api.views import SprintView
from engine.errors import EngineError
from engine.space import edits
from engine.space.edits import Edited
from engine.space.proposal import Proposal
from engine.space.space import Space
from engine.store.workspace import Workspace
from engine.trials.states import SprintState

if TYPE_CHECKING:
    from engine.reviewers.registry import ReviewerInfo

STAGES = ("1E", "Warm", "Full")
"""What runs where no stages are named."""


def reviewers() -> "tuple[ReviewerInfo, ...]":
    """The automatic reviewers there are."""
    from engine.reviewers.registry import REVIEWERS

    return tuple(REVIEWERS.usable())


def review_automatically(
    ws: Workspace, ref: int | str, reviewer: str, *, top_k: int | None = None, thread: str = ""
) -> tuple[SpaceView, tuple[Proposal, ...]]:
    """Let a reviewer edit the working space after a sprint, and mark the sprint as reviewed.

    What the reviewer proposes but the space refuses (a person has frozen the dimension since, or it is so already) is
    left out. ``thread`` is whose sprint a caller takes it for.

    Returns:
        The working space and the proposals that were kept.

    Raises:
        EngineError: For an unknown reviewer, naming the nearest, a sprint without a finished trial, or one of another
            thread.
    """
    from engine.api.lookup import sprint_row
    from engine.api.reviewing import default_top_k, mark_reviewed
    from engine.api.spaces import keep_edits, working_space
    from engine.diagnostics.registry import diagnose
    from engine.reviewers.registry import propose
    from engine.store import queries
    from engine.store.database import reading
    from engine.store.tables import ThreadRow
    from engine.trials.trial import ranked

    with reading(ws) as session:
        row = sprint_row(session, ref)
        sprint_id, settings, direction = cast(int, row.id), row.settings, row.direction
        space = queries.space(session, row.space_id)
        trials = queries.trial_records(session, sprint_id)
        owner = session.get(ThreadRow, row.thread_id)
        assert owner is not None
        if thread and thread != owner.name:
            raise EngineError(f"{row.label} must be a sprint of thread {thread}, got one of {owner.name}")
        thread, label = owner.name, row.label
    n = len(ranked(trials, direction))
    if not n:
        raise EngineError(f"{label} has no finished trial to review")
    wanted = default_top_k(n) if top_k is None else top_k
    findings = diagnose(space, trials, settings=settings, direction=direction, top_k=wanted)
    proposals = propose(reviewer, space, trials, findings, settings=settings, direction=direction, top_k=wanted)
    kept, makers = _possible(working_space(ws, thread).space, proposals)
    evidence = {"reviewer": reviewer, "top_k": wanted, "n_trials": n}
    if makers:
        keep_edits(ws, thread, makers, sprint=sprint_id, author=f"reviewer {reviewer}", evidence=evidence)
    mark_reviewed(ws, sprint_id)
    return working_space(ws, thread), kept


def run_stages(
    ws: Workspace,
    thread: str,
    reviewer: str,
    *,
    stages: Sequence[str] = STAGES,
    changes: Mapping[str, Mapping[str, Any]] | None = None,
    slots: int = 1,
    top_k: int | None = None,
    resume: bool = False,
    on_sprint: Callable[[SprintView], None] | None = None,
    on_event: Callable[[Any], None] | None = None,
    on_review: Callable[[SprintView, tuple[Proposal, ...]], None] | None = None,
) -> tuple[SprintView, ...]:
    """Plan, run and review one stage after another, in this process.

    Args:
        ws: The workspace.
        thread: Its name.
        reviewer: Who decides between stages.
        stages: Their names in order.
        changes: Changes to a stage's default plan, by stage.
        slots: Workers at the same time.
        top_k: How many of the best trials count as top.
        resume: Take up the thread's newest sprints of these stages: a reviewed one is passed over, an ended one
            reviewed, one that was cut short run to its end; the stages after them are planned as usual.
        on_sprint: Called when a sprint is about to run.
        on_event: As for `run_sprint`.
        on_review: Called with what the reviewer changed.

    Returns:
        The finished sprints; fewer than stages when one was interrupted or stopped.

    Raises:
        EngineError: When a plan is impossible or a sprint fails.
    """
    from engine.api.planning import create_sprint, default_plan
    from engine.api.sprints import get_sprint, run_sprint
    from engine.reviewers.registry import REVIEWERS

    REVIEWERS.named(reviewer)
    for stage in stages:
        default_plan(ws, thread, stage)
    begun = _begun(ws, thread, stages) if resume else []
    done = []
    for stage, earlier in zip_longest(stages, begun):
        if earlier is not None and earlier.reviewed:
            done.append(earlier)
            continue
        plan = replace(default_plan(ws, thread, stage), **dict((changes or {}).get(stage, {})))
        view = earlier or create_sprint(ws, plan)
        if on_sprint is not None:
            on_sprint(view)
        if not _is_whole(view):
            view = run_sprint(ws, view.id, on_event, slots)
        if view.state == SprintState.FAILED:
            raise EngineError(f"{view.label} failed: {view.failure}")
        if not _is_whole(view):
            break
        _, kept = review_automatically(ws, view.id, reviewer, top_k=top_k)
        done.append(get_sprint(ws, view.id))
        if on_review is not None:
            on_review(view, kept)
    return tuple(done)


def _is_whole(view: SprintView) -> bool:
    """Whether a sprint ended by itself; what a person stopped waits for a person."""
    return view.state == SprintState.DONE and not view.stopped


def _begun(ws: Workspace, thread: str, stages: Sequence[str]) -> list[SprintView]:
    """The newest sprints of the first stages, as far as each was made after the one before."""
    from engine.api.sprints import list_sprints

    views = [view for view in list_sprints(ws, thread) if not view.replaced_by]
    found: list[SprintView] = []
    for stage in stages:
        newest = max(
            (view for view in views if view.stage.lower() == stage.lower()), key=lambda view: view.id, default=None
        )
        if newest is None or (found and newest.id <= found[-1].id):
            break
        found.append(newest)
        if not newest.reviewed:
            break
    return found


def _possible(
    space: Space, proposals: Sequence[Proposal]
) -> tuple[tuple[Proposal, ...], list[Callable[[Space], Edited]]]:
    """The proposals that can be made one after another, and how to make each."""
    kept: list[Proposal] = []
    for proposal in proposals:
        try:
            space, _ = edits.apply_proposal(space, proposal)
        except EngineError:
            continue
        kept.append(proposal)
    return tuple(kept), [lambda now, p=p: edits.apply_proposal(now, p) for p in kept]  # type: ignore[misc]
