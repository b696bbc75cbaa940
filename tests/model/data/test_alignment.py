from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from model.data.alignment import encode_documents, is_byte_level
from model.data.document import Document
from model.errors import ModelError
from tests.model.data.strategies import BEARTYPE_DRAWS, documents

pytestmark = BEARTYPE_DRAWS


@settings(max_examples=50)
@given(data=st.data())
def test_every_word_owns_the_pieces_it_has_alone(tokenizer: Any, data: st.DataObject) -> None:
    given_documents = data.draw(st.lists(documents(max_entities=0), max_size=3))
    encoded = encode_documents(given_documents, tokenizer)
    assert [e.document for e in encoded] == given_documents
    for item in encoded:
        assert item.pieces.dtype == item.word_starts.dtype == np.int32
        assert item.word_starts[0] == 0
        assert item.word_starts[-1] == item.n_pieces == len(item.pieces)
        for w, word in enumerate(item.document.words):
            alone = tokenizer.encode(word, add_special_tokens=False) or [tokenizer.unk_token_id]
            assert item.pieces[item.word_starts[w] : item.word_starts[w + 1]].tolist() == alone


def test_words_begin_at_their_first_piece(tokenizer: Any) -> None:
    document = Document(title="", sentences=(("Anna", "the", "Institute"), ("", "q")))
    (encoded,) = encode_documents([document], tokenizer)
    assert encoded.word_starts.tolist() == [0, 2, 3, 5, 6, 7]
    assert encoded.pieces[5] == tokenizer.unk_token_id


def test_no_documents_and_empty_documents_are_encoded(tokenizer: Any) -> None:
    assert encode_documents([], tokenizer) == []
    (encoded,) = encode_documents([Document(title="", sentences=())], tokenizer)
    assert encoded.n_pieces == 0
    assert encoded.word_starts.tolist() == [0]


def test_a_byte_level_tokenizer_sees_the_blank_before_a_word(tokenizer: Any) -> None:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: i for i, letter in enumerate([*alphabet, "<unk>", "Ġa"])}
    backend = Tokenizer(models.BPE(vocabulary, [("Ġ", "a")], unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    byte_level = PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="<unk>")
    assert is_byte_level(byte_level)
    assert not is_byte_level(tokenizer)
    (encoded,) = encode_documents([Document(title="", sentences=(("a", "a"),))], byte_level)
    assert encoded.pieces.tolist() == [vocabulary["Ġa"]] * 2


def test_a_slow_tokenizer_is_refused() -> None:
    class Slow:
        is_fast = False

    with pytest.raises(ModelError, match="fast tokenizer; given: Slow"):
        encode_documents([Document(title="", sentences=(("a",),))], Slow())
