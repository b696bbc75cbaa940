"""A thread file for a training script, written from what its source says; every guess is marked as one."""

import os
import os.path
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import EngineError
from engine.script_reader.argparse_options import argparse_options
from engine.script_reader.config_options import as_number, dataclass_options, hydra_options, read_mapping
from engine.script_reader.constant_options import constant_options, overridable_options
from engine.script_reader.declared_options import absl_options, click_options
from engine.script_reader.help_options import help_options
from engine.script_reader.hyperparameter import Guess, guess_role, settle
from engine.script_reader.library_reports import library_reports
from engine.script_reader.option import Option, OptionKind
from engine.script_reader.printed_reports import printed_reports
from engine.script_reader.process_group import needs_launcher
from engine.script_reader.report_guess import ReportGuess
from engine.script_reader.reporter_options import reporter_options, reporter_reports
from engine.script_reader.source import Source, read_script
from engine.script_reader.thread_text import ConfigFile, ThreadContent, thread_text
from engine.script_reader.training_length import with_length, written_lengths

SCRIPTS = ("train.py", "main.py", "run.py", "src/train.py", "finetune.py", "fit.py", "train_model.py")
"""Where a training script is looked for when none is named."""

N_OTHERS = 2
"""Other scores that a draft shows."""

ENVIRONMENTS = (".venv", "venv", "env", ".env")
"""Folders of a virtual environment beside a script."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadDraft:
    """A thread file that is not written yet.

    Attributes:
        name: The thread's name.
        text: The file's content.
        content: What it was written from.
    """

    name: str
    text: str
    content: ThreadContent


def find_script(folder: Path) -> Path:
    """The training script of a folder.

    Raises:
        EngineError: When there is none, or more than one that could be it.
    """
    usual = [folder / name for name in SCRIPTS if (folder / name).is_file()]
    if usual:
        # Of a train.py that main.py imports, main.py is what a person calls.
        return next((one for one in usual if _shows_options(one)), usual[0])
    scripts = [one for one in sorted(folder.glob("*.py")) if not re.match(r"(test_|setup|conftest|__)", one.name)]
    if len(scripts) == 1:
        return scripts[0]
    named = ", ".join(one.name for one in scripts[:8]) or "no Python file"
    raise EngineError(f"Name the training script: {folder} has no train.py, but {named}", "trimtab init SCRIPT")


def _shows_options(script: Path) -> bool:
    try:
        return bool(script_options(read_script(script)))
    except EngineError:
        return False


def draft_thread(
    script: Path, *, folder: Path, name: str | None = None, words: Sequence[str] = (), run_help: bool = False
) -> ThreadDraft:
    """Draft a thread file for a script.

    Args:
        script: The training script.
        folder: Folder of the thread file, in which the command will run.
        name: The thread's name; the script's folder or file where None.
        words: Words of the command that the person gives: options among them are neither searched nor guessed.
        run_help: Run ``python SCRIPT --help`` and read its options from that.

    Raises:
        EngineError: When the script cannot be read, or shows nothing that could be searched.
    """
    if not script.is_file():
        raise EngineError(f"No script {script}")
    is_python = script.suffix == ".py"
    if not is_python and not run_help:
        raise EngineError(
            f"{script.name} is not a Python script; its options can only be read from its help", "add --run-help"
        )
    sources = read_script(script) if is_python else []
    shown = os.path.relpath(script.resolve(), folder.resolve())
    runner = ["python", shown] if is_python else [f"./{shown}" if "/" not in shown else shown]
    interpreter = _interpreter(folder, script)
    if run_help:
        start = [interpreter or sys.executable, str(script.resolve())] if is_python else [str(script.resolve())]
        options = help_options(start, folder)
    else:
        options = [*script_options(sources), *written_lengths(sources)]
    given = _given(options, words)
    guesses = settle([guess_role(one) for one in options if one.name not in given])
    files = _files(guesses, script)
    report, guesses, lasting = with_length(guess_report(sources), guesses, sources)
    if report.report and not any("{run_dir}" in one.fact for one in guesses):
        # Without an option for its folder the script writes beside itself.
        report = replace(_beside(report), others=tuple(map(_beside, report.others)))
    if any(map(needs_launcher, sources[:1])):
        runner = ["python", "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=1", shown]
    content = ThreadContent(
        name=name or _thread_name(script),
        script=shown,
        runner=tuple(runner),
        words=tuple(words),
        guesses=tuple(guesses),
        files=tuple(files),
        report=report,
        lengths=lasting,
        interpreter=interpreter,
        uses_hydra=any(one.passing == "assigned" for one in options),
        uses_trainer="Transformers Trainer" in report.why,
        is_isolated="**/" in str(report.report) and "{run_dir}" not in str(report.report),
    )
    if not content.dimensions:
        raise EngineError(
            f"{shown} shows no hyperparameter: no option, flag, configuration value or constant whose name says so "
            f"({len(options)} options read)",
            "write the thread file by hand (docs/own-script.md), or try --run-help",
        )
    return ThreadDraft(name=content.name, text=_encodable(thread_text(content)), content=content)


def _beside(report: ReportGuess) -> ReportGuess:
    plain = {
        key: value.replace("{run_dir}/", "") if isinstance(value, str) else value
        for key, value in report.report.items()
    }
    return replace(report, report=plain)


def script_options(sources: list[Source]) -> list[Option]:
    """Options of a script by whatever library it reads them with; constants where no option is searched."""
    found: dict[str, Option] = {}
    readers = (
        argparse_options, click_options, absl_options, dataclass_options, hydra_options, overridable_options,
        reporter_options,
    )  # fmt: skip
    for reader in readers:
        for option in reader(sources):
            found.setdefault(option.name, option)
    options = list(found.values())
    if any(guess_role(one).role in ("searched", "held") for one in options):
        return options
    return [*options, *(one for one in constant_options(sources) if one.name not in found)]


def guess_report(sources: list[Source]) -> ReportGuess:
    """The likeliest way in which a script says its score; without a ``report`` where none was found."""
    found = [*printed_reports(sources), *library_reports(sources), *reporter_reports(sources)]
    best, *others = sorted(found, key=lambda one: -one.rank) or [ReportGuess()]
    apart: dict[str, ReportGuess] = {}
    for one in others:
        is_near = one.file in (best.file, str(sources[0].path))
        if one.report and one.rank > 1 and one.metric != best.metric and is_near:
            apart.setdefault(one.metric, one)
    return replace(best, others=tuple(apart.values())[:N_OTHERS])


def _given(options: list[Option], words: Sequence[str]) -> set[str]:
    """Names of the options that the person's own words pass."""
    flags = {word.partition("=")[0].lstrip("+") for word in words}
    found = {one.name for one in options if one.flag and {one.flag, one.off_flag} & flags}
    if words and not words[0].startswith("-"):
        found |= {one.name for one in options if one.passing == "positional"}
    return found


def _interpreter(folder: Path, script: Path) -> str:
    """The ``python`` of a virtual environment beside the script; empty where there is none."""
    for base in (script.resolve().parent, folder.resolve()):
        for name in ENVIRONMENTS:
            if (python := base / name / "bin" / "python").exists():
                return os.path.relpath(python, folder.resolve())
    return ""


def _thread_name(script: Path) -> str:
    stem = script.stem
    if stem in ("train", "main", "run", "fit"):
        parent = script.resolve().parent
        stem = (parent.parent if parent.name in ("src", "scripts") else parent).name or stem
    return re.sub(r"[^\w.-]+", "-", stem).strip("-") or "thread"


def _files(guesses: list[Guess], script: Path) -> list[ConfigFile]:
    """Configuration files with numbers that an option's default names."""
    found: list[ConfigFile] = []
    for guess in guesses:
        default = guess.option.default
        if guess.role != "left out" or not isinstance(default, str):
            continue
        path = script.parent / default
        if path.suffix not in (".yaml", ".yml", ".json") or not os.path.isfile(path):  # noqa: PTH113
            continue
        plain = read_mapping(path)  # JSON is YAML
        inner = [
            Option(name=str(key), passing="constant", flag=str(key), kind=_kind(value), default=value, file=str(path))
            for key, raw in plain.items()
            if isinstance(value := as_number(raw), int | float) and not isinstance(value, bool)
        ]
        roles = [one for one in map(guess_role, inner) if one.role in ("searched", "held")]
        if roles:
            found.append(
                ConfigFile(
                    key=re.sub(r"\W", "_", guess.option.key), option=guess.option, path=path, guesses=tuple(roles)
                )
            )
    return found


def _kind(value: float) -> OptionKind:
    return "int" if isinstance(value, int) else "float"


def _encodable(text: str) -> str:
    """Text that a file can hold: half a character, which a script's literal may spell, is a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")
