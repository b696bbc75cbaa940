"""What a report tells of a thread: the question, the result, each sprint and what was decided after it, noise, cost."""

import math
import re
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.api.configurations import configuration_text
from engine.api.exchange import IMPORTED
from engine.api.planning import replacement_plan
from engine.api.review_views import EditView, Review
from engine.api.reviewing import review
from engine.api.space_history import edit_log, space_of
from engine.api.spaces import working_space
from engine.api.threads import get_thread, own_stages
from engine.api.trials import list_trials
from engine.api.views import SprintView, ThreadView, TrialView, trial_counts
from engine.boundary.text import one_line
from engine.errors import EngineError
from engine.report.blocks import Block, Bullets, Code, Figure, Heading, Paragraph, Table
from engine.report.commands import edit_commands, sprint_command, thread_file
from engine.report.figures import hyperparameter_figure, scores_figure
from engine.space.space import Space, describe_range
from engine.store.workspace import Workspace
from engine.trials.states import TrialState
from engine.wording import duration, short


@dataclass(frozen=True, kw_only=True, slots=True)
class Chapter:
    """A sprint, its review and the decisions made between it and the next one.

    Attributes:
        sprint: The sprint.
        review: Of it; None where no trial is complete.
        trials: All of its trials.
        decisions: Edits since, oldest first.
    """

    sprint: SprintView
    review: Review | None
    trials: Sequence[TrialView]
    decisions: Sequence[EditView]


def thread_story(ws: Workspace, name: str) -> tuple[str, list[Block]]:
    """Title and blocks of a thread's report.

    Raises:
        EngineError: When there is no such thread.
    """
    thread = get_thread(ws, name)
    log = edit_log(ws, thread.name)
    chapters = list(_chapters(ws, thread, log))
    first, now = space_of(ws, thread.name, 1), working_space(ws, thread.name).space
    starts = [chapter.sprint.created_at for chapter in chapters]
    early = [edit for edit in log if not starts or edit.at < starts[0]]
    title = f"Thread {thread.name}"
    blocks: list[Block] = [Heading(1, title), Paragraph(_summary(thread, chapters))]
    blocks += [Heading(2, "Question"), Paragraph(thread.notes or _no_notes(thread))]
    blocks += [Heading(2, "Result"), *_result(ws, thread, chapters)]
    for place, chapter in enumerate(chapters, start=1):
        blocks += [Heading(2, f"Sprint {place}: {chapter.sprint.short_label}"), *_chapter(chapter, early, place)]
    blocks += [Heading(2, "Space"), *_spaces(first, now, log)]
    blocks += [Heading(2, "Next"), *_next(chapters)]
    blocks += [Heading(2, "Noise"), Paragraph(_noise(thread, chapters))]
    blocks += [Heading(2, "Cost"), *_cost(chapters)]
    blocks += [Heading(2, "Repeat it"), *_repeat(ws, thread, chapters, log, early, first)]
    return title, blocks


def _chapters(ws: Workspace, thread: ThreadView, log: Sequence[EditView]) -> Iterator[Chapter]:
    """Sprints in order of their making; a decision belongs to the last sprint made before it."""
    sprints = sorted(thread.sprints, key=lambda sprint: (sprint.created_at, sprint.id))
    ends = [*(sprint.created_at for sprint in sprints[1:]), math.inf]
    for sprint, end in zip(sprints, ends, strict=False):  # without sprints there is no end, either
        yield Chapter(
            sprint=sprint,
            review=review(ws, sprint.id) if sprint.n_complete + sprint.n_warm else None,
            trials=list_trials(ws, sprint.id),
            decisions=[edit for edit in log if sprint.created_at <= edit.at < end],
        )


def _summary(thread: ThreadView, chapters: Sequence[Chapter]) -> str:
    trained = "imported" if thread.objective == IMPORTED else str(thread.options.get("command") or thread.objective)
    lines = [f"What is trained: {one_line(trained)}", f"Score: {thread.metric}, {thread.direction.meaning}."]
    if chapters:
        n_trials = sum(len(chapter.trials) for chapter in chapters)
        begin = min(chapter.sprint.created_at for chapter in chapters)
        end = max(chapter.sprint.finished_at or chapter.sprint.created_at for chapter in chapters)
        days = _day(begin) if _day(begin) == _day(end) else f"{_day(begin)} to {_day(end)}"
        lines.append(f"{_count(len(chapters), 'sprint')}, {_count(n_trials, 'trial')}, {days}.")
    return "\n".join(lines)


def _no_notes(thread: ThreadView) -> str:
    return f"No question was written down. To add one: trimtab thread notes {thread.name} 'What we want to know.'"


def _result(ws: Workspace, thread: ThreadView, chapters: Sequence[Chapter]) -> Iterator[Block]:
    scored = [chapter.sprint for chapter in chapters if chapter.sprint.best_score is not None]
    if not scored:
        yield Paragraph("No trial is complete yet.")
        return
    last = scored[-1]
    assert last.best_score is not None
    yield Paragraph(
        f"The latest sprint with scores is {last.short_label} at fidelity {last.fidelity.code}; its best trial is "
        f"#{last.best_trial} with {thread.metric} {short(last.best_score)}. It is the best of {len(last.scores)} noisy "
        "scores: a repeat is expected to score less well."
    )
    yield Table(
        ("SPRINT", "FIDELITY", "#TRIALS", "#COMPLETE", "#BEST", "#MEDIAN OF TOP 5"),
        [
            (
                sprint.short_label,
                sprint.fidelity.code,
                str(sprint.n_ended + sprint.n_warm + sprint.n_cancelled),
                str(sprint.n_complete + sprint.n_warm),
                short(sprint.best_score) if sprint.best_score is not None else "–",
                _median_top(sprint),
            )
            for sprint in scored
        ],
    )
    if len({sprint.fidelity for sprint in scored}) > 1:
        yield Paragraph("Scores of different fidelities cannot be compared with each other.")
    yield Figure("scores", "Scores of the complete trials of each sprint; the line is the best", scores_figure(scored))
    yield Paragraph("Its configuration:")
    yield Code("yaml", configuration_text(ws, last.id))
    if thread.options.get("command"):
        yield Code("sh", configuration_text(ws, last.id, form="cli"))


def _chapter(chapter: Chapter, early: Sequence[EditView], place: int) -> Iterator[Block]:
    sprint = chapter.sprint
    if place == 1 and early:
        yield Paragraph("Decided before the first sprint:")
        yield _decisions(early)
    yield Paragraph(_plan_text(sprint))
    if sprint.failure:
        yield Paragraph(f"It failed: {sprint.failure}")
    found = chapter.review
    if found is None:
        yield Paragraph(f"{_capital(trial_counts(sprint))}; none is complete.")
    else:
        if found.caution:
            yield Paragraph(f"Read with caution: {found.caution}")
        yield Heading(3, "What it showed")
        yield from _findings(found)
        yield from _figures(found)
    yield Heading(3, "What was decided")
    if chapter.decisions:
        yield _decisions(chapter.decisions)
    else:
        yield Paragraph("The space was left as it was.")


def _figures(found: Review) -> Iterator[Block]:
    searched = [one for one in found.dimensions if one.active and not one.dimension.is_frozen and one.points]
    if not searched:
        return
    yield Paragraph(
        f"For each hyperparameter: dots are the trials, the best score at the top; bars count all trials and, in blue, "
        f"the top {found.n_top}; a bracket is the range in the space as it is now, where it differs."
    )
    for shown in searched:
        name = f"{found.sprint.short_label}-{shown.dimension.name}"
        caption = f"{shown.dimension.name} in {found.sprint.short_label}"
        yield Figure(file_name(name), caption, hyperparameter_figure(shown, found.sprint.direction))


def _next(chapters: Sequence[Chapter]) -> Iterator[Block]:
    """What the latest review recommends, against the space as it is now."""
    last = next((chapter.review for chapter in reversed(chapters) if chapter.review is not None), None)
    advised = [] if last is None else [shown for shown in last.dimensions if shown.advice.recommended]
    if last is None or not advised:
        yield Paragraph("No edit of the space is recommended.")
        return
    yield Paragraph(f"Recommended after {last.sprint.short_label}, not decided yet:")
    yield Table(("HYPERPARAMETER", "RECOMMENDED"), [(shown.dimension.name, shown.advice.text) for shown in advised])


def _plan_text(sprint: SprintView) -> str:
    primed = "" if sprint.priming == "none" else f" Primed: {sprint.priming}."
    pruned = "" if sprint.pruner == "none" else f", pruned by {sprint.pruner}"
    random = f", the first {sprint.n_random} of them random" if sprint.n_random else ""
    return (
        f"{sprint.n_trials} trials planned with sampler {sprint.sampler}{random}{pruned}, fidelity "
        f"{sprint.fidelity.code}, seed {sprint.seed}.{primed} State: {sprint.standing}; {trial_counts(sprint)}."
    )


def _findings(found: Review) -> Iterator[Block]:
    told = [*found.findings, *(finding for shown in found.dimensions for finding in shown.findings)]
    items = [
        " ".join(part for part in (_sentence(one.text), _sentence(one.meaning)) if part)
        for one in told
        if one.severity != "ok"
    ]
    yield Bullets(list(dict.fromkeys(items))) if items else Paragraph("Nothing that calls for a change.")


def _decisions(edits: Sequence[EditView]) -> Table:
    rows = [
        (
            str(edit.number),
            edit.dimension or "constraints",
            f"{edit.action}: {edit.before} → {edit.after}" if edit.before else f"{edit.action}: {edit.after}",
            edit.reason or "no reason given",
            edit.author,
            "undone" if edit.undone else "in force",
        )
        for edit in edits
    ]
    return Table(("#NO.", "HYPERPARAMETER", "DECISION", "REASON", "BY", "STATE"), rows)


def _spaces(first: Space, now: Space, log: Sequence[EditView]) -> Iterator[Block]:
    reasons = {edit.dimension: edit.reason for edit in log if not edit.undone}
    names = list(dict.fromkeys((*first.names, *now.names)))
    rows = [
        (
            name,
            describe_range(first[name]) if name in first.names else "not searched",
            describe_range(now[name]) if name in now.names else "removed",
            reasons.get(name, ""),
        )
        for name in names
    ]
    yield Table(("HYPERPARAMETER", "AT FIRST", "NOW", "LAST REASON"), rows)
    if now.constraints:
        yield Paragraph(f"Constraints: {'; '.join(now.constraints)}")


def _noise(thread: ThreadView, chapters: Sequence[Chapter]) -> str:
    """The spread of configurations that ran more than once in a sprint."""
    groups: list[list[float]] = []
    for chapter in chapters:
        same: Mapping[str, list[float]] = defaultdict(list)
        for trial in chapter.trials:
            if trial.state == TrialState.COMPLETE and not trial.warm and trial.score is not None:
                same[repr(sorted(trial.params.items()))].append(trial.score)
        groups += [scores for scores in same.values() if len(scores) > 1]
    if not groups:
        return (
            "No configuration was run twice, so the noise of the score is not known. To measure it: "
            f"trimtab sprint new {thread.name} --stage confirm"
        )
    degrees = sum(len(scores) - 1 for scores in groups)
    spread = math.sqrt(sum(statistics.variance(scores) * (len(scores) - 1) for scores in groups) / degrees)
    return (
        f"{_count(len(groups), 'configuration')} ran more than once within a sprint: the standard deviation of "
        f"{thread.metric} between repeats is {short(spread, 2)} ({_count(degrees, 'degree')} of freedom). Differences "
        f"below {short(2 * math.sqrt(2) * spread, 2)} between two single trials may be noise."
    )


def _cost(chapters: Sequence[Chapter]) -> Iterator[Block]:
    if not chapters:
        yield Paragraph("Nothing was run yet.")
        return
    rows, total = [], 0.0
    for chapter in chapters:
        seconds = sum(trial.seconds or 0.0 for trial in chapter.trials if not trial.warm)
        total += seconds
        sprint = chapter.sprint
        wall = (sprint.finished_at or 0.0) - (sprint.started_at or 0.0) if sprint.started_at else 0.0
        rows.append(
            (
                sprint.short_label,
                str(len(chapter.trials)),
                duration(seconds),
                duration(wall) if wall > 0 else "–",
                duration(seconds / len(chapter.trials)) if chapter.trials else "–",
            )
        )
    rows.append(("all", str(sum(len(chapter.trials) for chapter in chapters)), duration(total), "", ""))
    yield Table(("SPRINT", "#TRIALS", "#TIME OF TRIALS", "#FROM START TO END", "#PER TRIAL"), rows)


def _repeat(
    ws: Workspace,
    thread: ThreadView,
    chapters: Sequence[Chapter],
    log: Sequence[EditView],
    early: Sequence[EditView],
    first: Space,
) -> Iterator[Block]:
    if thread.objective == IMPORTED:
        yield Paragraph("The trials were imported without an objective, so nothing can be run.")
        return
    yield Paragraph(
        f"The thread's file, {file_name(thread.name)}.yaml. Paths in it were resolved against {thread.base_dir or '.'}."
    )
    yield Code("yaml", thread_file(thread, first, own_stages(ws, thread.name)))
    lines = [f"trimtab thread new {file_name(thread.name)}.yaml"]
    lines += _edit_lines(thread, early, first)
    labels = {chapter.sprint.id: chapter.sprint.short_label for chapter in chapters}
    for chapter in chapters:
        try:
            plan = replacement_plan(ws, chapter.sprint.id)
        except EngineError:
            lines.append(f"# {chapter.sprint.short_label} was imported and has no plan to repeat")
            continue
        lines.append(sprint_command(plan, labels.get(plan.prime_from or 0, "")))
        lines.append(f"trimtab sprint run {thread.name}/{chapter.sprint.short_label}")
        lines += _edit_lines(thread, chapter.decisions, first)
    yield Code("sh", "\n".join(lines))
    n_undone = sum(edit.undone for edit in log)
    if n_undone:
        yield Paragraph(f"Left out: {_count(n_undone, 'decision')} that {'was' if n_undone == 1 else 'were'} undone.")


def _edit_lines(thread: ThreadView, edits: Iterable[EditView], first: Space) -> list[str]:
    return [line for edit in edits if not edit.undone for line in edit_commands(thread.name, edit, first)]


def _median_top(sprint: SprintView) -> str:
    best = sorted(sprint.scores, key=sprint.direction.cost)[:5]
    return short(statistics.median(best)) if len(best) == 5 else "–"


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?" else f"{text}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _day(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d")


def file_name(text: str) -> str:
    """A name that every file system and Markdown link takes."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.") or "thread"
