"""``trimtab data``: look at a corpus before training on it, or write one."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from model.boundary.console import visible_console
from model.boundary.streams import json_text

if TYPE_CHECKING:  # what reads or builds documents is imported by the verb that needs it, so that help stays fast
    from model.data.corpus_check import CheckReport, CorpusFacts, Lengths
    from model.data.document import Document

MOST_SHOWN = 10
"""Rows of duplicates and leaks a table shows; --json has all."""

STYLES = ("cyan", "magenta", "green", "yellow", "blue", "red")
"""Colours of entity types in a printed document; the number beside each mention says the same."""


@click.group(name="data", help="Check a corpus, or write one of the built-in world.")
def data() -> None:
    """The group that model/cli.py mounts."""


@data.command(
    help="Counts, lengths, missing and repeated annotation, near-duplicates, leakage of FILEs in DocRED's format. The "
    "first FILE is the one to train on; a single one is split as training would split it."
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--format", "form", default="docred", show_default=True, help="Format of the files.")
@click.option("--share", default=0.2, show_default=True, help="Validation share of a single file; 0 keeps it whole.")
@click.option("--seed", default=0, show_default=True, help="Seed of that split.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(files: tuple[Path, ...], form: str, share: float, seed: int, as_json: bool) -> int:
    """The command."""
    from model.data.corpus_check import check_corpus
    from model.data.formats import data_format
    from model.data.split import split_documents

    documents = [data_format(form).read(file) for file in files]
    if len(files) == 1 and share and len(documents[0]) > 1:
        sides = list(zip(("train", "validation"), split_documents(documents[0], share, seed), strict=True))
    else:
        names = [file.name for file in files]
        sides = list(zip(names if len(set(names)) == len(names) else map(str, files), documents, strict=True))
    report = check_corpus(sides)
    if as_json:
        click.echo(json_text({"files": [str(file) for file in files], **report.to_dict()}))
    else:
        _show(visible_console(), report)
    return 0


@data.command(help="Write a corpus of the built-in world, atlas, in DocRED's format; without --out print one document.")
@click.option("--documents", "n_documents", default=60, show_default=True, type=click.IntRange(min=1), help="How many.")
@click.option("--seed", default=0, show_default=True, help="Seed of the world.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@click.option("--force", is_flag=True, help="Let --out replace a file that exists.")
@click.option("--json", "as_json", is_flag=True, help="Without --out: print the document as JSON.")
def sample(n_documents: int, seed: int, out: Path | None, force: bool, as_json: bool) -> int:
    """The command."""
    from model.data.atlas import generate
    from model.data.docred import documents_to_docred, write_docred

    if out is not None:
        write_docred(generate(n_documents, seed), out, replace=force)
        click.echo(f"wrote {n_documents} documents to {out}", err=True)
        return 0
    document = generate(1, seed)[0]
    if as_json:
        click.echo(json_text({"documents": documents_to_docred([document])}))
    else:
        show_document(visible_console(), document)
    return 0


def show_document(console: Console, document: "Document") -> None:
    """Prints a document: mentions numbered by entity and coloured by type, then entities and relations."""
    types = sorted({entity.type for entity in document.entities})
    style = {name: STYLES[i % len(STYLES)] for i, name in enumerate(types)}
    console.print(Text(document.title, style="bold"))
    words = document.words
    marks = sorted((m.start, m.end, i) for i, e in enumerate(document.entities) for m in e.mentions)
    for first, last in zip(document.sentence_starts, document.sentence_starts[1:], strict=False):
        line, position = Text("  "), first
        for start, end, owner in marks:
            if position <= start < last:
                line.append("".join(f"{word} " for word in words[position:start]))
                line.append(" ".join(words[start:end]), style=style[document.entities[owner].type])
                line.append(f"[{owner}] ", style="dim")
                position = end
        line.append(" ".join(words[position:last]))
        console.print(line, highlight=False)
    names = []
    for entity in document.entities:
        longest = max(entity.mentions, key=lambda m: m.end - m.start)
        names.append(" ".join(words[longest.start : longest.end]))
    for i, entity in enumerate(document.entities):
        console.print(
            Text.assemble(
                (f"  [{i}] ", "dim"), (names[i], style[entity.type]), f" {entity.type} ×{len(entity.mentions)}"
            )
        )
    for relation in document.relations:
        lines = ", ".join(str(line + 1) for line in relation.evidence)
        told = f"  (sentence {lines})" if lines else ""
        console.print(
            Text(f"  {names[relation.head]} –{relation.type}→ {names[relation.tail]}").append(told, style="dim")
        )


def _show(console: Console, report: "CheckReport") -> None:
    console.print(_overview(report.sides))
    console.print(_classes("entity type", report.sides, [side.entity_types for side in report.sides]))
    console.print(_classes("relation", report.sides, [side.relation_types for side in report.sides]))
    pairs = [(f"{name}, twice", leak) for name, leaks in report.duplicates.items() for leak in leaks]
    pairs += [(" / ".join(names), leak) for names, leaks in report.leaks.items() for leak in leaks]
    for where, leak in pairs[:MOST_SHOWN]:
        same = "same title" if leak.kind == "title" else "nearly the same text"
        console.print(f"{where}: {leak.titles[0]!r} and {leak.titles[1]!r}: {same}, {leak.similarity:.0%} alike")
    if len(pairs) > MOST_SHOWN:
        console.print(f"… and {len(pairs) - MOST_SHOWN} more pairs (--json lists all)")
    for finding in report.findings:
        console.print(
            Text(f"{finding.severity}: {finding.text}", style="yellow" if finding.severity == "warning" else "")
        )
    if not any(finding.severity == "warning" for finding in report.findings):
        console.print("ok: no leakage, no duplicates, nothing missing")


def _overview(sides: Sequence["CorpusFacts"]) -> Table:
    table = Table(box=None)
    table.add_column("")
    for side in sides:
        table.add_column(side.name, justify="right")
    table.add_row("documents", *(f"{side.n_documents:,}" for side in sides))
    table.add_row("words a document", *(_span(s.words) for s in sides))
    table.add_row("sentences a document", *(_span(s.sentences) for s in sides))
    table.add_row("entities", *(f"{side.n_entities:,}" for side in sides))
    table.add_row("mentions", *(f"{side.n_mentions:,}" for side in sides))
    table.add_row("relations", *(f"{side.n_relations:,}" for side in sides))
    table.add_row("relation classes", *(f"{len(side.relation_types)}" for side in sides))
    table.add_row("relations across sentences", *(f"{side.cross_sentence:.0%}" for side in sides))
    table.add_row("documents without relations", *(f"{side.unlabelled:,}" for side in sides))
    return table


def _span(lengths: "Lengths") -> str:
    return f"{lengths.least}–{lengths.mean:.0f}–{lengths.most}"


def _classes(what: str, sides: Sequence["CorpusFacts"], counts: Sequence[dict[str, int]]) -> Table:
    table = Table(box=None)
    table.add_column(what)
    for side in sides:
        table.add_column(side.name, justify="right")
    for name in dict.fromkeys(name for count in counts for name in count):
        table.add_row(name, *(f"{count.get(name, 0):,}" for count in counts))
    return table
