import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model.calibration.cross_fitted_score import honest_figure
from model.calibration.documents import evaluator_over
from model.calibration.session import Request
from model.checkpoint import load_checkpoint, read_card
from model.cli import main
from model.config import ModelConfig
from model.data.docred import write_docred
from model.errors import ModelError
from model.evaluation.scoring import score_documents
from model.inference.predict import predict
from model.thresholds.report import CalibrationOptions
from model.thresholds.thresholds import ThresholdSet


def test_json_has_the_path_before_and_after_and_the_honest_figure(
    trained: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--method", "rotate", "--per-class", "--shrinkage", "2", "--cross-fit", "--json", "--device", "cpu"]
    assert main(["calibrate", str(trained.folder), *arguments]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["method"], report["per_class"], report["shrinkage"]) == ("rotate", True, 2.0)
    assert report["path"]
    assert [row["task"] for row in report["tasks"]] == ["mention", "coref", "entity", "rel", "rel_nec"]
    assert len(report["thresholds"]["relation"]) == len(trained.model.schema.relation_types)
    assert report["saved"] is None
    honest = report["cross_fit"]
    assert honest["gap"] == pytest.approx(honest["plain_f1"] - honest["cross_fitted_f1"])
    assert report["facts"]["documents"] == len(trained.validation)


def test_tables_are_shown_to_people(trained: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", str(trained.folder), "--method", "climb", "--epochs", "2", "--device", "cpu"]) == 0
    text = capsys.readouterr().out
    for expected in ("rel_nec F1", "start", "mention ", "located_in", "MiB", "stopped:"):
        assert expected in text


def test_saving_makes_a_checkpoint_that_predicts_with_the_new_thresholds(
    trained: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "calibrated"
    arguments = ["calibrate", str(trained.folder), "--method", "exact", "--save", str(out), "--json", "--device", "cpu"]
    before = read_card(trained.folder)
    assert main(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    assert read_card(trained.folder) == before
    model, _, card = load_checkpoint(out)
    assert card["thresholds"] == report["thresholds"]
    assert card["calibration"]["f1_after"] == report["after"]["tasks"]["rel_nec"]["f1"]
    found = predict(model, trained.documents, ThresholdSet.from_dict(card["thresholds"]))
    scores = score_documents(trained.documents.plain, found, model.schema)
    assert scores.tasks["rel_nec"].total.f1 == pytest.approx(report["after"]["tasks"]["rel_nec"]["f1"])
    assert report["after"]["tasks"]["rel_nec"]["f1"] >= report["before"]["tasks"]["rel_nec"]["f1"]
    assert main(arguments) == 2
    assert "--force" in capsys.readouterr().err
    assert main([*arguments, "--force"]) == 0
    assert main([*arguments[:5], str(trained.folder), "--force"]) == 2
    assert "apart from what it is made from" in capsys.readouterr().err
    assert read_card(trained.folder) == before


def test_the_honest_figure_does_not_start_where_all_documents_led(trained: Any) -> None:
    evaluator = evaluator_over(trained.model, trained.documents, ThresholdSet()).cached()
    found = honest_figure(
        evaluator, trained.model.config, CalibrationOptions(method="exact", guard=False, max_points=12)
    )
    assert found.start.thresholds == evaluator.bounds.clip_all(ThresholdSet())
    assert found.plain.f1 >= found.start.f1
    assert {r.thresholds for r in found.tuned} == {r.thresholds for r in found.crossed}


def test_a_model_without_relations_cannot_be_calibrated() -> None:
    with pytest.raises(ModelError, match="judged by the relations"):
        Request.of(ModelConfig.from_mapping({"type": "Coref"}))


def test_documents_without_gold_relations_calibrate_nothing(
    trained: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "unlabelled.json"
    write_docred([replace(document, relations=()) for document in trained.validation], file)
    for arguments in (
        ["calibrate", str(trained.folder), str(file)],
        ["evaluate", str(trained.folder), str(file), "--cross-fit"],
    ):
        assert main([*arguments, "--device", "cpu"]) == 2
        assert "the 12 documents given have none" in capsys.readouterr().err


def test_what_is_no_checkpoint_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", str(tmp_path / "nothing")]) == 2
    assert "checkpoint folder" in capsys.readouterr().err


def test_shrinking_toward_a_threshold_that_all_types_have_is_refused() -> None:
    with pytest.raises(ModelError, match=r"given: 2 without them.*--per-class"):
        Request.of(ModelConfig(), shrinkage=2.0)
    assert Request.of(ModelConfig(threshold_shrinkage=2.0), per_class=True).shrinkage == 2.0
    assert Request.of(ModelConfig(class_thresholds=True), shrinkage=2.0).per_class
