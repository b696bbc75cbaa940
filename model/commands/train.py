"""``trimtab train``: one training from a thread file, with a progress bar and a table of epochs."""

import math
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from model.boundary.console import visible_console
from model.boundary.output import Output
from model.boundary.streams import json_text
from model.thread_file import parse_settings, read_thread_file

COLUMNS = (
    "loss",
    "mention_f1_micro",
    "coref_f1_micro",
    "entity_f1_micro",
    "rel_f1_micro",
    "rel_nec_f1_micro",
    "docs_per_s",
)
"""Figures of an epoch's row, as far as the model has them."""


@click.command(help="Train one configuration of a thread FILE and score it every epoch.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A hyperparameter or model option.")
@click.option("--epochs", default=5, show_default=True, type=click.IntRange(1), help="Epochs to train.")
@click.option("--max-epochs", type=click.IntRange(1), help="Length of the schedule; that of the training by default.")
@click.option("--calibrate", default=0, show_default=True, type=click.IntRange(0), help="Then calibrate, N rounds.")
@click.option("--scheduler/--no-scheduler", default=True, show_default=True, help="Follow the learning-rate schedule.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0))
@click.option("--repeat", default=1, show_default=True, type=click.IntRange(1), help="Runs, with consecutive seeds.")
@click.option("--device", default="auto", show_default=True, help="cpu, cuda:N, or auto.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder for the last epoch's checkpoint; calibrated, the best one's."
)
@click.option("--force", is_flag=True, help="Let --out replace a checkpoint.")
@click.option("--init", "checkpoint", type=click.Path(path_type=Path), help="Checkpoint folder to start from.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def train(file: Path, settings: tuple[str, ...], out: Path | None, **asked: Any) -> int:
    """The command."""
    epochs, seed, repeat, as_json = asked["epochs"], asked["seed"], asked["repeat"], asked["as_json"]
    max_epochs = asked["max_epochs"] or epochs
    if max_epochs < epochs:
        raise click.BadParameter(
            f"the schedule must be at least as long as the training; given: {max_epochs} < {epochs}"
        )
    thread = read_thread_file(file)
    from model.calibration.session import require_relations
    from model.config import ModelConfig
    from model.config_reader import refuse_unknown
    from model.hyperparameters import Hyperparameters, known_names
    from model.training.training_session import Session

    given = parse_settings(settings)
    options = {
        key: value for key, value in given.items() if key in ModelConfig.__dataclass_fields__ and key != "dropout"
    }
    config = thread.model_config(options)
    params = {key: value for key, value in given.items() if key not in options}
    refuse_unknown(params, [*known_names(config), *ModelConfig.__dataclass_fields__], "settings")
    hyperparameters = Hyperparameters.from_params(params, config)
    if asked["calibrate"]:
        require_relations(config)
    outputs = [] if out is None else _outputs(out, file, asked)
    console = visible_console(stderr=as_json)
    with console.status("loading data and encoder"):
        session = Session(
            model={**thread.model, **options}, data=thread.data, base_dir=thread.base_dir, device=asked["device"]
        )
    facts = session.workbench.facts()
    console.print(
        f"{facts['n_train']} documents to train, {facts['n_val']} to validate · {config.type} on {config.encoder}, "
        f"{facts['n_parameters'] / 1e6:.1f} M parameters · {session.device}",
        highlight=False,
    )
    runs: list[dict[str, Any]] = []
    for number in range(repeat):
        output = outputs[number] if outputs else None
        with _EpochTable(console, epochs, title=f"seed {seed + number}" if repeat > 1 else "") as listener:
            outcome = session.train(
                hyperparameters,
                epochs=epochs,
                max_epochs=max_epochs,
                scheduler=asked["scheduler"],
                seed=seed + number,
                calibration_epochs=asked["calibrate"],
                listener=listener,
                out=output,
                checkpoint=asked["checkpoint"],
            )
        runs.append(
            {
                "seed": seed + number,
                "score": outcome.score,
                "epochs": listener.rows,
                "checkpoint": output and str(output.path),
            }
        )
    summary = _summary([run["score"] for run in runs])
    if as_json:
        click.echo(json_text({"metric": config.metric, "runs": runs, **summary}, default=str))
    else:
        if repeat > 1:
            console.print(
                f"{config.metric}: {summary['mean']:.2f} ± {summary['sd']:.2f} over {repeat} seeds", highlight=False
            )
        if out:
            console.print(f"checkpoint: {out}", highlight=False)
    return 0


def _outputs(out: Path, file: Path, asked: Mapping[str, Any]) -> list[Output]:
    """A folder for each training, all of them free now: what costs hours must not find out at its end."""
    from model.checkpoint import checkpoint_output

    seeds, repeat = asked["seed"], asked["repeat"]
    folders = [out] if repeat == 1 else [out / f"seed-{seeds + number}" for number in range(repeat)]
    inputs = [file, *([asked["checkpoint"]] if asked["checkpoint"] else [])]
    found = [checkpoint_output(folder, replace=asked["force"], inputs=inputs) for folder in folders]
    for output in found:
        output.check_folder()
    return found


def _summary(scores: list[float]) -> dict[str, float]:
    return {"mean": fmean(scores), "sd": stdev(scores) if len(scores) > 1 else 0.0}


class _EpochTable:
    """A progress bar for the running epoch, and a line for each finished one."""

    def __init__(self, console: Console, epochs: int, title: str) -> None:
        self.console = console
        self.rows: list[dict[str, Any]] = []
        self._title = title
        self._header_shown = False
        self._columns: list[str] = []
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("epoch"),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task: TaskID = self._progress.add_task("training", total=epochs)

    def __enter__(self) -> "_EpochTable":
        if self._title:
            self.console.print(self._title, highlight=False)
        self._progress.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._progress.stop()

    def progress(self, epoch: int, fraction: float, message: str = "") -> bool:
        """Moves the bar."""
        self._progress.update(self._task, completed=epoch - 1 + fraction, description=message)
        return True

    def report(self, step: int, score: float, metrics: Mapping[str, float], phase: str = "train") -> bool:
        """Prints an epoch's line."""
        self.rows.append({"epoch": step, "score": score, "phase": phase, **metrics})
        # A calibration round has fewer figures than an epoch; its row keeps the columns.
        columns = self._columns = self._columns or [name for name in COLUMNS if name in metrics]
        table = Table.grid(padding=(0, 2))
        for _ in range(len(columns) + 1):
            table.add_column(justify="right", min_width=8)
        if not self._header_shown:
            table.add_row(
                "epoch", *(name.removesuffix("_f1_micro").replace("docs_per_s", "docs/s") for name in columns)
            )
            self._header_shown = True
        table.add_row(
            str(step) if phase == "train" else f"cal {step}",
            *(f"{metrics[name]:.2f}" if math.isfinite(metrics.get(name, math.nan)) else "–" for name in columns),
        )
        self.console.print(table)
        return True
