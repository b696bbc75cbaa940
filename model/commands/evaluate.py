"""``trimtab evaluate``: a checkpoint's strict scores on documents with gold annotation."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table


@click.command(
    help="Score the CHECKPOINT folder on a FILE in DocRED's format; on its own validation documents without one, on "
    "the test file its data options name with --open-test."
)
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--mention", type=click.FloatRange(0, 1), help="Mention threshold; the checkpoint's by default.")
@click.option("--coref", type=click.FloatRange(0, 1), help="Coreference threshold; the checkpoint's by default.")
@click.option("--relation", type=click.FloatRange(0, 1), help="Relation threshold; the checkpoint's by default.")
@click.option("--nha", is_flag=True, help="Keep as many as the count heads say, not what passes the thresholds.")
@click.option("--cross-fit", is_flag=True, help="Also calibrate on each half and read on the other: the honest figure.")
@click.option("--open-test", is_flag=True, help="Open the test split; the checkpoint's card counts it.")
@click.option("--per-class", is_flag=True, help="Also a row for each type.")
@click.option("--device", default="auto", show_default=True, help="cpu, cuda:N, or auto.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate(
    checkpoint: Path,
    file: Path | None,
    mention: float | None,
    coref: float | None,
    relation: float | None,
    **asked: Any,
) -> int:
    """The command."""
    from model.calibration.openings import open_documents, record_opening
    from model.checkpoint import load_checkpoint, read_card
    from model.evaluation.scoring import score_documents
    from model.predict import predict
    from model.preparation import prepare_documents
    from model.thresholds.thresholds import ThresholdSet
    from model.training_session import choose_device

    card = read_card(checkpoint)
    documents, opened = open_documents(card, checkpoint, file, open_test=asked["open_test"])
    console = Console(stderr=True)
    model, tokenizer, card = load_checkpoint(checkpoint)
    own = {"mention": mention, "coref": coref, "relation": relation}
    thresholds = ThresholdSet.from_dict(card["thresholds"]).replace(**{k: v for k, v in own.items() if v is not None})
    where = choose_device(asked["device"])
    prepared = prepare_documents(documents, tokenizer, model.encoder.config, model.config)
    with console.status("predicting") as status:
        predictions = predict(
            model,
            prepared,
            thresholds,
            by_counts=asked["nha"],
            device=where,
            progress=lambda n: status.update(f"predicting {n} of {len(documents)}"),
        )
    found = score_documents(documents, predictions, model.schema)
    scores = found.to_dict()
    extra: dict[str, Any] = {}
    if opened is not None:
        f1 = {name: value for name, value in found.metrics().items() if name.endswith("f1_micro")}
        extra["test_openings"] = record_opening(checkpoint, opened, f1)
    if asked["cross_fit"]:
        with console.status("calibrating halves"):
            extra["cross_fit"] = _cross_fit(model, prepared, thresholds, where)
    if asked["as_json"]:
        click.echo(json.dumps({**scores, "thresholds": thresholds.to_dict(), **extra}))
        return 0
    console = Console()
    console.print(_table(scores, per_class=asked["per_class"]))
    relation_text = "one a type" if thresholds.is_per_class else f"{thresholds.relation:g}"
    console.print(
        f"{len(documents)} documents · thresholds: mention {thresholds.mention:g}, coref {thresholds.coref:g}, "
        f"relation {relation_text}",
        highlight=False,
    )
    if "cross_fit" in extra:
        honest = extra["cross_fit"]
        console.print(
            f"rel_nec F1 untuned {honest['start_f1']:.2f} · tuned and read here {honest['plain_f1']:.2f} · "
            f"cross-fitted {honest['cross_fitted_f1']:.2f} (gap {honest['gap']:.2f})",
            highlight=False,
        )
    if opened is not None:
        console.print(f"test split opened, {extra['test_openings']} in all for this checkpoint", highlight=False)
    return 0


def _cross_fit(model: Any, prepared: Any, thresholds: Any, device: str) -> dict[str, Any]:
    """The honest figure of the model's own way to calibrate."""
    from model.calibration.documents import evaluator_over
    from model.calibration.honesty import ROUNDS, honest_figure
    from model.calibration.phase import calibration_options

    evaluator = evaluator_over(model, prepared, thresholds, device=device).cached()
    return honest_figure(evaluator, model.config, calibration_options(model.config, ROUNDS)).to_dict()


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
