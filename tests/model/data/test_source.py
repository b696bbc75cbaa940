from pathlib import Path
from typing import Any

import pytest

from model.data.atlas import generate
from model.data.docred import write_docred
from model.data.source import DataConfig, load_corpus
from model.errors import ModelError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    corpus = generate(20)
    write_docred(corpus[:12], tmp_path / "train.json")
    write_docred(corpus[12:16], tmp_path / "validation.json")
    write_docred(corpus[16:], tmp_path / "test.json")
    return tmp_path


def _load(folder: Path, **data: Any) -> Any:
    return load_corpus(DataConfig.from_mapping(data), folder)


def test_named_files_are_read_from_the_thread_files_folder(folder: Path) -> None:
    corpus = _load(folder, train="train.json", validation="validation.json", test="test.json")
    assert list(corpus.train) == generate(12)
    assert list(corpus.validation) == generate(20)[12:16]
    assert corpus.schema.entity_types == ("LOC", "NUM", "ORG", "PER", "TIME", "WORK")


def test_the_test_file_is_read_only_when_asked_for(folder: Path) -> None:
    config = DataConfig.from_mapping({"train": "train.json", "test": "test.json"})
    assert load_corpus(config, folder).test is None
    assert list(load_corpus(config, folder, with_test=True).test or ()) == generate(20)[16:]
    (folder / "test.json").unlink()
    load_corpus(config, folder)
    with pytest.raises(ModelError, match=r"test\.json must exist"):
        load_corpus(config, folder, with_test=True)
    with pytest.raises(ModelError, match="must name a test file"):
        load_corpus(DataConfig.from_mapping({"train": "train.json"}), folder, with_test=True)


def test_without_a_validation_file_a_share_is_held_out(folder: Path) -> None:
    corpus = _load(folder, train="train.json", validation_share=0.25, seed=3)
    assert (len(corpus.train), len(corpus.validation)) == (9, 3)
    assert _load(folder, train="train.json", validation_share=0.25, seed=3).data_hash == corpus.data_hash
    assert _load(folder, train="train.json", validation_share=0.25, seed=4).data_hash != corpus.data_hash


def test_the_built_in_corpus_needs_no_file(folder: Path) -> None:
    corpus = _load(folder, atlas={"documents": 10, "seed": 2})
    assert sorted(d.title for d in (*corpus.train, *corpus.validation)) == sorted(d.title for d in generate(10, 2))
    assert len(_load(folder, atlas={}).train) == 48


def test_limit_reads_only_the_first_documents(folder: Path) -> None:
    corpus = _load(folder, train="train.json", validation="validation.json", limit=3)
    assert list(corpus.train) == generate(3)
    assert len(corpus.validation) == 3


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"trian": "x"}, "given: 'trian' – did you mean 'train'"),
        ({"train": "x", "atlas_documents": 3}, "given: 'atlas_documents'"),
        ({"atlas": {"document": 3}}, "did you mean 'documents'"),
        ({"atlas": 3}, "atlas must be written as"),
        ({"atlas": {"documents": "many"}}, "must be a whole number; given: 'many'"),
        ({"atlas": {"documents": -2}}, "must not be negative; given: -2"),
        ({}, "must name either a training file or an atlas"),
        ({"train": "x", "atlas": {"documents": 3}}, "must name either a training file or an atlas"),
        ({"train": "x", "validation_share": 1.5}, "validation_share must lie between 0 and 1; given: 1.5"),
        ({"train": "x", "limit": 0}, "limit must be at least 1 document; given: 0"),
        ({"train": "x", "seed": -1}, "seed must not be negative; given: -1"),
    ],
)
def test_impossible_options_are_refused_with_the_nearest_known_name(data: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError) as caught:
        DataConfig.from_mapping(data)
    assert message in str(caught.value)


def test_an_empty_side_is_refused(folder: Path) -> None:
    write_docred([], folder / "empty.json")
    with pytest.raises(ModelError, match="12 to train, 0 to validate"):
        _load(folder, train="train.json", validation="empty.json")
