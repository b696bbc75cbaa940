"""``trimtab evaluate``: a checkpoint's strict scores on documents with gold annotation."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from model.errors import ModelError


@click.command(help="Score the CHECKPOINT folder on a FILE in DocRED's format.")
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mention", type=click.FloatRange(0, 1), help="Mention threshold; the checkpoint's by default.")
@click.option("--coref", type=click.FloatRange(0, 1), help="Coreference threshold; the checkpoint's by default.")
@click.option("--relation", type=click.FloatRange(0, 1), help="Relation threshold; the checkpoint's by default.")
@click.option("--per-class", is_flag=True, help="Also a row for each type.")
@click.option("--device", default="auto", show_default=True, help="cpu, cuda:N, or auto.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate(
    checkpoint: Path,
    file: Path,
    mention: float | None,
    coref: float | None,
    relation: float | None,
    per_class: bool,
    device: str,
    as_json: bool,
) -> int:
    """The command."""
    from model.checkpoint import load_checkpoint
    from model.data.docred import read_docred
    from model.evaluation.scoring import score_documents
    from model.predict import predict
    from model.preparation import prepare_documents
    from model.thresholds.thresholds import ThresholdSet
    from model.training_session import choose_device

    documents = read_docred(file)
    if not documents:
        raise ModelError(f"{file} must hold documents; it is empty")
    console = Console(stderr=True)
    model, tokenizer, card = load_checkpoint(checkpoint)
    asked = {"mention": mention, "coref": coref, "relation": relation}
    thresholds = ThresholdSet.from_dict(card["thresholds"]).replace(**{k: v for k, v in asked.items() if v is not None})
    with console.status("predicting") as status:
        predictions = predict(
            model,
            prepare_documents(documents, tokenizer, model.encoder.config, model.config),
            thresholds,
            device=choose_device(device),
            progress=lambda n: status.update(f"predicting {n} of {len(documents)}"),
        )
    scores = score_documents(documents, predictions, model.schema).to_dict()
    if as_json:
        click.echo(json.dumps({**scores, "thresholds": thresholds.to_dict()}))
        return 0
    console = Console()
    console.print(_table(scores, per_class=per_class))
    relation_text = "one a type" if thresholds.is_per_class else f"{thresholds.relation:g}"
    console.print(
        f"{len(documents)} documents · thresholds: mention {thresholds.mention:g}, coref {thresholds.coref:g}, "
        f"relation {relation_text}",
        highlight=False,
    )
    return 0


def _table(scores: dict[str, Any], *, per_class: bool) -> Table:
    table = Table(box=None)
    for name in ("task", "precision", "recall", "F1", "macro F1"):
        table.add_column(name, justify="left" if name == "task" else "right")
    for task, values in scores["tasks"].items():
        cells = [values[f"{key}_micro"] for key in ("precision", "recall", "f1")] + [values["f1_macro"]]
        table.add_row(task, *(f"{cell:.2f}" for cell in cells))
        for name, counts in values["per_class"].items() if per_class else ():
            cells = [counts[key] for key in ("precision", "recall", "f1")]
            table.add_row(f"  {name}", *(f"{cell:.2f}" for cell in cells), f"{counts['hits']}/{counts['gold']}")
    return table
