import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from model.calibration.test_split_access import open_documents, record_opening, validation_documents
from model.checkpoint import read_card
from model.cli import main
from model.data.docred import write_docred
from model.errors import ModelError


def test_the_validation_documents_come_back_from_the_card(trained: Any) -> None:
    assert validation_documents(trained.card, trained.folder) == trained.validation


def test_the_test_file_is_refused_under_any_name_unless_opened(trained: Any, tmp_path: Path) -> None:
    copy = tmp_path / "innocent.json"
    shutil.copy(trained.test_file, copy)
    for file in (trained.test_file, copy):
        with pytest.raises(ModelError, match=r"test split.*--open-test"):
            open_documents(trained.card, trained.folder, file)
    documents, opened = open_documents(trained.card, trained.folder, None, open_test=True)
    assert opened == trained.test_file
    assert len(documents) == 6


def test_openings_are_counted_in_the_card(trained: Any, tmp_path: Path) -> None:
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    shutil.copy(trained.folder / "card.json", folder)
    assert record_opening(folder, trained.test_file, {"rel_nec_f1_micro": 1.0}) == 1
    assert record_opening(folder, trained.test_file, {"rel_nec_f1_micro": 2.0}) == 2
    assert [opening["rel_nec_f1_micro"] for opening in read_card(folder)["test_openings"]] == [1.0, 2.0]


def test_documents_that_changed_since_training_are_not_taken_for_those_of_the_card(
    trained: Any, tmp_path: Path
) -> None:
    for name in ("train", "test"):
        shutil.copy(trained.test_file.parent / f"{name}.json", tmp_path)
    write_docred(trained.validation[1:], tmp_path / "validation.json")
    card = {**trained.card, "origin": {**trained.card["origin"], "base_dir": str(tmp_path)}}
    with pytest.raises(ModelError, match="have changed"):
        validation_documents(card, trained.folder)


def test_a_card_without_a_test_file_asks_for_one(trained: Any) -> None:
    card = {**trained.card, "origin": {**trained.card["origin"], "test": None}}
    with pytest.raises(ModelError, match="name a test file"):
        open_documents(card, trained.folder, None, open_test=True)


def test_evaluate_opens_the_test_split_only_when_asked_and_counts(
    trained: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "checkpoint"
    shutil.copytree(trained.folder, folder)
    assert main(["evaluate", str(folder), str(trained.test_file), "--device", "cpu"]) == 2
    assert "--open-test" in capsys.readouterr().err
    assert read_card(folder)["test_openings"] == []
    assert main(["evaluate", str(folder), "--open-test", "--json", "--device", "cpu"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["test_openings"] == 1
    assert report["n_documents"] == 6
    assert read_card(folder)["test_openings"][0]["file"] == str(trained.test_file)


def test_calibrate_refuses_the_test_split(trained: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", str(trained.folder), str(trained.test_file)]) == 2
    assert "oracle" in capsys.readouterr().err
