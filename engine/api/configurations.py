"""A trial's configuration taken out, ready to run, and run again as it was."""

import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from engine.api.views import SprintView, ThreadView, TrialView
from engine.errors import EngineError
from engine.store.workspace import Workspace
from engine.values import Value, whole_text

FORMS = ("cli", "yaml", "json", "python")
"""How a configuration can be written."""


def chosen_trial(ws: Workspace, ref: int | str, number: int | None = None) -> TrialView:
    """A trial of a sprint; the best one where no number is given.

    Raises:
        EngineError: When there is none.
    """
    from engine.api.sprints import get_sprint
    from engine.api.trials import get_trial

    sprint = get_sprint(ws, ref)
    wanted = sprint.best_trial if number is None else number
    if wanted is None:
        raise EngineError(f"{sprint.label} must have a complete trial to take the best of, it has none")
    return get_trial(ws, sprint.id, wanted)


def configuration_text(ws: Workspace, ref: int | str, number: int | None = None, form: str = "yaml") -> str:
    """A trial's configuration, ready to run.

    Args:
        ws: The workspace.
        ref: The sprint.
        number: The trial; the best one where None.
        form: One of `FORMS`: the thread's own command (options for another objective), or a file's text.

    Raises:
        EngineError: When there is no such trial or form.
    """
    from engine.api.sprints import get_sprint
    from engine.api.threads import get_thread

    trial = chosen_trial(ws, ref, number)
    if form == "cli":
        sprint = get_sprint(ws, ref)
        return _command(get_thread(ws, sprint.thread), sprint, trial)
    writers: Mapping[str, Callable[[Mapping[str, Value]], str]] = {"yaml": _yaml, "json": _json, "python": _python}
    if form not in writers:
        raise EngineError(f"a configuration is written as one of {', '.join(FORMS)}, got {form!r}")
    return writers[form](trial.params)


def _command(thread: ThreadView, sprint: SprintView, trial: TrialView) -> str:
    """The command as the trial ran it; options of the usual spelling where the objective is no command."""
    from engine.objectives.command_options import CommandOptions
    from engine.objectives.template import FACTS
    from engine.objectives.typed_command import typed_command

    template = str(thread.options.get("command") or "")
    if not template:
        return " ".join(word for name, value in trial.params.items() for word in _option(name, value))
    fidelity = sprint.fidelity
    options = CommandOptions.read(thread.options.get("command_options") or {}, metric=thread.metric)
    epochs = fidelity.max_epochs if fidelity.epochs is None else fidelity.epochs
    values: dict[str, Value] = {
        **FACTS,
        **({} if options.report.every is None else {"steps": options.report.every * epochs}),
        "epochs": epochs,
        "max_epochs": fidelity.max_epochs,
        "seed": trial.seed,
        "number": trial.number,
        "train_fraction": 1.0 / fidelity.train_parts,
        "train_index": trial.fold[0],
        "train_parts": fidelity.train_parts,
        "val_index": trial.fold[1],
        "val_parts": fidelity.val_parts,
        "scheduler": fidelity.scheduler,
        "checkpoint": sprint.checkpoint or "",
        "run_dir": trial.run_dir,
        **trial.params,
    }
    inactive = _inactive(template, values)
    return typed_command(template, options, Path(thread.base_dir), Path(trial.run_dir), values, inactive)


def _inactive(template: str, values: Mapping[str, Value]) -> list[str]:
    """Hyperparameters that the command names and this trial has not."""
    from engine.objectives.template import names_in

    return [name for name in sorted(names_in(template)) if name not in values and "." not in name]


def _option(name: str, value: Value) -> list[str]:
    return [] if value is None else [f"--{name}", shlex.quote(whole_text(value))]


def _yaml(params: Mapping[str, Value]) -> str:
    import yaml

    return yaml.safe_dump(dict(params), sort_keys=False, allow_unicode=True).rstrip("\n")


def _json(params: Mapping[str, Value]) -> str:
    return json.dumps(dict(params), indent=2, ensure_ascii=False)


def _python(params: Mapping[str, Value]) -> str:
    return "\n".join(["params = {", *(f"    {name!r}: {value!r}," for name, value in params.items()), "}"])
