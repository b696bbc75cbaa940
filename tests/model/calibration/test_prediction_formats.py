"""Predictions in the formats of the public evaluation scripts score there what ``evaluate`` says, to the digit.

The scorers below are written from what those scripts count (DocRED's ``evaluation.py``; JEREX's ``scoring.py``, that is
scikit-learn's ``precision_recall_fscore_support``) and read nothing but the files that ``predict`` wrote.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import precision_recall_fscore_support

from model.cli import main
from model.data.docred import write_docred

METRICS = ("precision_micro", "recall_micro", "f1_micro", "precision_macro", "recall_macro", "f1_macro")


@pytest.fixture
def gold(trained: Any, tmp_path: Path) -> Path:
    path = tmp_path / "validation.json"
    write_docred(trained.validation, path)
    return path


@pytest.fixture
def evaluated(trained: Any, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["evaluate", str(trained.folder), "--json", "--device", "cpu"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def predicted(trained: Any, gold: Path, form: str) -> Any:
    out = gold.with_name(f"{form}.json")
    assert (
        main(["predict", str(trained.folder), str(gold), "--format", form, "--out", str(out), "--device", "cpu"]) == 0
    )
    return json.loads(out.read_text(encoding="utf-8"))


def docred_f1(
    facts: list[dict[str, Any]], gold: list[dict[str, Any]], train: list[dict[str, Any]]
) -> tuple[float, float]:
    """F1 and Ign F1, percent; the official script adds 1e-5 to a denominator, which the fifth digit shows."""

    def names(document: dict[str, Any], entity: int) -> set[str]:
        return {mention["name"] for mention in document["vertexSet"][entity]}

    stated = {
        (a, b, fact["r"])
        for document in train
        for fact in document["labels"]
        for a in names(document, fact["h"])
        for b in names(document, fact["t"])
    }
    by_title = {document["title"]: document for document in gold}
    true = {(document["title"], fact["r"], fact["h"], fact["t"]) for document in gold for fact in document["labels"]}
    claimed = {(fact["title"], fact["r"], fact["h_idx"], fact["t_idx"]) for fact in facts}
    hits = claimed & true
    known = sum(
        any((a, b, kind) in stated for a in names(by_title[title], head) for b in names(by_title[title], tail))
        for title, kind, head, tail in hits
    )
    precision, recall = len(hits) / len(claimed), len(hits) / len(true)
    ign = (len(hits) - known) / (len(claimed) - known)
    return 200 * precision * recall / (precision + recall), 200 * ign * recall / (ign + recall)


def test_docred_facts_score_what_evaluate_says(trained: Any, gold: Path, evaluated: dict[str, Any]) -> None:
    facts = predicted(trained, gold, "docred")
    assert facts
    assert all(set(fact) == {"title", "h_idx", "t_idx", "r"} for fact in facts)
    train = json.loads((Path(trained.card["origin"]["base_dir"]) / "train.json").read_text(encoding="utf-8"))
    f1, ign_f1 = docred_f1(facts, json.loads(gold.read_text(encoding="utf-8")), train)
    given = evaluated["given_gold_entities"]
    assert given["known_hits"] > 0, "the world repeats facts, or Ign F1 would be tested by nothing"
    assert (given["rel_gold_f1"], given["rel_gold_ign_f1"]) == pytest.approx((f1, ign_f1), rel=1e-12)


def jerex_metrics(gold: list[list[Any]], found: list[list[Any]], kind: int | None) -> tuple[float, ...]:
    """Precision, recall, F1, micro and macro, percent: every distinct item of a document is one row."""
    true, claimed = [], []
    for right, said in zip(gold, found, strict=True):
        for item in {*right, *said}:
            label = "item" if kind is None else str(item[kind])
            true.append(label if item in right else "none")
            claimed.append(label if item in said else "none")
    labels = sorted({*true, *claimed} - {"none"})
    rows = [
        precision_recall_fscore_support(true, claimed, labels=labels, average=average, zero_division=0.0)[:3]
        for average in ("micro", "macro")
    ]
    return tuple(100 * float(value) for row in rows for value in row)


def items(record: dict[str, Any]) -> dict[str, list[Any]]:
    """What JEREX compares of a document, by task."""
    spans = [tuple(span) for span in record["mentions"]]
    clusters = [frozenset(spans[i] for i in cluster) for cluster in record["clusters"]]
    entities = [(clusters[entity["cluster"]], entity["type"]) for entity in record["entities"]]
    relations = record["relations"]
    return {
        "mention": spans,
        "coref": clusters,
        "entity": entities,
        "rel": [(entities[r["head"]][0], entities[r["tail"]][0], r["type"]) for r in relations],
        "rel_nec": [(entities[r["head"]], entities[r["tail"]], r["type"]) for r in relations],
    }


def gold_record(document: dict[str, Any]) -> dict[str, Any]:
    """A gold document as JEREX stores predictions."""
    starts = [sum(map(len, document["sents"][:i])) for i in range(len(document["sents"]))]
    clusters = [
        [(starts[m["sent_id"]] + m["pos"][0], starts[m["sent_id"]] + m["pos"][1]) for m in entity]
        for entity in document["vertexSet"]
    ]
    spans = sorted({span for cluster in clusters for span in cluster})
    return {
        "mentions": spans,
        "clusters": [[spans.index(span) for span in cluster] for cluster in clusters],
        "entities": [{"cluster": i, "type": entity[0]["type"]} for i, entity in enumerate(document["vertexSet"])],
        "relations": [{"head": fact["h"], "tail": fact["t"], "type": fact["r"]} for fact in document["labels"]],
    }


def test_jerex_records_score_what_evaluate_says(trained: Any, gold: Path, evaluated: dict[str, Any]) -> None:
    found = [items(record) for record in predicted(trained, gold, "jerex")]
    true = [items(gold_record(document)) for document in json.loads(gold.read_text(encoding="utf-8"))]
    kinds = {"mention": None, "coref": None, "entity": 1, "rel": 2, "rel_nec": 2}
    for task, kind in kinds.items():
        expected = jerex_metrics([d[task] for d in true], [d[task] for d in found], kind)
        said = evaluated["tasks"][task]
        assert tuple(said[name] for name in METRICS) == pytest.approx(expected, rel=1e-12), task
    assert evaluated["tasks"]["rel_nec"]["f1_micro"] > 0, "nothing found would be tested by nothing"


def test_docred_is_refused_where_entities_or_titles_do_not_tell(
    trained: Any, gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "story.txt"
    text.write_text("Ada Lovelace was born in London.", encoding="utf-8")
    assert main(["predict", str(trained.folder), str(text), "--format", "docred"]) == 2
    assert "which has none" in " ".join(capsys.readouterr().err.split())
    twice = json.loads(gold.read_text(encoding="utf-8"))
    gold.write_text(json.dumps([twice[0], *twice]), encoding="utf-8")
    assert main(["predict", str(trained.folder), str(gold), "--format", "docred"]) == 2
    assert "1 of" in " ".join(capsys.readouterr().err.split())
