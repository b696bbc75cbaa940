"""Threads and sprints as table rows: pure functions, so that screens only place them."""

from collections.abc import Iterable, Sequence

from engine import api
from tui.drawing.format import NOTHING, StateSign, bar, duration, plural, score, state_sign
from tui.drawing.styled_lines import Line, line, width_of
from tui.widgets.columns import Column

ROOMY = 100
"""From this width of the tree on, states are whole sentences and fidelities are named in full."""

SPARK, SHORT_SPARK = 12, 7
"""Cells of a sprint's sparkline, with and without room."""

WIDEST_STATE = 44
"""Cells of the widest state: ``✓ reviewed  20 complete, 4 pruned, 1 failed``."""

STAGE_ORDER = ("1E", "Warm", "Full", "baseline", "trajectory", "confirm")
"""Columns of stages stand in this order, other stages after them."""

FIRST_SHOWN = (
    api.SprintState.RUNNING,
    api.SprintState.STOPPING,
    api.SprintState.ORPHANED,
    api.SprintState.FAILED,
    api.SprintState.PAUSED,
)
"""What a thread's row tells of its sprints, the first that any of them is in."""


def stages_of(threads: Iterable[api.ThreadView]) -> list[str]:
    """Stages that have a sprint, in the order in which one goes through them."""
    seen = {sprint.stage: None for thread in threads for sprint in thread.sprints}
    known = [stage for stage in STAGE_ORDER if stage in seen]
    return known + [stage for stage in seen if stage not in STAGE_ORDER]


def best_of(thread: api.ThreadView, stage: str) -> float | None:
    """Best score of a thread in a stage."""
    scores = [s.best_score for s in thread.sprints if s.stage == stage and s.best_score is not None]
    if not scores:
        return None
    return thread.direction.best(scores)


def ranks(threads: Sequence[api.ThreadView], stage: str) -> dict[str, int]:
    """Rank of each thread by its best score in a stage, 1 the best; equal scores share a rank.

    Only scores of one metric are ranked against each other.
    """
    scored = [(thread, best) for thread in threads if (best := best_of(thread, stage)) is not None]
    return {
        thread.name: 1
        + sum(
            thread.direction.gain(best, own) > 0
            for other, best in scored
            if (other.metric, other.direction) == (thread.metric, thread.direction)
        )
        for thread, own in scored
    }


def tree_columns(threads: Sequence[api.ThreadView], stages: Sequence[str], width: int) -> list[Column]:
    """Columns of the tree of threads: as wide as what stands in them, so that every stage and the trend are seen."""
    busy = any(s.state.is_started and s.state != api.SprintState.DONE for t in threads for s in t.sprints)
    wide = width >= ROOMY
    state = (26 if busy else 14) if wide else (16 if busy else 10)
    if wide:
        mixed = [s for t in threads for s in t.sprints if s.state.is_finished and s.n_complete != s.n_ended]
        state = min(max([state, *(width_of(state_cell(s)) for s in mixed)]), WIDEST_STATE)
    return [
        Column("THREAD", 20 if wide else 15, elastic=True, most=60),
        *(Column(s.upper()[:10], 10, right=True, rank=9 - index) for index, s in enumerate(stages)),
        Column("STATE", state),
        Column("TREND", SPARK if wide else SHORT_SPARK, rank=10),
    ]


def badge(thread: api.ThreadView) -> Line:
    """What a thread's own row says of its sprints: first what runs or needs a person, else how many there are."""
    if not thread.sprints:
        return line(("p plans", "muted"))
    for state in FIRST_SHOWN:
        n = sum(sprint_sign(sprint).word == state for sprint in thread.sprints)
        if n:
            sign = state_sign(state)
            return line((f"{sign.glyph} {n} {sign.word}", f"bold:{sign.ink}"))
    if all("recorded" in sprint.manifest for sprint in thread.sprints):
        return line((f"{len(thread.sprints)} recorded", "muted"))
    return line((plural(len(thread.sprints), "sprint"), "muted"))


def sprint_sign(sprint: api.SprintView) -> StateSign:
    """Sign, word and ink of its state: a sprint whose every trial failed has failed, a stopped one is not done."""
    if sprint.state.is_finished and sprint.is_unwell:
        return state_sign(api.SprintState.FAILED)
    sign = state_sign(sprint.state)
    return StateSign(sign.glyph, "stopped", sign.ink) if sprint.stopped else sign


def state_cell(sprint: api.SprintView, *, short: bool = False) -> Line:
    """Sign, word, and how far it is: ``● running 7/12 ETA 2m03s``; the short form leaves words out."""
    sign = sprint_sign(sprint)
    if sprint.state.is_finished:
        word = "reviewed" if sprint.reviewed and not sprint.is_unwell else sign.word
        ended = "" if short else api.trial_counts(sprint).partition(": ")[2]
        return line((f"{sign.glyph} {word}", sign.ink), (f"  {ended}" if ended else "", "muted"))
    text = sign.glyph if short and sprint.state == api.SprintState.RUNNING else sign.text
    if sprint.state.is_open:
        text += f" {sprint.n_ended}/{sprint.n_trials}"
    eta = ""
    if sprint.state == api.SprintState.RUNNING and sprint.eta_seconds:
        eta = f"{' ' if short else ' ETA '}{duration(sprint.eta_seconds)}"
    return line((text, sign.ink), (eta, "muted"))


def progress_line(sprint: api.SprintView, width: int) -> Line:
    """A sprint's progress in one line: state, bar, counts, best, expected end."""
    sign = sprint_sign(sprint)
    word = sprint.standing if sprint.pause_mode else sign.word
    counts = api.progress_counts(sprint) + (f" · {sprint.n_queued} queued" if sprint.n_queued else "")
    best = f"best {score(sprint.best_score)} #{sprint.best_trial}" if sprint.best_trial is not None else "no score yet"
    eta = (
        f"  ETA {duration(sprint.eta_seconds)}"
        if sprint.state == api.SprintState.RUNNING and sprint.eta_seconds is not None
        else ""
    )
    told = line((f" {counts}  ", ""), (best, "top"), (eta, "muted"))
    head = f"{sign.glyph} {word} "
    bar_width = min(max(width - len(head) - width_of(told), 8), 30)
    return line((head, f"bold:{sign.ink}"), *progress_bar(sprint, bar_width), *told)


def progress_bar(sprint: api.SprintView, width: int) -> Line:
    """How much of the budget gave scores, and behind it, drawn otherwise, how much of it failed."""
    planned = max(sprint.n_trials, 1)
    failed = max(round(width * min(sprint.n_failed / planned, 1.0)), 1) if sprint.n_failed else 0
    scored = bar(sprint.n_scored / planned, width).rstrip("·") if sprint.n_scored else ""
    scored = scored[: width - failed]
    return line((scored, "all"), ("╳" * failed, "error"), ("·" * (width - len(scored) - failed), "muted"))


def stage_cell(thread: api.ThreadView, stage: str, rank: int | None) -> str:
    """Best score and rank of a thread in a stage: ``23.71 (3)``."""
    best = best_of(thread, stage)
    if best is None:
        return NOTHING
    return f"{score(best)} ({rank})" if rank is not None else score(best)
