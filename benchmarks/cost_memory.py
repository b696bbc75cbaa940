"""Peak memory and growth, each measured in a process of its own: freed memory is kept, so one process shows it once."""

import ctypes
import gc
import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import torch
from cost_bench import Bench, make_bench, meter_training
from cost_data import join_documents

from model.data.alignment import EncodedDocument, encode_documents
from model.data.document import Document
from model.inference.inference import Inference
from model.inference.predict import predict_each
from model.network.joint import JointModel
from model.thresholds.thresholds import ThresholdSet

MENTIONS = (5, 10, 20, 40, 60, 80, 120, 160, 240)
PIECES = (150, 300, 600, 1200, 2400, 4800)
REPEATS = 3


@dataclass(frozen=True)
class Order:
    """What a child process needs to know."""

    data: Path | None
    n_atlas: int
    encoder: str
    checkpoint: Path
    n: int
    quick: bool


def measure(order: Order) -> dict[str, Any]:
    """All probes, one process after the other."""
    return {name: _in_child(name, order) for name in PROBES}


def _in_child(name: str, order: Order) -> Any:
    context = multiprocessing.get_context("spawn")
    results = context.SimpleQueue()
    child = context.Process(target=_child, args=(name, order, results))
    child.start()
    result = results.get()
    child.join()
    return result


def _child(name: str, order: Order, results: Any) -> None:
    try:
        torch.set_num_threads(1)
        results.put(PROBES[name](make_bench(order.data, order.n_atlas, order.encoder), order))
    except BaseException as error:
        results.put({"error": repr(error)})
        raise


class Peak:
    """Peak resident memory from here on, MiB."""

    def __init__(self) -> None:
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)  # what loading has freed would otherwise be used again, unseen
        Path("/proc/self/clear_refs").write_text("5")
        self.before = _status("VmRSS")

    def read(self) -> dict[str, float]:
        peak = _status("VmHWM")
        return {"peak_rss_mib": peak, "above_mib": peak - self.before}


def _status(key: str) -> float:
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith(key))
    return int(line.split()[1]) / 1024


def _training(bench: Bench, order: Order) -> dict[str, Any]:
    model, peak = bench.model(), Peak()
    meter_training(bench, model, order.n, 1, 1, bare=False)
    return peak.read()


def _validation(bench: Bench, order: Order) -> dict[str, Any]:
    return _predict(bench, bench.trained(order.checkpoint), ThresholdSet(), order)


def _low_threshold(bench: Bench, order: Order) -> dict[str, Any]:
    return _predict(bench, bench.model(), ThresholdSet(mention=0.05), order)


def _predict(bench: Bench, model: JointModel, thresholds: ThresholdSet, order: Order) -> dict[str, Any]:
    documents = bench.validation_side(order.n)
    longest = max(range(len(bench.documents)), key=lambda i: bench.documents.encoded[i].n_pieces)
    documents = replace(documents, encoded=[*documents.encoded, bench.documents.encoded[longest]])
    peak = Peak()
    n_mentions = [len(p.mentions) for _, p in predict_each(model, documents, thresholds)]
    return {**peak.read(), "most_mentions": max(n_mentions), "most_pieces": bench.documents.encoded[longest].n_pieces}


def _mentions(bench: Bench, order: Order) -> list[dict[str, Any]]:
    """The M spans of highest score taken for mentions, none of them coreferent; a document of about 230 pieces."""
    model = bench.trained(order.checkpoint).eval()
    document = min(range(len(bench.documents)), key=lambda i: abs(bench.documents.encoded[i].n_pieces - 230))
    inference = Inference(model)
    with torch.inference_mode():
        words = model.word_states(bench.documents.text([document]))
    scan = inference.scan(bench.documents.encoded[document].document, words)
    rows, peak = [], Peak()
    for m in MENTIONS[:5] if order.quick else MENTIONS:
        coref = _median(lambda m=m: inference.coreference(scan, 0.0, m))  # type: ignore[misc]
        found = inference.coreference(scan, 0.0, m)
        relations = _median(lambda found=found: inference.relations(found, 1.0))  # type: ignore[misc]
        pairs = len(inference.relations(found, 1.0).pairs)
        rows.append({"mentions": m, "entity_pairs": pairs, "coref_ms": coref, "relations_ms": relations, **peak.read()})
    return rows


def _lengths(bench: Bench, order: Order) -> list[dict[str, Any]]:
    """Joined documents of growing length, at the default thresholds; beyond the encoder's window in several windows."""
    model = bench.trained(order.checkpoint).eval()
    rows, peak = [], Peak()
    inference = Inference(model)
    for pieces in PIECES[:4] if order.quick else PIECES:
        encoded = _of_length(bench, pieces)
        documents = replace(bench.documents, encoded=[encoded])
        text = documents.text([0])
        with torch.inference_mode():
            words = model.word_states(text)
            encoder_ms = _median(lambda text=text: model.word_states(text))  # type: ignore[misc]
        scan = inference.scan(encoded.document, words)
        scan_ms = _median(lambda e=encoded, w=words: inference.scan(e.document, w))  # type: ignore[misc]
        rest_ms = _median(lambda scan=scan: inference.predict(scan, ThresholdSet()))  # type: ignore[misc]
        rows.append(
            {
                "pieces": encoded.n_pieces,
                "spans": len(scan.spans),
                "mentions": len(inference.predict(scan, ThresholdSet()).mentions),
                "encoder_ms": encoder_ms,
                "spans_ms": scan_ms,
                "pairs_ms": rest_ms,
                **peak.read(),
            }
        )
    return rows


def _of_length(bench: Bench, pieces: int) -> EncodedDocument:
    """Whole validation documents, joined while they stay within ``pieces``; at least one."""
    chosen: list[Document] = []
    length = 0
    for encoded in sorted(bench.documents.encoded[bench.n_train :], key=lambda e: e.n_pieces):
        if chosen and length + encoded.n_pieces > pieces:
            break
        chosen.append(encoded.document)
        length += encoded.n_pieces
    return encode_documents([join_documents(chosen)], bench.pretrained.tokenizer)[0]


def _median(run: Callable[[], Any]) -> float:
    """Milliseconds of CPU time."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        run()
        times.append(1000 * (time.process_time() - start))
    return median(times)


PROBES: dict[str, Callable[[Bench, Order], Any]] = {
    "training": _training,
    "validation": _validation,
    "low threshold": _low_threshold,
    "mentions": _mentions,
    "lengths": _lengths,
}
