"""What trials left to look at: example documents, and what their thresholds did."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from engine.artifacts.examples import ExampleSet, read_examples
from engine.artifacts.reader import EXAMPLES, PAGE, SPRINT_BYTES, THRESHOLDS
from engine.artifacts.threshold_history import ThresholdTrace, read_threshold_trace
from engine.exchange.workspace_archive import N_EXAMPLES
from engine.objectives.registry import declared
from engine.store.workspace import Workspace
from engine.trials.states import TrialState

if TYPE_CHECKING:
    from engine.store.tables import SprintRow, TrialRow

Content = TypeVar("Content")

WHAT = {EXAMPLES: "examples", THRESHOLDS: "threshold records"}
"""What each file holds, in words."""

VIEW = {EXAMPLES: "examples", THRESHOLDS: "thresholds"}
"""The declared view that reads each file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Artifact(Generic[Content]):
    """What a file held, or why there is none.

    Attributes:
        content: What was in it; None where there is no file.
        absence: Why there is none, in one sentence; empty where there is one.
        advice: What to do about it; may be empty.
    """

    content: Content | None
    absence: str = ""
    advice: str = ""


def trial_examples(ws: Workspace, ref: int | str, number: int) -> Artifact[ExampleSet]:
    """The example documents of a trial.

    Raises:
        EngineError: When there is no such trial, or its file is not what docs/examples.md says.
    """
    return _artifact(ws, ref, number, EXAMPLES, read_examples)


def threshold_trace(ws: Workspace, ref: int | str, number: int) -> Artifact[ThresholdTrace]:
    """What the thresholds of a trial did; errors as in `trial_examples`."""
    return _artifact(ws, ref, number, THRESHOLDS, read_threshold_trace)


def trial_views(ws: Workspace, ref: int | str, number: int) -> tuple[str, ...]:
    """Which views a trial can have: those that its objective declares, and those whose file it left all the same."""
    from engine.api.sprints import get_sprint

    sprint = get_sprint(ws, ref)
    views, folder = sprint.declaration.views, ws.run_dir(sprint.id, number)
    return tuple(view for name, view in VIEW.items() if view in views or (folder / name).is_file())


def _artifact(
    ws: Workspace, ref: int | str, number: int, name: str, read: Callable[[Path], Content | None]
) -> Artifact[Content]:
    from engine.api.trials import trial_row
    from engine.store.database import reading
    from engine.store.tables import ThreadRow

    with reading(ws) as session:
        sprint, row = trial_row(session, ref, number)
        thread = session.get(ThreadRow, sprint.thread_id)
        objective = thread.objective if thread is not None else ""
    assert sprint.id is not None
    # By the workspace, not by a path in the store: a copied workspace shows its own files.
    content = read(ws.run_dir(sprint.id, number) / name)
    if content is not None:
        return Artifact(content=content)
    if "recorded" in sprint.manifest and (_writes(sprint, name, objective) or _having(ws, sprint.id, name)):
        absence = f"of a recorded sprint the best {N_EXAMPLES} trials at most bring {WHAT[name]}"
        advice = "trimtab demo trains some"
    else:
        absence, advice = _absence(ws, sprint, row, name, objective)
    return Artifact(content=None, absence=absence, advice=advice)


def _absence(ws: Workspace, sprint: "SprintRow", row: "TrialRow", name: str, objective: str) -> tuple[str, str]:
    """Why a trial has no such file, and what to do."""
    what = WHAT[name]
    if not row.state.is_finished:
        return f"this trial is {row.state}: its {what} are written when it finishes", ""
    if row.state != TrialState.COMPLETE:
        return f"this trial is {row.state}: only a finished trial has {what}", "open a complete one"
    if row.source == "primed-warm":
        return f"this trial was not trained here, its score was reused: it has no {what}", "open its source"
    assert sprint.id is not None
    others = _having(ws, sprint.id, name)
    if others:
        limit = SPRINT_BYTES // 2**20
        return (
            f"this trial's {what} were deleted: a sprint keeps {limit} MiB of them, best trials first",
            f"{len(others)} other trials of this sprint still have them",
        )
    if _writes(sprint, name, objective):
        return (
            f"this trial left no {what}: it ran with an older version, or its folder is on another machine",
            "copy the workspace with its runs folder, or run the trial again",
        )
    return (
        f"this trial left no {what}: its objective, {objective or 'unknown'}, writes none",
        f"an objective may leave {name} in its trial's folder: {PAGE}",
    )


def _writes(sprint: "SprintRow", name: str, objective: str) -> bool:
    """Whether the objective declares a view of such a file."""
    return VIEW[name] in declared(objective, sprint.manifest).views


def _having(ws: Workspace, sprint_id: int, name: str) -> list[Path]:
    """Folders of a sprint's trials that hold such a file."""
    folder = ws.sprint_dir(sprint_id)
    return [one for one in folder.iterdir() if (one / name).is_file()] if folder.is_dir() else []
