"""Commands that repeat what was decided: the thread's file, each edit of its space, each sprint's plan."""

import shlex
from collections.abc import Mapping
from typing import Any

from engine.api.review_views import EditView
from engine.api.views import ThreadView
from engine.boundary.text import one_line
from engine.space.space import CONSTRAINTS_KEY, Space
from engine.sprint.options import OPTIONS, SprintOption
from engine.sprint.plan import SprintPlan
from engine.sprint.thread_file import COMMAND_OBJECTIVE
from engine.trials.fidelity import WARMUP_END
from engine.values import Value, whole_text

SECONDS_PER_HOUR = 3600.0


def thread_file(thread: ThreadView, space: Space, stages: Mapping[str, Any] | None = None) -> str:
    """The thread as a file that `trimtab thread new` reads, beginning with a space.

    Args:
        thread: The thread.
        space: The space to begin with.
        stages: Its own stages, as its file had them.
    """
    import yaml

    options = thread.options
    plain: dict[str, Any] = {"thread": thread.name}
    if options.get("command"):
        plain |= {"command": options["command"], **(options.get("command_options") or {})}
    elif thread.objective != COMMAND_OBJECTIVE:
        plain["objective"] = thread.objective
    plain |= {key: dict(options[key]) for key in ("model", "data") if options.get(key)}
    if "command" in plain:
        plain.pop("model", None)
    dimensions = space.to_dict()
    constraints = dimensions.pop(CONSTRAINTS_KEY, None)
    plain |= {"metric": thread.metric, "direction": str(thread.direction), "space": dimensions}
    plain |= {
        key: value
        for key, value in (("constraints", constraints), ("stages", stages), ("checkpoint", thread.checkpoint))
        if value
    }
    return str(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100)).rstrip("\n")


def edit_commands(thread: str, edit: EditView, first: Space) -> list[str]:
    """An edit as commands with its reason; a comment in words where none makes it, as for a removal.

    Args:
        thread: Name of the thread.
        edit: One that is in force.
        first: The space that the thread began with.
    """
    name, new = edit.dimension, edit.new
    if edit.action in ("narrow", "widen"):
        moves = _moves((edit.old["low"], edit.old["high"]), (new["low"], new["high"]))
        return [_command(edit, action, thread, name, low=low, high=high) for action, low, high in moves]
    words: list[str] | None = None
    match edit.action:
        case "freeze":
            words = [name, whole_text(new["frozen"])]
        case "unfreeze":
            words = [name]
        case "choices":
            words = [name, *map(whole_text, new["choices"])]
        case "constrain":
            words = list(new[CONSTRAINTS_KEY])
        case "restore" if name in first.names and new == first[name].to_dict():
            words = [name]
    if words is None:
        return [f"# {edit.action} {one_line(name)}: {one_line(edit.before)} → {one_line(edit.after)}"]
    return [_command(edit, edit.action, thread, *words)]


def _moves(old: tuple[float, float], new: tuple[float, float]) -> list[tuple[str, float, float]]:
    """A new range by narrowing or widening; by both, one after the other, where it leaves the old one on one side."""
    if old[0] <= new[0] and new[1] <= old[1]:
        return [("narrow", *new)]
    around = min(old[0], new[0]), max(old[1], new[1])
    return [("widen", *around)] if around == new else [("widen", *around), ("narrow", *new)]


def _command(edit: EditView, action: str, *words: str, **bounds: float) -> str:
    options = [f"--{name}={value!r}" for name, value in bounds.items()]
    options += [f"--reason={edit.reason}"] if edit.reason else []
    return shlex.join(["trimtab", "space", action, *options, "--", *words])


def sprint_command(plan: SprintPlan, source: str) -> str:
    """A plan as the command that makes it.

    Args:
        plan: The plan.
        source: Label of the sprint it is primed from, as a command names it; empty for none.
    """
    fidelity = plan.fidelity
    words: list[tuple[str, object]] = [
        ("--stage", plan.stage),
        ("--trials", plan.n_trials),
        ("--random", plan.n_random),
        ("--seed", plan.seed),
        ("--sampler", plan.sampler),
        *(("--sampler-option", _assignment(name, value)) for name, value in plan.sampler_options.items()),
        ("--pruner", plan.pruner),
        *(("--pruner-option", _assignment(name, value)) for name, value in plan.pruner_options.items()),
        ("--fidelity", fidelity.code),
        ("--epochs", fidelity.epochs),
        ("--prime", plan.prime),
        ("--from", source or None),
        *(("--trial", _assignments(configuration)) for configuration in plan.manual),
        *((option.flag, _in_units(option, getattr(plan, option.name))) for option in OPTIONS),
        ("--checkpoint", plan.checkpoint),
        *(("--limit", _assignment(name, value)) for name, value in plan.limits.items()),
        *(("--keep-at", "warmup" if epoch == WARMUP_END else epoch) for epoch in plan.keep_checkpoint_at),
        ("--suffix", plan.suffix or None),
    ]
    options = [f"{name}={value}" for name, value in words if value is not None]
    switches = ["--allow-changed-space"] if plan.allow_changed_space else []
    return shlex.join(["trimtab", "sprint", "new", *options, *switches, "--", plan.thread])


def _in_units(option: SprintOption, value: float | None) -> object:
    """A value as the command line takes it; None where it goes without saying."""
    if value is None or (option.is_count and value == option.least):
        return None
    return value if option.is_count else value / option.scale


def _assignment(name: str, value: Value) -> str:
    return f"{name}={'none' if value is None else whole_text(value)}"


def _assignments(configuration: Mapping[str, Value]) -> str:
    return " ".join(f"{name}={shlex.quote(whole_text(value))}" for name, value in configuration.items())
