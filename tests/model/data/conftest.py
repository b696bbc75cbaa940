from typing import Any

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    """A word-piece tokenizer of single letters and a few words, as BERT's in kind: it drops blanks and controls."""
    letters = [chr(c) for c in range(33, 127)]
    vocabulary = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", *letters, *(f"##{letter}" for letter in letters)]
    vocabulary += ["Inst", "##itute", "the", "An", "##na"]
    backend = Tokenizer(models.WordPiece({word: i for i, word in enumerate(vocabulary)}, unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer(lowercase=False)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="[UNK]", pad_token="[PAD]")
