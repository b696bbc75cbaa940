"""What the plan form begins from: a thread, and the plan of the stage a person most likely wants next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine import api
from tui.drawing.styled_lines import line

N_PRIMED = 3
"""Best trials that enter another sprint of the same stage."""

NO_THREAD = (
    (),
    line(("  No thread to plan for", "bold:text")),
    line(("  1", "bold:accent"), "  list the threads"),
    line(("  n", "bold:accent"), "  new thread by a form"),
    line(("  F", "bold:accent"), "  new thread from a YAML file"),
)
"""Where there is no thread to begin from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanBasis:
    """What the form begins from.

    Attributes:
        thread: The thread.
        plan: The stage's plan.
        samplers: What can propose trials.
        pruners: What can stop them.
    """

    thread: api.ThreadView
    plan: api.SprintPlan
    samplers: tuple[api.Choice, ...] = ()
    pruners: tuple[api.Choice, ...] = ()


def read_basis(ws: api.Workspace, name: str, stage: str = "", after: int | None = None) -> PlanBasis | None:
    """The named thread, else the first, with its plan of a stage; None without any thread.

    Args:
        ws: The workspace.
        name: Of the thread.
        stage: Empty for the likely one.
        after: The finished sprint whose review was left to plan: then the next stage is the likely one.
    """
    threads = api.list_threads(ws)
    if not threads:
        return None
    thread = next((t for t in threads if t.name == name), threads[0])
    plan = api.default_plan(ws, thread.name, stage or default_stage(thread, after))
    return PlanBasis(
        thread=thread,
        plan=following(plan, thread),
        samplers=api.choices("samplers"),
        pruners=api.choices("pruners"),
    )


def names_of(choices: Sequence[api.Choice]) -> tuple[str, ...]:
    """Names as a field steps through them."""
    return tuple(one.name for one in choices)


def default_stage(thread: api.ThreadView, after: int | None = None) -> str:
    """The stage a person most likely wants next.

    After a sprint that is done and reviewed, or whose review is left to plan, the one that follows the furthest
    reached; before that the latest sprint's own, so that one thing changes at a time.
    """
    if not thread.sprints:
        return thread.stages[0] if thread.stages else "1E"
    latest = thread.sprints[-1]
    left = after is not None and any(s.id == after and s.state == api.SprintState.DONE for s in thread.sprints)
    if left or (latest.state == api.SprintState.DONE and latest.reviewed):
        return api.next_stage(tuple(sprint.stage for sprint in thread.sprints if sprint.n_complete))
    return latest.stage


def following(plan: api.SprintPlan, thread: api.ThreadView) -> api.SprintPlan:
    """The template's plan; another sprint of a stage that has one begins with its best trials, scores computed anew."""
    finished = [s for s in thread.sprints if s.n_complete]
    if plan.prime != "none" or not finished:
        return plan
    again = finished[-1].stage == plan.stage
    how: api.Prime = "cold" if again else "none"
    return replace(
        plan, prime=how, prime_from=finished[-1].id, top_n=min(N_PRIMED, plan.n_trials) if again else plan.top_n
    )
