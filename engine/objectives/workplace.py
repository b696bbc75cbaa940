"""Where one trial's command runs: its words, folder and environment, with the copies that the thread file asks for."""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.environment import person_environment
from engine.errors import EngineError
from engine.objectives.command_options import CommandOptions, read_script
from engine.objectives.constants import with_constants
from engine.objectives.file_settings import with_settings
from engine.objectives.protocol import Trial
from engine.objectives.template import FILE, fill, fill_shell, fill_text, fill_value, names_in, trial_values
from engine.processes import MARK as STARTED_BY
from engine.values import Value

COPY = "copy"
"""Folder of the trial's own copy, in its run folder."""

LARGEST_COPY = 2**30
"""Bytes that a copy of the thread's folder may take: data sets belong elsewhere, or behind a link."""

LEFT_OUT = frozenset({".git", ".hg", ".svn", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache",
                      "node_modules", ".ipynb_checkpoints"})  # fmt: skip
"""Folders that no copy needs; virtual environments and workspaces are left out as well."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Workplace:
    """What a command is started with.

    Attributes:
        words: Its words, filled in.
        folder: Where it runs.
        env: Its environment.
        values: What its template could name, for the names of the files it reports in.
        original: The folder that ``copy`` is a copy of; None where there is none.
        copy: The trial's own copy of the folder.
    """

    words: Sequence[str]
    folder: Path
    env: Mapping[str, str]
    values: Mapping[str, Value]
    original: Path | None = None
    copy: Path | None = None

    def tidy(self) -> None:
        """Remove what the command left as it was from its copy of the folder; what it wrote or changed stays."""
        if self.copy is None or self.original is None:
            return
        for path in sorted(self.copy.rglob("*"), reverse=True):
            if path.is_dir() and not path.is_symlink():
                if not any(path.iterdir()):
                    path.rmdir()
            elif _is_unchanged(path, self.original / path.relative_to(self.copy)):
                path.unlink()


def make_workplace(
    template: Sequence[str], options: CommandOptions, base_dir: Path, trial: Trial, facts: Mapping[str, Value]
) -> Workplace:
    """Make the copies of a trial and fill its template in.

    Args:
        template: Words of the command; for a shell, the command as its one word.
        options: What the thread file says beside them.
        base_dir: Folder of the thread file.
        trial: Whose values are filled in.
        facts: Further names of the template.

    Raises:
        EngineError: When something cannot be copied, set or filled in.
    """
    values = {**trial_values(trial), **facts}
    folder = options.folder(base_dir, values)
    original = copy = None
    if options.isolated:
        original = base_dir if folder.is_relative_to(base_dir) else folder
        copy = trial.run_dir / COPY
        copy_folder(original, copy)
        folder = copy / folder.relative_to(original)
    else:
        folder.mkdir(parents=True, exist_ok=True)
    values |= _copied_files(options, base_dir, trial, values, copy)
    replaced, sources = _copied_scripts(options, base_dir, trial, values, copy)
    if options.shell:
        words = ["/bin/sh", "-c", fill_shell(template[0], values, trial.inactive)]
        named = set(re.findall(r"\S+", words[2]))
    else:
        words = fill(template, values, trial.inactive)
        named = set(map(os.path.normpath, words))
    if unnamed := sorted(set(replaced) - named):
        raise EngineError(
            f"constants: the command must name {unnamed[0]}, got {' '.join(words)!r}",
            "set isolated: true for constants of a module that the script imports",
        )
    if options.shell:
        words[2] = re.sub(
            r"\S+", lambda word: shlex.quote(replaced[word[0]]) if word[0] in replaced else word[0], words[2]
        )
    else:
        words = [replaced.get(os.path.normpath(word), word) for word in words]
    if copy is None and folder != base_dir:
        words = [_absolute(word, base_dir, folder) for word in words]
    python = options.interpreter(base_dir)
    if options.shell and python is None:
        python = Path(sys.executable)  # "python" means the same with a shell and without
    env = _environment(options, python, values, sources)
    if words[0] == "python":
        words[0] = str(python or sys.executable)
    return Workplace(words=words, folder=folder, env=env, values=values, original=original, copy=copy)


def copy_folder(original: Path, copy: Path) -> None:
    """Copy a folder for one trial, anew; links lead where they led.

    Raises:
        EngineError: When it is too large.
    """
    shutil.rmtree(copy, ignore_errors=True)
    files = list(_files_of(original, copy))
    size = sum(path.stat().st_size for path in files if not path.is_symlink())
    if size > LARGEST_COPY:
        raise EngineError(
            f"isolated: {original} must hold at most {LARGEST_COPY / 2**30:.0f} GiB, it holds {size / 2**30:.1f}",
            "keep data in another folder, or behind a link",
        )
    copy.mkdir(parents=True)
    for path in files:
        target = copy / path.relative_to(original)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_symlink():
            shutil.copy2(path, target)
        elif path.resolve().is_relative_to(original.resolve()):
            target.symlink_to(path.readlink())
        else:
            target.symlink_to(path.resolve())


def _files_of(folder: Path, copy: Path) -> Iterator[Path]:
    """The files and links of a folder that a copy needs."""
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or path.is_file():
            yield path
        elif path.is_dir() and path.name not in LEFT_OUT and not _is_left_out(path, copy):
            yield from _files_of(path, copy)


def _is_left_out(folder: Path, copy: Path) -> bool:
    is_environment = (folder / "pyvenv.cfg").exists() or (folder / "conda-meta").is_dir()
    return is_environment or (folder / "store.db").exists() or copy.is_relative_to(folder)


def _is_unchanged(path: Path, original: Path) -> bool:
    try:
        if path.is_symlink():
            return original.is_symlink()
        new, old = path.stat(), original.stat()
    except OSError:
        return False
    return (new.st_size, new.st_mtime_ns) == (old.st_size, old.st_mtime_ns)


def _copied_files(
    options: CommandOptions, base_dir: Path, trial: Trial, values: Mapping[str, Value], copy: Path | None
) -> dict[str, Value]:
    """Write the copies of configuration files; where each is, by its name in the template."""
    found: dict[str, Value] = {}
    for name, given in options.files.items():
        source = base_dir / given.source
        text = with_settings(source, _active(given.settings, values, trial))
        target = trial.run_dir / f"{name}{source.suffix}" if copy is None else copy / given.source
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        found[f"{FILE}{name}"] = str(target)
    return found


def _copied_scripts(
    options: CommandOptions, base_dir: Path, trial: Trial, values: Mapping[str, Value], copy: Path | None
) -> tuple[dict[str, str], list[str]]:
    """Write the copies of scripts; (the copy by the script's word in the command, folders its imports come from)."""
    replaced: dict[str, str] = {}
    sources: list[str] = []
    for script, constants in options.constants.items():
        source = with_constants(read_script(base_dir / script), _active(constants, values, trial), where=script)
        if copy is not None:
            (copy / script).write_bytes(source)
            continue
        target = trial.run_dir / Path(script).name
        target.write_bytes(source)
        replaced[os.path.normpath(script)] = str(target)
        sources.append(str((base_dir / script).parent))
    return replaced, sources


def _active(given: Mapping[str, object], values: Mapping[str, Value], trial: Trial) -> dict[str, object]:
    """Settings filled in; one that names an inactive hyperparameter stays as the file has it."""
    return {
        name: fill_value(value, values)
        for name, value in given.items()
        if not isinstance(value, str) or not names_in(value) & set(trial.inactive)
    }


def _absolute(word: str, base_dir: Path, folder: Path) -> str:
    """A word that names a file beside the thread file, so that the command finds it from another folder."""
    option, equals, path = word.rpartition("=") if word.startswith("-") else ("", "", word)
    if not path or Path(path).is_absolute() or (folder / path).exists():
        return word
    named = base_dir / path
    return f"{option}{equals}{named}" if named.is_file() or ("/" in path and named.is_dir()) else word


def _environment(
    options: CommandOptions, python: Path | None, values: Mapping[str, Value], sources: Sequence[str]
) -> dict[str, str]:
    """The environment of the command: the person's, then the interpreter's, then the thread file's."""
    env = person_environment()
    if STARTED_BY in os.environ:  # by which what a dead worker left running is found
        env[STARTED_BY] = os.environ[STARTED_BY]
    if python is not None:
        env["PATH"] = os.pathsep.join(part for part in (str(python.parent), env.get("PATH", "")) if part)
        env.pop("PYTHONHOME", None)
        env.pop("VIRTUAL_ENV", None)
        if (python.parent.parent / "pyvenv.cfg").exists():
            env["VIRTUAL_ENV"] = str(python.parent.parent)
    for name, value in options.env.items():
        if value is None or any(values.get(used) is None for used in names_in(value)):
            env.pop(name, None)  # as an option of an inactive or null hyperparameter is left out
        else:
            env[name] = fill_text(value, values)
    if sources:
        env["PYTHONPATH"] = os.pathsep.join(part for part in (*sources, env.get("PYTHONPATH", "")) if part)
    return env
