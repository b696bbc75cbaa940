import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.data import cache
from model.data.alignment import EncodedDocument
from model.data.atlas import generate
from model.data.cache import documents_hash, encode_cached, tokenizer_hash, words_hash
from model.data.document import Document


def _equal(a: list[EncodedDocument], b: list[EncodedDocument]) -> bool:
    return all(
        x.document == y.document
        and np.array_equal(x.pieces, y.pieces)
        and np.array_equal(x.word_starts, y.word_starts)
        and x.pieces.dtype == y.pieces.dtype
        and x.word_starts.dtype == y.word_starts.dtype
        for x, y in zip(a, b, strict=True)
    )


@pytest.fixture
def corpus() -> list[Document]:
    return [*generate(4), Document(title="", sentences=())]


def _entry(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_the_second_run_reads_what_the_first_wrote(
    corpus: list[Document], tokenizer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = encode_cached(corpus, tokenizer, tmp_path / "cache")
    assert _equal(first, encode_cached(corpus, tokenizer, None))

    def never(*_: Any) -> None:
        raise AssertionError("encoded again")

    monkeypatch.setattr(cache, "encode_documents", never)
    assert _equal(encode_cached(corpus, tokenizer, tmp_path / "cache"), first)


@pytest.mark.parametrize("damage", ["cut", "rubbish", "empty", "foreign", "pickled"])
def test_a_damaged_entry_is_computed_anew(
    corpus: list[Document], tokenizer: Any, tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    first = encode_cached(corpus, tokenizer, tmp_path)
    path = _entry(tmp_path)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif damage == "rubbish":
        path.write_bytes(b"\x00" * 100)
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "foreign":
        encode_cached(generate(3, seed=9), tokenizer, tmp_path / "other")
        shutil.copy(_entry(tmp_path / "other"), path)
        shutil.rmtree(tmp_path / "other")
    else:
        with path.open("wb") as file:
            np.savez(file, pieces=np.array([{}], dtype=object), word_lengths=np.zeros(1, dtype=np.int32))
    assert _equal(encode_cached(corpus, tokenizer, tmp_path), first)
    assert "recomputed" in caplog.text
    caplog.clear()
    assert _equal(encode_cached(corpus, tokenizer, tmp_path), first)
    assert caplog.text == ""


def test_another_text_or_tokenizer_has_another_entry(corpus: list[Document], tokenizer: Any, tmp_path: Path) -> None:
    encode_cached(corpus, tokenizer, tmp_path)
    encode_cached(corpus[:2], tokenizer, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    before = tokenizer_hash(tokenizer)
    tokenizer(["a", "bb"], padding=True, truncation=True, max_length=4)
    assert tokenizer_hash(tokenizer) == before


def test_a_folder_that_cannot_be_written_costs_only_time(
    corpus: list[Document], tokenizer: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    encoded = encode_cached(corpus, tokenizer, tmp_path / "file")
    assert _equal(encoded, encode_cached(corpus, tokenizer, None))
    assert "could not be written" in caplog.text


def test_writing_leaves_no_temporary_file(
    corpus: list[Document], tokenizer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Path, target: Path) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        encode_cached(corpus, tokenizer, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_hash_of_words_tells_borders_apart() -> None:
    def one(*sentences: tuple[str, ...]) -> Document:
        return Document(title="", sentences=sentences)

    assert words_hash([one(("ab", "c"))]) != words_hash([one(("a", "bc"))])
    assert words_hash([one(("a",)), one(("b",))]) != words_hash([one(("a", "b"))])
    assert words_hash([one(("a", "b"))]) == words_hash([one(("a",), ("b",))])


def test_the_hash_of_a_corpus_follows_annotation_and_split(corpus: list[Document]) -> None:
    base = documents_hash([corpus[:2], corpus[2:]])
    assert documents_hash([corpus[:2], corpus[2:]]) == base
    assert documents_hash([corpus[:3], corpus[3:]]) != base
    bare = Document(title=corpus[0].title, sentences=corpus[0].sentences, entities=corpus[0].entities)
    assert documents_hash([[bare, corpus[1]], corpus[2:]]) != base
