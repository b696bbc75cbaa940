"""Trying a thread file out: one short run in the foreground, nothing stored."""

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.objectives.command_checks import TRAINING_DATA, reads_its_parameters, used_names
from engine.objectives.command_options import CommandOptions
from engine.objectives.protocol import build_objective
from engine.objectives.rehearsal import HeardLine, Rehearsal, RehearsedTrial, rehearse, run_folder
from engine.objectives.template import LENGTHS
from engine.sprint.thread_file import ThreadSpec
from engine.trials.states import Direction
from engine.values import Value

MAX_EPOCHS = 25
"""Length of the schedule that a tried trial is told; it is to train its first epoch."""


def unused_facts(spec: ThreadSpec) -> tuple[str, ...]:
    """Facts by which a sprint controls a trial and that the command ignores, such as ``epochs``."""
    if not spec.command:
        return ()
    options = CommandOptions.read(spec.command_options, metric=spec.metric or "score")
    if reads_its_parameters(spec.command, options, spec.base_dir):
        return ()
    used = used_names(spec.command, options)
    facts = (("epochs", LENGTHS), ("train_fraction", TRAINING_DATA), ("seed", ("seed",)))
    return tuple(name for name, names in facts if not used & set(names))


def try_thread(
    spec: ThreadSpec,
    *,
    given: Sequence[str] = (),
    epochs: int = 1,
    train_parts: int = 1,
    seconds: float = 120.0,
    n_reports: int = 2,
    begin: Callable[[Rehearsal], None] = lambda _: None,
    tell: Callable[[HeardLine], None] = lambda _: None,
) -> Rehearsal:
    """Run a thread's objective once with one configuration.

    Args:
        spec: The thread, as `engine.api.threads.load_thread_file` reads it.
        given: Values of hyperparameters as typed, ``lr=1e-3``; the others are drawn at random, always the same.
        epochs: Epochs to train.
        train_parts: It is told to train on one of so many parts of the data.
        seconds: When it is stopped.
        n_reports: After how many reports a run that goes on beyond ``epochs`` is stopped.
        begin: Called when it is known what the command is started with.
        tell: Called for each line of output.

    Raises:
        EngineError: For a value that does not fit, or an objective that cannot be built.
    """
    from engine.api.threads import objective_options
    from engine.samplers.suggest import Search, suggest
    from engine.space.condition_values import settings_for
    from engine.space.typed_values import typed_values
    from engine.trials.fidelity import Fidelity

    fidelity = Fidelity(train_parts=train_parts, max_epochs=max(MAX_EPOCHS, epochs), run_to="epochs", epochs=epochs)
    options = objective_options(spec)
    settings = settings_for(spec.space, options["model"], fidelity)
    search = Search(
        space=spec.space,
        settings=settings,
        sampler="random",
        options={},
        n_random=1,
        seed=0,
        direction=Direction.MAXIMIZE,
    )
    drawn = suggest(search, [], 0, {}).params
    values: dict[str, Value] = {**drawn, **(typed_values(given, spec.space) if given else {})}
    active = [name for name in spec.space.names if spec.space.is_active(name, values, settings)]
    missing = [name for name in active if name not in values]
    if missing:
        raise EngineError(f"a value of {missing[0]} is needed with these values", f"add --set {missing[0]}=…")
    params = {name: values[name] for name in active}
    objective = build_objective(
        spec.objective, model=options["model"], data=options["data"], base_dir=Path(spec.base_dir).resolve()
    )
    rehearsal = Rehearsal(params=params)
    with run_folder() as folder:
        trial = RehearsedTrial(
            params=params,
            inactive=tuple(name for name in spec.space.names if name not in params),
            run_dir=Path(folder),
            rehearsal=rehearsal,
            tell=tell,
            train_subset=(0, train_parts),
            val_subset=(0, 1),
            max_epochs=fidelity.max_epochs,
            epochs=epochs,
            n_reports=n_reports,
            deadline=time.monotonic() + seconds,
            checkpoint=spec.checkpoint,
            device=_device(),
        )
        return rehearse(objective, trial, begin=begin, tell=tell)


def _device() -> str:
    from engine.launchers.environment import gpus

    return "cuda:0" if gpus() else "cpu"


def result_words(rehearsal: Rehearsal, metric: str) -> str:
    """The verdict in one sentence."""
    if not rehearsal.is_met:
        return f"Contract not met: {rehearsal.failure}"
    n = len(rehearsal.epochs)
    reports = f"{n} report{'' if n == 1 else 's'}"
    end = f"stopped: {rehearsal.stopped}" if rehearsal.stopped else "exit code 0"
    assert rehearsal.score is not None
    return f"Contract met: {reports}, {metric} {rehearsal.score:.6g}; {end}; {rehearsal.seconds:.1f} s"


def try_in_words(spec: ThreadSpec, seconds: float = 60.0) -> list[str]:
    """Try a command thread out and tell it in lines: how it is started, its reports, the verdict.

    Raises:
        EngineError: For a thread that is no command: its objective would be loaded into this process.
    """
    if not spec.command:
        raise EngineError("only a command is tried here", "write the file and run: trimtab thread try FILE")
    lines: list[HeardLine] = []
    found = try_thread(spec, seconds=seconds, tell=lines.append)
    reports = [f"{line.text.strip()} → {line.taken_for}" for line in lines if line.taken_for != "log"]
    unused = ", ".join(f"{{{name}}}" for name in unused_facts(spec))
    return [
        result_words(found, spec.metric or "score"),
        f"$ {' '.join(found.words)}",
        *reports[:5],
        *found.findings,
        *([f"not used: {unused}"] if unused else []),
    ]


Json = dict[str, Any]


def as_json(rehearsal: Rehearsal, lines: Sequence[HeardLine], unused: Sequence[str]) -> Json:
    """The whole as plain JSON."""
    return {
        "met": rehearsal.is_met,
        "failure": rehearsal.failure or None,
        "argv": list(rehearsal.words),
        "folder": rehearsal.folder,
        "python": rehearsal.python,
        "environment": rehearsal.environment,
        "params": dict(rehearsal.params),
        "unused": list(unused),
        "lines": [{"stream": one.stream, "text": one.text, "taken_for": one.taken_for} for one in lines],
        "epochs": [{"epoch": epoch, "score": _finite(score)} for epoch, score in rehearsal.epochs],
        "score": _finite(rehearsal.score),
        "findings": list(rehearsal.findings),
        "near_misses": list(rehearsal.near_misses),
        "stopped": rehearsal.stopped or None,
        "seconds": rehearsal.seconds,
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
