"""Readers of the model's files: corpora, texts to predict on, checkpoint cards, a trial's examples."""

import json
import random
from functools import cache
from pathlib import Path

from reader_mutants import json_mutant, mutant
from reader_target import Target, damaged_file

WORDS = ("Ada", "Lovelace", "was", "born", "in", "London", ".")


CORPUS = json.dumps(
    [
        {
            "title": f"Ada {number}",
            "sents": [list(WORDS), ["She", "wrote", "programs", "."]],
            "vertexSet": [
                [{"name": "Ada", "pos": [0, 2], "sent_id": 0, "type": "PER"}, {"pos": [0, 1], "sent_id": 1}],
                [{"name": "London", "pos": [5, 6], "sent_id": 0, "type": "LOC"}],
            ],
            "labels": [{"h": 0, "t": 1, "r": "P19", "evidence": [0]}],
        }
        for number in range(3)
    ]
).encode()


CARD = json.dumps(
    {
        "format": 2,
        "model": {"type": "JointMRC", "encoder": "tiny", "grouping": "GLOBAL"},
        "labels": {"entity_types": ["PER", "LOC"], "relation_types": ["P19"]},
        "thresholds": {"mention": 0.5, "coref": 0.5, "relation": 0.5},
        "metrics": {"relation_f1": 0.4},
        "epoch": 3,
        "data_hash": "0123456789abcdef",
        "origin": {"options": {"train": "t.json"}, "base_dir": "/x", "test": None},
        "test_openings": [],
        "versions": {"torch": "2.4"},
    }
).encode()


EXAMPLES = json.dumps(
    {
        "schema": 1,
        "title": "t",
        "documents": [
            {
                "title": "Ada",
                "sentences": [list(WORDS)],
                "gold": {"mentions": [[0, 2], [5, 6]], "entities": [{"type": "PER", "mentions": [0]}], "relations": []},
                "predicted": {"mentions": [[0, 2]], "entities": [{"type": "PER", "mentions": [0]}], "relations": []},
            }
        ],
    }
).encode()


HISTORY = json.dumps(
    {
        "schema": 1,
        "scut": {
            "used": True, "beta": 1.0, "in_force": 0.5, "lowest": 0.1, "discard": None, "n_candidates": 9, "n_gold": 4,
            "betas": [0.5, 1.0], "points": [[0.1, 0.2, 0.3], [0.5, 0.4, 0.5]],
            "best": [{"beta": 1.0, "threshold": 0.5, "f": 0.5, "kept": 4, "right": 2}],
        },
        "rounds": [
            {
                "phase": "train", "step": 1, "what": "relation", "before": [0.5, 0.5, 0.5], "after": [0.5, 0.5, 0.4],
                "f1_before": 0.3, "f1_after": 0.4, "tried": [[0.5, 0.5, 0.4, 0.4]], "scut": 0.5,
            }
        ],
        "classes": [{"name": "P19", "threshold": 0.3, "gold": 3, "predicted": 4, "right": 2}],
    }
).encode()  # fmt: skip


def _read_corpus(path: Path) -> None:
    from model.data.cache import documents_hash
    from model.data.corpus_check import check_corpus
    from model.data.docred import documents_to_docred, read_docred
    from model.data.schema import LabelSchema

    documents = read_docred(path)
    json.dumps(check_corpus([("train", documents)]).to_dict(), ensure_ascii=False).encode()
    LabelSchema.from_documents(documents)
    documents_hash([documents])
    json.dumps(documents_to_docred(documents), ensure_ascii=False).encode()


def _read_input(path: Path) -> None:
    from model.data.prediction_input import read_documents

    for document in read_documents(path, "en_core_web_sm"):
        " ".join(document.words).encode()


@cache
def _pipeline() -> None:
    from model.data.prediction_input import load_pipeline

    load_pipeline("en_core_web_sm")


def _make_input(rng: random.Random, folder: Path) -> Path:
    _pipeline()  # takes seconds once
    path = folder / rng.choice(("in.json", "in.txt"))
    text = b"Ada was born in London. She wrote programs.\n---\n[1] A second document.\n"
    path.write_bytes(mutant(rng.choice((CORPUS, text)), rng)[:20_000])
    return path


def _make_card(rng: random.Random, folder: Path) -> Path:
    path = folder / "card.json"
    path.write_bytes(json_mutant(CARD, rng))
    return path


def _read_card(path: Path) -> None:
    from model.checkpoint import read_card
    from model.config import ModelConfig
    from model.data.schema import LabelSchema
    from model.thresholds.thresholds import ThresholdSet

    card = read_card(path.parent)
    ModelConfig.from_mapping(card["model"])
    LabelSchema.from_dict(card["labels"])
    ThresholdSet.from_dict(card["thresholds"])


def _read_artifacts(path: Path) -> None:
    from engine.artifacts.examples import read_examples
    from engine.artifacts.threshold_history import read_threshold_trace

    (read_examples if path.name.startswith("examples") else read_threshold_trace)(path)


def _make_artifact(rng: random.Random, folder: Path) -> Path:
    name, base = rng.choice((("examples.json", EXAMPLES), ("thresholds.json", HISTORY)))
    for other in ("examples.json", "thresholds.json"):
        (folder / other).unlink(missing_ok=True)
    (folder / name).write_bytes(json_mutant(base, rng))
    return folder / name


TARGETS: dict[str, Target] = {
    "corpus": Target(damaged_file("corpus.json", (CORPUS,), json_mutant), _read_corpus, limit_memory=False),
    "predict-input": Target(_make_input, _read_input, limit_memory=False),
    "checkpoint-card": Target(_make_card, _read_card, limit_memory=False, names_file=False),
    "artifact": Target(_make_artifact, _read_artifacts),
}
