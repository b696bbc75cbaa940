"""Encoded documents on disk, by content: a corpus is encoded once per tokenizer.

An entry is named by the hash of all words and of the tokenizer; its arrays are stored as .npz and never unpickled. A
damaged or foreign entry is computed anew; writing is atomic, so that several processes may share a folder.
"""

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.data.alignment import EncodedDocument, encode_documents, split_pieces
from model.data.document import Document

Int32 = npt.NDArray[np.int32]

FORMAT = "encoded-1"
"""Changes whenever the meaning of an entry does, so that old entries are never read."""

log = logging.getLogger(__name__)


def encode_cached(documents: Sequence[Document], tokenizer: Any, folder: Path | None) -> list[EncodedDocument]:
    """As :func:`encode_documents`, but read from ``folder`` where an entry fits, and written there where none does.

    Args:
        documents: Any number of them.
        tokenizer: A fast tokenizer of transformers.
        folder: Made if missing; None for no cache.
    """
    if folder is None or not documents:
        return encode_documents(documents, tokenizer)
    path = folder / f"{words_hash(documents)[:24]}-{tokenizer_hash(tokenizer)[:16]}.npz"
    encoded = _read(path, documents)
    if encoded is None:
        encoded = encode_documents(documents, tokenizer)
        _write(path, encoded)
    return encoded


def words_hash(documents: Sequence[Document]) -> str:
    """Hash of the words, in order, with the documents' borders (hex sha256)."""
    digest = hashlib.sha256(FORMAT.encode())
    for document in documents:
        # Lengths tell where a word ends, whatever characters it holds.
        digest.update(np.fromiter(map(len, document.words), dtype=np.int32).tobytes())
        digest.update("".join(document.words).encode("utf-8", "surrogatepass"))
        digest.update(b"\xff")
    return digest.hexdigest()


def documents_hash(sides: Sequence[Sequence[Document]]) -> str:
    """Hash of words and annotation together (hex sha256).

    Args:
        sides: Lists of documents; which list a document stands in counts.
    """
    digest = hashlib.sha256()
    for documents in sides:
        digest.update(words_hash(documents).encode())
        for document in documents:
            annotation = (
                document.title,
                document.sentence_starts,
                [(e.type, [(m.start, m.end) for m in e.mentions]) for e in document.entities],
                [(r.head, r.tail, r.type) for r in document.relations],
            )
            digest.update(json.dumps(annotation).encode())
    return digest.hexdigest()


def tokenizer_hash(tokenizer: Any) -> str:
    """Hash of all that decides how words become pieces (hex sha256); padding and truncation do not."""
    state = json.loads(tokenizer.backend_tokenizer.to_str())
    state.pop("padding", None)
    state.pop("truncation", None)
    text = json.dumps([state, tokenizer.unk_token_id], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _read(path: Path, documents: Sequence[Document]) -> list[EncodedDocument] | None:
    """The entry, or None where there is none that fits the documents."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as entry:
            pieces, lengths = entry["pieces"], entry["word_lengths"]
    except FileNotFoundError:
        return None
    except Exception as error:  # a damaged file may raise anything; whatever it is, the entry can be computed anew
        log.warning("the cache entry %s is damaged (%s) and will be recomputed", path, error)
        return None
    if not _fits(pieces, lengths, documents):
        log.warning("the cache entry %s does not fit its documents and will be recomputed", path)
        return None
    return split_pieces(documents, pieces, lengths)


def _fits(pieces: npt.NDArray[Any], lengths: npt.NDArray[Any], documents: Sequence[Document]) -> bool:
    return (
        pieces.dtype == lengths.dtype == np.int32
        and lengths.shape == (sum(document.n_words for document in documents),)
        and pieces.shape == (int(lengths.sum()),)
        and bool((lengths > 0).all())
    )


def _write(path: Path, encoded: Sequence[EncodedDocument]) -> None:
    """Writes beside the entry, then renames: readers see a whole file or none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez(
                    file,
                    pieces=np.concatenate([e.pieces for e in encoded]),
                    word_lengths=np.concatenate([np.diff(e.word_starts) for e in encoded]),
                )
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        log.warning("the cache entry %s could not be written (%s); the next run will encode again", path, error)
