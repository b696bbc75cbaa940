"""``trimtab predict``: mentions, entities and relations of documents, as JSON lines."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import click
from rich.progress import track

from model.boundary.console import visible_console
from model.boundary.output import Output
from model.boundary.streams import json_text

HELP = """Apply the CHECKPOINT folder to a FILE and print a JSON line a document.

FILE is DocRED JSON, or text whose documents a line of --- keeps apart. Every mention, entity and relation comes with
its score.
"""


@click.command(help=HELP)
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write here instead of printing.")
@click.option("--force", is_flag=True, help="Let --out replace a file that exists.")
@click.option("--pipeline", help="spaCy pipeline for text; the checkpoint's by default.")
@click.option("--batch-size", default=1, show_default=True, type=click.IntRange(1))
@click.option("--nha", is_flag=True, help="Keep as many as the count heads say, not what passes the thresholds.")
@click.option("--device", default="auto", show_default=True, help="cpu, cuda:N, or auto.")
def predict(
    checkpoint: Path,
    file: Path,
    out: Path | None,
    force: bool,
    pipeline: str | None,
    batch_size: int,
    nha: bool,
    device: str,
) -> int:
    """The command."""
    from model.calibration.counts import relations_by_counts, require_counts
    from model.checkpoint import load_checkpoint
    from model.data.prediction_input import read_documents
    from model.data.preparation import prepare_documents
    from model.errors import ModelError
    from model.inference.inference import Inference
    from model.inference.predict import scans, to_json
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
    thresholds = ThresholdSet.from_dict(card["thresholds"])
    where = choose_device(device)
    model.to(where)
    inference = Inference(model)
    prepared = prepare_documents(documents, tokenizer, model.encoder.config, model.config)
    console = visible_console(stderr=True)
    stream = scans(model, prepared, batch_size, where)
    if console.is_terminal:
        stream = iter(track(stream, description="predicting", total=len(documents), console=console, transient=True))
    with ExitStack() as stack:
        file_out: IO[str] = sys.stdout
        if target is not None:
            part = stack.enter_context(target.file())
            file_out = stack.enter_context(part.open("w", encoding="utf-8"))
        for scan in stream:
            if nha:
                found, kept = relations_by_counts(inference, scan, thresholds.coref)
            else:
                found = inference.relations(inference.coreference(scan, thresholds.mention), thresholds.coref)
                kept = inference.kept(found, thresholds)
            line = to_json(found, inference.in_words(found, kept))
            file_out.write(json_text(line, file_out) + "\n")
    return 0


def _target(out: Path, force: bool, inputs: list[Path]) -> Output:
    from model.errors import ModelError

    target = Output(path=out, refusal=ModelError, replace=force, inputs=inputs)
    target.check_file()
    return target
