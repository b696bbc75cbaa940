"""``trimtab predict``: mentions, entities and relations of documents, as JSON lines."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click
from rich.progress import track

from model.boundary.console import visible_console
from model.boundary.output import Output
from model.boundary.streams import json_text
from model.evaluation.prediction_formats import FORMATS, docred_facts, jerex_record, repeated_titles

if TYPE_CHECKING:  # what needs torch is imported by the command, so that help stays fast
    from model.data.document import Document
    from model.inference.inference_records import Scan
    from model.network.joint import JointModel
    from model.thresholds.thresholds import ThresholdSet

HELP = """Apply the CHECKPOINT folder to a FILE and print a JSON line a document.

FILE is DocRED JSON, or text whose documents a line of --- keeps apart. Every mention, entity and relation comes with
its score.

--format docred prints the relations between the file's own entities, as DocRED's evaluation script and leaderboard
read them; --format jerex the predictions as JEREX stores them.
"""


@click.command(help=HELP)
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write here instead of printing.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="lines", show_default=True)
@click.option("--force", is_flag=True, help="Let --out replace a file that exists.")
@click.option("--pipeline", help="spaCy pipeline for text; the checkpoint's by default.")
@click.option("--batch-size", default=1, show_default=True, type=click.IntRange(1))
@click.option("--nha", is_flag=True, help="Keep as many as the count heads say, not what passes the thresholds.")
@click.option("--device", default="auto", show_default=True, help="cpu, cuda:N, or auto.")
def predict(
    checkpoint: Path,
    file: Path,
    out: Path | None,
    form: str,
    force: bool,
    pipeline: str | None,
    batch_size: int,
    nha: bool,
    device: str,
) -> int:
    """The command."""
    from model.checkpoint import load_checkpoint
    from model.data.prediction_input import read_documents
    from model.errors import ModelError
    from model.inference.counts import require_counts
    from model.thresholds.thresholds import ThresholdSet
    from model.training.training_session import choose_device

    target = None if out is None else _target(out, force, [file, checkpoint])
    model, tokenizer, card = load_checkpoint(checkpoint)
    if nha:
        require_counts(model)
    documents = read_documents(file, pipeline or model.config.pos_pipeline)
    if model.mention is None and not any(document.entities for document in documents):
        raise ModelError(
            f"the model type {model.config.type} is given the gold mentions of its documents; {file} has none",
            "name a file in DocRED's format with a vertexSet, or a model that finds mentions",
        )
    if form == "docred":
        _require_entities(model, documents, file)
    where = choose_device(device)
    model.to(where)
    how = Predicting(form=form, by_counts=nha, thresholds=ThresholdSet.from_dict(card["thresholds"]))
    answers = how.answers(model, _scans(model, tokenizer, documents, batch_size, where))
    with ExitStack() as stack:
        file_out: IO[str] = sys.stdout
        if target is not None:
            part = stack.enter_context(target.file())
            file_out = stack.enter_context(part.open("w", encoding="utf-8"))
        for answer in answers if form == "lines" else [list(answers)]:
            file_out.write(json_text(answer, file_out) + "\n")
    return 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Predicting:
    """How documents are read and written.

    Attributes:
        form: One of `FORMATS`.
        by_counts: Keep as many as the count heads say.
        thresholds: In force.
    """

    form: str
    by_counts: bool
    thresholds: "ThresholdSet"

    def answers(self, model: "JointModel", scanned: "Iterator[Scan]") -> Iterator[Any]:
        """What is written, plain JSON: an object a document, or for ``docred`` one a fact."""
        from model.inference.counts import relations_by_counts
        from model.inference.evaluate import facts_between_gold_entities
        from model.inference.inference import Inference
        from model.inference.predict import to_json

        inference = Inference(model)
        for scan in scanned:
            if self.form == "docred":
                yield from docred_facts(scan.document, facts_between_gold_entities(inference, scan, self.thresholds))
                continue
            if self.by_counts:
                found, kept = relations_by_counts(inference, scan, self.thresholds.coref)
            else:
                found = inference.relations(inference.coreference(scan, self.thresholds.mention), self.thresholds.coref)
                kept = inference.kept(found, self.thresholds)
            prediction = inference.in_words(found, kept)
            yield jerex_record(prediction) if self.form == "jerex" else to_json(found, prediction)


def _scans(
    model: "JointModel", tokenizer: Any, documents: "list[Document]", batch_size: int, device: str
) -> "Iterator[Scan]":
    """Each document encoded, a bar on stderr where that is a terminal."""
    from model.inference.predict import scans
    from model.inference.preparation import prepare_documents

    stream = scans(
        model, prepare_documents(documents, tokenizer, model.encoder.config, model.config), batch_size, device
    )
    console = visible_console(stderr=True)
    if not console.is_terminal:
        return stream
    return iter(track(stream, description="predicting", total=len(documents), console=console, transient=True))


def _target(out: Path, force: bool, inputs: list[Path]) -> Output:
    from model.errors import ModelError

    target = Output(path=out, refusal=ModelError, replace=force, inputs=inputs)
    target.check_file()
    return target


def _require_entities(model: "JointModel", documents: "list[Document]", file: Path) -> None:
    """Refuse what the format docred cannot say: it names entities of the file by number, and documents by title."""
    from model.errors import ModelError

    if model.relation is None:
        raise ModelError(f"--format docred needs a model with relations; given: {model.config.type}")
    if not any(document.entities for document in documents):
        raise ModelError(
            f"--format docred relates the entities of {file}, which has none",
            "name a file in DocRED's format with a vertexSet, or use --format jerex",
        )
    if twice := repeated_titles(documents):
        raise ModelError(
            f"--format docred tells documents apart by their titles; {len(twice)} of {file} are there several times, "
            f"such as {twice[0]!r}",
            "give every document a title of its own",
        )
