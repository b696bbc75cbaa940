"""The keys of a thread file that belong to its ``command``, and what it says of the score."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.objectives import command_options
from engine.objectives.command_checks import (
    reads_its_parameters,
    refuse_shared_words,
    refuse_shell_syntax,
    refuse_unused,
    used_names,
)
from engine.objectives.command_options import CommandOptions
from engine.objectives.template import check_template, example_values, fill_shell, split_template
from engine.space.space import Space
from engine.trials.states import Direction

At = Callable[..., AbstractContextManager[None]]
"""Takes the path of a key; errors raised inside are given its file and line."""


def read_command_keys(plain: Mapping[str, Any], command: str, space: Space, base_dir: Path, at: At) -> dict[str, Any]:
    """The keys beside a command, checked with the template as a trial would fill both.

    Args:
        plain: The thread file.
        command: Its template; empty for another objective.
        space: What its trials may set.
        base_dir: Its folder.
        at: Adds file and line of a key to an error.

    Raises:
        EngineError: For a key that does not fit, or one beside an objective.
    """
    given = {key: plain[key] for key in command_options.KEYS if plain.get(key) is not None}
    if given and not command:
        key = next(iter(given))
        with at(key):
            raise EngineError(f"{key} belongs to a command, this thread has an objective", "see docs/thread-file.md")
    if not command:
        return {}
    with at("command"):
        known = example_values(space)
    data = plain.get("data")
    metric = metric_of(plain, data if isinstance(data, Mapping) else {}) or "score"
    with at("report"):
        steps = CommandOptions.read(
            {key: value for key, value in given.items() if key == "report"}, metric=metric, names=known
        ).steps()
    for key, value in given.items():
        with at(key):
            CommandOptions.read({key: value}, metric=metric, names=known).check(base_dir, {**known, **steps})
    whole = CommandOptions.read(given, metric=metric, names=known)
    extra = whole.own_names()
    with at("command"):
        if whole.shell:
            fill_shell(command, example_values(space, extra), ())
        else:
            check_template(command, space, extra)
            refuse_shell_syntax(command)
        refuse_shared_words(command.split() if whole.shell else split_template(command), space)
        if not reads_its_parameters(command, whole, base_dir):
            refuse_unused(space, used_names(command, whole))
    return given


def metric_of(plain: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """Name of the score, from ``metric:`` or from ``data:``; empty where neither says."""
    return str(plain.get("metric") or data.get("metric") or "")


def direction_of(plain: Mapping[str, Any], data: Mapping[str, Any], options: Mapping[str, Any], at: At) -> Direction:
    """Which way the score is better, said in one of three places or in all of them alike.

    Raises:
        EngineError: When two places disagree, or it is neither ``maximize`` nor ``minimize``.
    """
    report = options.get("report")
    places = {
        "direction": plain.get("direction"),
        "report": report.get("direction") if isinstance(report, Mapping) else None,
        "data": data.get("direction") if plain.get("command") else None,
    }
    said = {key: str(value) for key, value in places.items() if value}
    if len(set(said.values())) > 1:
        with at(next(key for key in said if key != "direction")):
            both = " and ".join(f"{value} ({key})" for key, value in said.items())
            raise EngineError(f"direction must be the same wherever it is given, got {both}")
    return Direction.read(next(iter(said.values()), "maximize"))
