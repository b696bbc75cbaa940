import json
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from model.checkpoint import initialize_from, load_checkpoint, read_card, save_checkpoint
from model.errors import ModelError
from model.inference.inference import Inference
from model.inference.predict import predict, scans
from model.inference.preparation import prepare_documents
from model.thresholds.thresholds import ThresholdSet
from tests.model.worlds import make_documents, make_network, prepare

DOCUMENTS = make_documents(3)
THRESHOLDS = ThresholdSet(mention=0.3, coref=0.4, relation=0.5)


def save(folder: Path, **options: object) -> Path:
    network, pretrained = make_network(DOCUMENTS, **options)
    save_checkpoint(
        folder, network, pretrained.tokenizer, thresholds=THRESHOLDS, metrics={"loss": 1.5}, data_hash="abc", epoch=7
    )
    return folder


def test_a_checkpoint_predicts_what_the_network_predicted(tmp_path: Path) -> None:
    network, pretrained = make_network(DOCUMENTS)
    before = [scan.scores for scan in scans(network, prepare(DOCUMENTS, network, pretrained))]
    loaded, tokenizer, card = load_checkpoint(save(tmp_path))
    documents = prepare_documents(DOCUMENTS, tokenizer, loaded.encoder.config, loaded.config)
    after = [scan.scores for scan in scans(loaded, documents)]
    for one, other in zip(before, after, strict=True):
        torch.testing.assert_close(torch.from_numpy(one), torch.from_numpy(other), rtol=1e-5, atol=1e-6)
    assert predict(loaded, documents, ThresholdSet.from_dict(card["thresholds"])) == [
        Inference(loaded).predict(scan, THRESHOLDS) for scan in scans(loaded, documents)
    ]


def test_the_card_says_what_made_it(tmp_path: Path) -> None:
    card = read_card(save(tmp_path))
    assert card["epoch"] == 7
    assert card["metrics"] == {"loss": 1.5}
    assert card["data_hash"] == "abc"
    assert card["labels"]["entity_types"]
    assert {"torch", "transformers"} <= set(card["versions"])
    assert ThresholdSet.from_dict(card["thresholds"]) == THRESHOLDS


def test_nothing_in_it_is_a_pickle(tmp_path: Path) -> None:
    for path in save(tmp_path).rglob("*"):
        if path.is_file():
            with pytest.raises(Exception, match=r".*"), path.open("rb") as file:  # noqa: PT012
                pickle.load(file)
                pytest.fail(f"{path} can be unpickled")


def test_another_configuration_is_refused_with_the_fields_that_differ(tmp_path: Path) -> None:
    save(tmp_path, type="JointGRC")
    network, _ = make_network(make_documents(1, seed=9), meta_width=30)
    with pytest.raises(ModelError) as raised:
        initialize_from(tmp_path, network)
    text = str(raised.value)
    assert "type: JointGRC in the checkpoint, JointMRC here" in text
    assert "meta_width: 25 in the checkpoint, 30 here" in text


def test_damage_is_told_apart(tmp_path: Path) -> None:
    network, _ = make_network(DOCUMENTS)
    with pytest.raises(ModelError, match="readable card"):
        initialize_from(tmp_path / "none", network)
    folder = save(tmp_path)
    state = load_file(folder / "model.safetensors")
    state.pop("entity.output.weight")
    save_file(state, folder / "model.safetensors")
    with pytest.raises(ModelError, match=r"entity.output.weight"):
        initialize_from(folder, network)
    (folder / "model.safetensors").write_bytes(b"not a tensor")
    with pytest.raises(ModelError, match=r"model.safetensors"):
        initialize_from(folder, network)
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "format": 99}))
    with pytest.raises(ModelError, match="format"):
        load_checkpoint(folder)


def test_a_card_that_lacks_a_part_is_refused_with_its_name(tmp_path: Path) -> None:
    card = read_card(save(tmp_path))
    (tmp_path / "card.json").write_text(json.dumps({key: card[key] for key in ("format", "labels", "metrics")}))
    with pytest.raises(ModelError, match="lacks model, thresholds"):
        load_checkpoint(tmp_path)
