"""Words to sub-words: each word is encoded alone, so that spans of words are spans of pieces.

Legend: W words of a document, T pieces, V distinct words of a corpus.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from model.data.document import Document
from model.errors import ModelError

Int32 = npt.NDArray[np.int32]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EncodedDocument:
    """A document beside its sub-words.

    Attributes:
        document: The words and the gold annotation.
        pieces: ``[T]`` ids of the tokenizer, no special tokens.
        word_starts: ``[W+1]``; word w owns ``pieces[word_starts[w]:word_starts[w + 1]]``, at least one.
    """

    document: Document
    pieces: Int32
    word_starts: Int32

    @property
    def n_pieces(self) -> int:
        """T."""
        return len(self.pieces)


def encode_documents(documents: Sequence[Document], tokenizer: Any) -> list[EncodedDocument]:
    """Encodes every word alone, without special tokens (JEREX, datasets.py), once per distinct word of all documents.

    A byte-level tokenizer (RoBERTa, Longformer) writes a word differently after a blank; here each word follows one and
    is encoded with it. A word of which the tokenizer keeps nothing becomes its unknown token.

    Args:
        documents: Any number of them.
        tokenizer: A fast tokenizer of transformers.

    Raises:
        ModelError: If the tokenizer is not a fast one, or lacks an unknown token where one is needed.
    """
    index: dict[str, int] = {}
    ids = np.fromiter(
        (index.setdefault(word, len(index)) for word in chain.from_iterable(d.words for d in documents)), dtype=np.int64
    )
    vocabulary, lengths = _encode_words(list(index), tokenizer)
    word_lengths = lengths[ids] if len(ids) else np.zeros(0, dtype=np.int64)
    first = np.concatenate(([0], np.cumsum(lengths)))[ids] if len(ids) else word_lengths
    ends = np.concatenate(([0], np.cumsum(word_lengths)))
    # Piece p of the corpus is number p - ends[w] of its word w.
    pieces = vocabulary[np.repeat(first - ends[:-1], word_lengths) + np.arange(ends[-1])]
    return split_pieces(documents, pieces, word_lengths)


def split_pieces(
    documents: Sequence[Document], pieces: Int32, word_lengths: npt.NDArray[np.integer[Any]]
) -> list[EncodedDocument]:
    """Cuts one row of pieces into documents.

    Args:
        documents: In the order of the pieces.
        pieces: All pieces of all documents.
        word_lengths: Count of pieces of every word of all documents, at least 1.
    """
    ends = np.concatenate(([0], np.cumsum(word_lengths, dtype=np.int64)))
    encoded, word = [], 0
    for document in documents:
        starts = ends[word : word + document.n_words + 1]
        word += document.n_words
        encoded.append(
            EncodedDocument(
                document=document,
                pieces=pieces[starts[0] : starts[-1]],
                word_starts=(starts - starts[0]).astype(np.int32),
            )
        )
    return encoded


def is_byte_level(tokenizer: Any) -> bool:
    """Whether the tokenizer marks the blank before a word inside its pieces (GPT-2, RoBERTa, Longformer)."""
    return '"ByteLevel"' in tokenizer.backend_tokenizer.to_str().split('"model"')[0]


def _encode_words(words: list[str], tokenizer: Any) -> tuple[Int32, npt.NDArray[np.int64]]:
    """Pieces of all words in one row, and how many belong to each."""
    if not getattr(tokenizer, "is_fast", False):
        raise ModelError(
            f"an encoder needs a fast tokenizer; given: {type(tokenizer).__name__}",
            "choose a checkpoint with tokenizer.json",
        )
    given = [f" {word}" for word in words] if words and is_byte_level(tokenizer) else words
    rows = tokenizer(given, add_special_tokens=False, return_attention_mask=False)["input_ids"] if words else []
    if any(not row for row in rows):
        unknown = tokenizer.unk_token_id
        if unknown is None:
            word = words[next(i for i, row in enumerate(rows) if not row)]
            raise ModelError(f"the tokenizer must have an unknown token: it keeps nothing of the word {word!r}")
        rows = [row or [unknown] for row in rows]
    lengths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
    return np.fromiter(chain.from_iterable(rows), dtype=np.int32, count=int(lengths.sum())), lengths
