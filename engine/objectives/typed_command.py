"""A trial's command as a person types it in a shell: folder, variables, interpreter and copies in their places."""

import os
import shlex
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from engine.errors import EngineError
from engine.objectives.command_options import CommandOptions
from engine.objectives.template import FILE, fill, fill_shell, fill_text, names_in, split_template
from engine.objectives.workplace import COPY
from engine.values import Value


def typed_command(
    template: str,
    options: CommandOptions,
    base_dir: Path,
    run_dir: Path,
    values: Mapping[str, Value],
    inactive: Collection[str],
) -> str:
    """The command ready to paste; without keys beside ``command`` it is the filled template alone.

    Args:
        template: The thread's command.
        options: The keys beside it.
        base_dir: Folder of the thread file.
        run_dir: The trial's folder, which holds its copies of files and scripts.
        values: What the template may name.
        inactive: Hyperparameters that the trial has not.
    """
    names = {**values, **_copies(options, run_dir), **dict.fromkeys(inactive)}
    if options.shell:
        command = fill_shell(template, names, inactive)
    else:
        scripts = {os.path.normpath(script): str(_copy_of(script, options, run_dir)) for script in options.constants}
        words = [scripts.get(os.path.normpath(word), word) for word in fill(split_template(template), names, inactive)]
        if words[0] == "python" and (python := _interpreter(options, base_dir)):
            words[0] = python
        command = shlex.join(words)
    parts = [*_variables(options, base_dir, names, has_copies=bool(options.constants)), command]
    folder = options.folder(base_dir, names) if options.cwd else base_dir
    return " ".join(([f"cd {shlex.quote(str(folder))} &&"] if folder != base_dir else []) + parts)


def _copies(options: CommandOptions, run_dir: Path) -> dict[str, Value]:
    """Paths of the trial's copies of files, by their names in the template."""
    return {
        f"{FILE}{name}": str(
            run_dir / COPY / given.source if options.isolated else run_dir / f"{name}{Path(given.source).suffix}"
        )
        for name, given in options.files.items()
    }


def _copy_of(script: str, options: CommandOptions, run_dir: Path) -> Path:
    return run_dir / COPY / script if options.isolated else run_dir / Path(script).name


def _interpreter(options: CommandOptions, base_dir: Path) -> str:
    try:
        python = options.interpreter(base_dir)
    except EngineError:  # it has gone since
        return options.python
    return "" if python is None else str(python)


def _variables(
    options: CommandOptions, base_dir: Path, values: Mapping[str, Value], *, has_copies: bool
) -> Sequence[str]:
    """Assignments before the command; a variable that the thread file takes away is unset by ``env``."""
    found, taken = {}, []
    for name, value in options.env.items():
        if value is None or any(values.get(used) is None for used in names_in(value)):
            taken += ["-u", name]
        else:
            found[name] = fill_text(value, values)
    if has_copies:
        folders = dict.fromkeys(str((base_dir / script).parent) for script in options.constants)
        found["PYTHONPATH"] = os.pathsep.join(filter(None, (*folders, found.get("PYTHONPATH", ""))))
    assigned = [f"{name}={shlex.quote(value)}" for name, value in found.items()]
    return ["env", *taken, *assigned] if taken else assigned
