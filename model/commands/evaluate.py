"""``trimtab evaluate``: all that a checkpoint's predictions are worth on documents with gold annotation."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from model.boundary.console import visible_console
from model.boundary.streams import json_text

if TYPE_CHECKING:  # what needs torch is imported by the command, so that help stays fast
    from model.data.document import Document
    from model.inference.evaluate import Evaluation

_BY_CLASS = ("entity", "rel_nec")
"""Tasks whose classes are worth a row: mention and coref have one, rel differs from rel_nec by entity types only."""


@click.command(
    help="Score the CHECKPOINT folder on a FILE in DocRED's format; on its own validation documents without one, on "
    "the test file its data options name with --open-test. Tables show micro averages, the types with most gold, "
    "relations between gold entities and kinds of errors; --json has everything."
)
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--mention", type=click.FloatRange(0, 1), help="Mention threshold; the checkpoint's by default.")
@click.option("--coref", type=click.FloatRange(0, 1), help="Coreference threshold; the checkpoint's by default.")
@click.option("--relation", type=click.FloatRange(0, 1), help="Relation threshold; the checkpoint's by default.")
@click.option("--nha", is_flag=True, help="Keep as many candidates as the count heads predict.")
@click.option(
    "--cross-fit", is_flag=True, help="Also calibrate on each half and score on the other: the unbiased estimate."
)
@click.option("--open-test", is_flag=True, help="Open the test split; the checkpoint's card counts it.")
@click.option("--classes", default=10, show_default=True, type=click.IntRange(0), help="Types in a table.")
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
    from model.calibration.session import require_relations
    from model.calibration.test_split_access import open_documents, record_opening
    from model.checkpoint import load_checkpoint, read_card
    from model.inference.evaluate import evaluate as read_everything
    from model.inference.preparation import prepare_documents
    from model.thresholds.thresholds import ThresholdSet
    from model.training.training_session import choose_device

    card = read_card(checkpoint)
    documents, opened = open_documents(card, checkpoint, file, open_test=asked["open_test"])
    status_console = visible_console(stderr=True)
    model, tokenizer, card = load_checkpoint(checkpoint)
    if asked["cross_fit"]:
        require_relations(model.config, documents)
    own = {"mention": mention, "coref": coref, "relation": relation}
    thresholds = ThresholdSet.from_dict(card["thresholds"]).replace(**{k: v for k, v in own.items() if v is not None})
    where = choose_device(asked["device"])
    prepared = prepare_documents(documents, tokenizer, model.encoder.config, model.config)
    train, why_no_train = _training_documents(card, checkpoint)
    with status_console.status("predicting") as status:
        found = read_everything(
            model,
            prepared,
            thresholds,
            train,
            by_counts=asked["nha"],
            device=where,
            progress=lambda n: status.update(f"predicting {n} of {len(documents)}"),
        )
    extra: dict[str, Any] = {}
    if opened is not None:
        metrics = found.scores.metrics().items()
        f1 = {name: value for name, value in metrics if name.endswith("f1_micro")}
        extra["test_openings"] = record_opening(checkpoint, opened, f1)
    if asked["cross_fit"]:
        with status_console.status("calibrating halves"):
            extra["cross_fit"] = _cross_fit(model, prepared, thresholds, where)
    if asked["as_json"]:
        click.echo(json_text({**found.to_dict(), "thresholds": thresholds.to_dict(), **extra}))
        return 0
    _print_tables(visible_console(), found, asked["classes"])
    _print_notes(visible_console(), found, thresholds, extra, why_no_train)
    return 0


def _training_documents(card: Mapping[str, Any], folder: Path) -> "tuple[Sequence[Document] | None, str]":
    """The documents a checkpoint was trained on, or None and why not: ``ign`` alone needs them."""
    from model.calibration.test_split_access import training_documents
    from model.errors import ModelError

    try:
        return training_documents(card, folder), ""
    except ModelError as error:
        return None, error.message


def _cross_fit(model: Any, prepared: Any, thresholds: Any, device: str) -> dict[str, Any]:
    """The honest figure of the model's own way to calibrate."""
    from model.calibration.cross_fitted_score import ROUNDS, honest_figure
    from model.calibration.documents import evaluator_over
    from model.calibration.phase import calibration_options

    evaluator = evaluator_over(model, prepared, thresholds, device=device).cached()
    return honest_figure(evaluator, model.config, calibration_options(model.config, ROUNDS)).to_dict()


def _print_tables(console: Console, found: "Evaluation", n_classes: int) -> None:
    table = _table("task", "precision", "recall", "F1", "macro F1", "right", "predicted", "gold")
    for task, score in found.scores.tasks.items():
        total = score.total
        table.add_row(
            task,
            *(f"{value:.2f}" for value in (total.precision, total.recall, total.f1, score.metrics()["f1_macro"])),
            *(f"{value:,}" for value in (total.hits, total.predicted, total.gold)),
        )
    console.print(table)
    for task in (task for task in _BY_CLASS if n_classes and task in found.scores.tasks):
        classes = sorted(found.scores.tasks[task].per_class.items(), key=lambda item: (-item[1].gold, item[0]))
        if not classes:
            continue
        table = _table(task, "precision", "recall", "F1", "right", "predicted", "gold")
        for name, counts in classes[:n_classes]:
            table.add_row(
                name,
                *(f"{value:.2f}" for value in (counts.precision, counts.recall, counts.f1)),
                *(f"{value:,}" for value in (counts.hits, counts.predicted, counts.gold)),
            )
        console.print(table)
        if len(classes) > n_classes:
            console.print(f"… and {len(classes) - n_classes} more types (--json has all)", highlight=False)
    table = Table(box=None)
    for name in ("error in", "kind", "count", "meaning"):
        table.add_column(name, justify="right" if name == "count" else "left")
    for task, kinds in found.errors.to_dict().items():
        for kind, entry in kinds.items():
            table.add_row(task, kind, f"{entry['count']:,}", entry["meaning"])
    console.print(table)


def _print_notes(console: Console, found: "Evaluation", thresholds: Any, extra: Mapping[str, Any], why: str) -> None:
    if not found.is_labelled:
        console.print("No document states a relation: relations cannot be scored.", highlight=False)
    if found.n_self_relations:
        console.print(
            f"{found.n_self_relations} gold relations relate an entity to itself and are not scored.", highlight=False
        )
    gold = found.given_gold
    if gold is not None:
        ign = f"ign F1 {gold.ign_f1:.2f}" if found.knows_train else f"ign F1 unknown: {why}"
        console.print(f"relations between gold entities: F1 {gold.f1:.2f} · {ign}", highlight=False)
    relation = "one a type" if thresholds.is_per_class else f"{thresholds.relation:g}"
    console.print(
        f"{found.scores.n_documents} documents · thresholds: mention {thresholds.mention:g}, "
        f"coref {thresholds.coref:g}, relation {relation}",
        highlight=False,
    )
    if "cross_fit" in extra:
        honest = extra["cross_fit"]
        console.print(
            f"rel_nec F1 untuned {honest['start_f1']:.2f} · tuned and scored here {honest['plain_f1']:.2f} · "
            f"cross-fitted {honest['cross_fitted_f1']:.2f} (gap {honest['gap']:.2f})",
            highlight=False,
        )
    if "test_openings" in extra:
        console.print(f"test split opened, {extra['test_openings']} in all for this checkpoint", highlight=False)


def _table(*columns: str) -> Table:
    table = Table(box=None)
    for column in columns:
        table.add_column(column, justify="left" if column == columns[0] else "right")
    return table
