import json
from pathlib import Path

import pytest

from model.cli import main
from model.data.atlas import generate
from model.data.docred import read_docred, write_docred


def test_sample_writes_a_corpus_that_check_finds_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "atlas.json"
    assert main(["data", "sample", "--documents", "120", "--seed", "1", "--out", str(out)]) == 0
    assert read_docred(out) == generate(120, 1)
    capsys.readouterr()
    assert main(["data", "check", str(out)]) == 0
    text = capsys.readouterr().out
    assert "train" in text
    assert "located_in" in text
    assert "ok: no leakage, no duplicates, nothing missing" in text


def test_sample_without_a_file_prints_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "sample", "--seed", "3"]) == 0
    text = capsys.readouterr().out
    document = generate(1, 3)[0]
    assert document.title in text
    for relation in document.relations:
        assert f"–{relation.type}→" in text
    assert main(["data", "sample", "--seed", "3", "--json"]) == 0
    (plain,) = json.loads(capsys.readouterr().out)["documents"]
    assert plain["title"] == document.title


def test_check_of_two_files_names_what_leaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = generate(40)
    write_docred(corpus[:30], tmp_path / "train.json")
    write_docred(corpus[28:], tmp_path / "dev.json")
    files = [str(tmp_path / "train.json"), str(tmp_path / "dev.json")]
    assert main(["data", "check", *files]) == 0
    text = capsys.readouterr().out
    assert "warning: leakage: documents of dev.json also in train.json: 2" in text.replace("\n", " ")
    assert corpus[28].title in text
    assert main(["data", "check", *files, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert set(report) == {"files", "sets", "duplicates", "leaks", "findings"}
    assert [side["n_documents"] for side in report["sets"]] == [30, 12]
    assert sorted(leak["titles"][0] for leak in report["leaks"]) == sorted(d.title for d in corpus[28:30])


def test_a_single_file_is_split_as_training_would(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_docred(generate(10), tmp_path / "all.json")
    assert main(["data", "check", str(tmp_path / "all.json"), "--share", "0.3", "--json"]) == 0
    sides = json.loads(capsys.readouterr().out)["sets"]
    assert [(side["name"], side["n_documents"]) for side in sides] == [("train", 7), ("validation", 3)]
    assert main(["data", "check", str(tmp_path / "all.json"), "--share", "0", "--json"]) == 0
    (side,) = json.loads(capsys.readouterr().out)["sets"]
    assert (side["name"], side["n_documents"]) == ("all.json", 10)


@pytest.mark.parametrize(
    ("content", "expected"),
    [(None, "must exist"), ("[{}]", "document 0: title must be text; given: nothing"), ("{", "must be JSON")],
)
def test_a_bad_file_is_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, expected: str
) -> None:
    if content is not None:
        (tmp_path / "bad.json").write_text(content)
    assert main(["data", "check", str(tmp_path / "bad.json")]) == 2
    error = capsys.readouterr().err
    assert expected in error
    assert error.count("\n") == 1


def test_an_output_that_cannot_be_written_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "nowhere").write_text("a file")
    assert main(["data", "sample", "--out", str(tmp_path / "nowhere" / "atlas.json")]) == 2
    error = capsys.readouterr().err
    assert "nowhere" in error
    assert main(["data", "sample", "--out", str(tmp_path / "nowhere")]) == 2
    assert "must not replace a file" in capsys.readouterr().err
    assert (tmp_path / "nowhere").read_text() == "a file"
    assert main(["data", "sample", "--documents", "1", "--force", "--out", str(tmp_path / "nowhere")]) == 0
    error += capsys.readouterr().err
    assert "Traceback" not in error
