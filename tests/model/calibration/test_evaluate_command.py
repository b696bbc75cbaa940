import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from model.cli import main
from model.data.docred import write_docred
from model.evaluation.error_classes import ERROR_CLASSES
from model.inference.evaluate import evaluate, facts_between_gold_entities
from model.inference.inference import Inference
from model.inference.predict import scans
from model.thresholds.thresholds import ThresholdSet


def test_the_json_of_evaluate_has_every_class_every_error_and_both_gold_figures(
    trained: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(trained.folder), "--json", "--device", "cpu"]) == 0
    report = json.loads(capsys.readouterr().out)
    gold_types = {e.type for d in trained.validation for e in d.entities}
    assert gold_types <= set(report["tasks"]["entity"]["per_class"])
    assert {task: set(kinds) for task, kinds in report["errors"].items()} == {
        task: set(kinds) for task, kinds in ERROR_CLASSES.items()
    }
    missed = report["errors"]["mention"]
    mention = report["tasks"]["mention"]["per_class"]["mention"]
    assert missed["boundary"]["count"] + missed["spurious"]["count"] == mention["predicted"] - mention["hits"]
    given = report["given_gold_entities"]
    assert given["gold"] == sum(len(d.relations) for d in trained.validation)
    assert given["rel_gold_f1"] == pytest.approx(200 * given["hits"] / (given["predicted"] + given["gold"]))
    assert 0 <= given["known_hits"] <= given["hits"]
    # With gold entities given there is less to get wrong.
    assert given["rel_gold_f1"] > report["tasks"]["rel_nec"]["f1_micro"]


def test_the_tables_of_evaluate_say_which_types_and_which_errors(
    trained: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert main(["evaluate", str(trained.folder), "--classes", "2", "--device", "cpu"]) == 0
    text = capsys.readouterr().out
    for expected in (
        "macro F1",
        "more types (--json has all)",
        "boundary",
        "relations between gold entities",
        "ign F1",
    ):
        assert expected in text


def test_ign_is_unknown_where_the_training_documents_are_gone(
    trained: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "checkpoint"
    shutil.copytree(trained.folder, folder)
    card = {**trained.card, "origin": {**trained.card["origin"], "base_dir": str(tmp_path)}}
    (folder / "card.json").write_text(json.dumps(card))
    write_docred(trained.validation, tmp_path / "elsewhere.json")
    assert main(["evaluate", str(folder), str(tmp_path / "elsewhere.json"), "--json", "--device", "cpu"]) == 0
    given = json.loads(capsys.readouterr().out)["given_gold_entities"]
    assert given["rel_gold_ign_f1"] is None
    assert given["rel_gold_f1"] > 0


def test_facts_name_gold_entities_whatever_the_mention_threshold(trained: Any) -> None:
    model = trained.model.eval()
    inference = Inference(model)
    low, high = (ThresholdSet(mention=m, relation=0.3) for m in (0.1, 0.9999))
    for scan in scans(model, trained.documents):
        facts = facts_between_gold_entities(inference, scan, low)
        assert facts == facts_between_gold_entities(inference, scan, high)
        n = len(scan.document.entities)
        assert all(0 <= head < n and 0 <= tail < n and head != tail for head, tail, _ in facts)


def test_at_a_relation_threshold_of_nothing_no_fact_between_gold_entities_is_missed(trained: Any) -> None:
    with torch.inference_mode():
        found = evaluate(trained.model, trained.documents, ThresholdSet(mention=0.999, relation=0.0), [])
    assert found.given_gold is not None
    assert found.given_gold.hits == found.given_gold.gold > 0
