"""``trimtab calibrate``: better thresholds for a trained checkpoint, with the path there, before and after."""

from pathlib import Path
from typing import Any

import click
from rich.progress import Progress, TextColumn

from model.boundary.console import visible_console
from model.boundary.streams import json_text

METHODS = ("climb", "rotate", "exact")
"""Ways to calibrate, as in :data:`model.thresholds.report.METHODS`."""

_OWN = "the checkpoint's own way"


@click.command(
    help="Search the thresholds of the CHECKPOINT folder on DATA in DocRED's format; on its own validation documents "
    "without one. Nothing is written without --save."
)
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.argument("data", type=click.Path(path_type=Path), required=False)
@click.option("--method", type=click.Choice(METHODS), help=f"How thresholds move; {_OWN} by default.")
@click.option("--per-class/--global", default=None, help=f"One relation threshold a type, or one; {_OWN} by default.")
@click.option("--shrinkage", type=click.FloatRange(0), help="Gold relations at which a type goes half way to global.")
@click.option("--epochs", default=7, show_default=True, type=click.IntRange(1), help="Rounds of climb and rotate.")
@click.option("--delta", default=0.025, show_default=True, type=click.FloatRange(0, 1, min_open=True, max_open=True))
@click.option("--cross-fit", is_flag=True, help="Also tune on each half and score on the other: the unbiased estimate.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Seed of the halves.")
@click.option(
    "--memory", default=1024, show_default=True, type=click.IntRange(1), help="Memory for cached scores, MiB."
)
@click.option("--classes", default=10, show_default=True, type=click.IntRange(0), help="Relation types in the table.")
@click.option("--save", type=click.Path(path_type=Path), help="Folder for the checkpoint with the new thresholds.")
@click.option("--force", is_flag=True, help="Let --save replace another checkpoint.")
@click.option("--device", default="auto", show_default=True, help="cpu, cuda:N, or auto.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def calibrate(checkpoint: Path, data: Path | None, save: Path | None, **asked: Any) -> int:
    """The command."""
    from model.calibration.session import Request, run, save_calibrated
    from model.calibration.tables import print_report
    from model.calibration.test_split_access import open_documents, refuse_test
    from model.checkpoint import checkpoint_output, load_checkpoint, read_card
    from model.training.training_session import choose_device

    as_json = asked["as_json"]
    card = read_card(checkpoint)
    if data is not None:
        refuse_test(card, data, "thresholds tuned on it would be an oracle's; calibrate on validation documents")
    documents, _ = open_documents(card, checkpoint, data)
    target = None
    if save is not None:
        inputs = [checkpoint, *([data] if data else [])]
        target = checkpoint_output(save, replace=asked["force"], inputs=inputs)
        target.check_folder()
    model, tokenizer, card = load_checkpoint(checkpoint)
    request = Request.of(model.config, **{name: asked[name] for name in Request.__dataclass_fields__ if name in asked})
    console = visible_console(stderr=as_json)
    with Progress(TextColumn("{task.description}"), console=console, transient=True) as progress:
        task = progress.add_task("reading documents")
        result = run(
            model,
            tokenizer,
            card,
            documents,
            request,
            device=choose_device(asked["device"]),
            tell=lambda text: progress.update(task, description=text),
        )
    if target is not None:
        save_calibrated(checkpoint, target, result)
    if as_json:
        click.echo(json_text({**result.to_dict(), "saved": str(save) if save else None}))
        return 0
    print_report(console, result, n_classes=asked["classes"])
    if save is not None:
        console.print(f"checkpoint: {save}", highlight=False)
    return 0
