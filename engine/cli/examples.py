"""``trimtab trial examples``: a trial's example documents, with gold and prediction side by side."""

from collections.abc import Sequence

import click

from engine.api.trial_artifacts import Artifact
from engine.artifacts.example_text import item_text, marked_sentences
from engine.artifacts.examples import TASKS, ExampleDocument, ExampleSet
from engine.artifacts.gold_vs_predicted import ExampleRow, example_rows, task_counts
from engine.cli import output
from engine.cli.to_json import plain

SIGNS = {"right": "✓", "missed": "✗", "spurious": "+", "wrong": "≠"}
"""Sign of each verdict; the word stands beside it."""

LEGEND = "<found as annotated>  [missed]  {spurious}  |N entity N of the table"


def as_dict(found: Artifact[ExampleSet]) -> dict[str, object]:
    """What ``--json`` prints: the schema of docs/examples.md, or null with the reason."""
    return {"examples": plain(found.content), "absence": found.absence, "advice": found.advice}


def print_examples(found: Artifact[ExampleSet], document: int | None) -> None:
    """Print the documents' counts and the classes of mistakes, or one document in full.

    Raises:
        BadParameter: When there is no such document.
    """
    examples = found.content
    if examples is None:
        click.echo(found.absence + (f" – {found.advice}" if found.advice else ""))
        return
    if document is not None:
        if not 1 <= document <= len(examples.documents):
            raise click.BadParameter(f"there are documents 1 … {len(examples.documents)}, got {document}")
        _print_document(examples.documents[document - 1])
        return
    if examples.note:
        click.echo(f"{examples.note}\n")
    rows = [
        (i, one.why, one.title, *(f"{right}✓ {missed}✗ {spurious}+" for right, missed, spurious in _counts(one)))
        for i, one in enumerate(examples.documents, start=1)
    ]
    output.print_table(("##", "WHY", "DOCUMENT", *(task.upper() for task in TASKS)), rows, empty="no documents")
    click.echo("\n✓ right  ✗ missed  + spurious or wrong; --document N shows one\n")
    wrong = [(one.task, one.error, one.count, one.meaning) for one in examples.errors if one.count]
    output.print_table(("TASK", "ERROR", "#COUNT", "MEANING"), wrong, empty="no mistakes were classified")
    click.echo()
    columns = ("TASK", "TYPE", "#GOLD", "#RIGHT", "#MISSED", "#SPURIOUS", "#WRONG TYPE")
    classes = [
        (one.task, one.name, one.gold, one.right, one.missed, one.spurious, one.wrong_type) for one in examples.classes
    ]
    output.print_table(columns, classes, empty="no types were counted")


def _counts(document: ExampleDocument) -> Sequence[tuple[int, int, int]]:
    return [task_counts(document, task) for task in TASKS]


def _print_document(document: ExampleDocument) -> None:
    click.echo(f"{document.title} ({document.why})" if document.why else document.title)
    click.echo(f"{LEGEND}\n")
    for sentence in marked_sentences(document):
        click.echo("".join(text for text, _ in sentence))
    for task in TASKS[1:]:
        click.echo()
        rows = [(i, *_row(document, task, row)) for i, row in enumerate(example_rows(document, task), start=1)]
        output.print_table(("##", "", task.upper(), "PREDICTED", "VERDICT"), rows, empty=f"no {task}")
    if document.n_left_out:
        click.echo(f"\n{document.n_left_out} more wrong relations of lower score are not in the file")


def _row(document: ExampleDocument, task: str, row: ExampleRow) -> tuple[str, ...]:
    gold = "–" if row.gold is None else item_text(document, document.gold, task, row.gold)
    predicted = "–" if row.predicted is None else item_text(document, document.predicted, task, row.predicted)
    word = f"{row.verdict} ({row.error})" if row.error and row.error != row.verdict else row.verdict
    return SIGNS[row.verdict], gold, predicted, word
