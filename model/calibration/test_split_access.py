"""The test split is opened on purpose only, and every opening is written into the checkpoint's card.

A test score that was looked at many times is a validation score. So a checkpoint knows which file its configuration
names as test, refuses to be calibrated on it, is evaluated on it only when asked in so many words, and counts.
"""

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.checkpoint import read_card, write_card
from model.data.docred import read_docred
from model.data.document import Document
from model.data.source import Corpus, DataConfig, load_corpus
from model.errors import ModelError


def origin_of(options: Mapping[str, Any], base_dir: Path) -> dict[str, Any]:
    """What a card says about where its documents came from.

    Args:
        options: The ``data:`` options of the thread file.
        base_dir: Its folder.
    """
    test = options.get("test")
    named = (base_dir / str(test)).resolve() if test else None
    return {
        "options": dict(options),
        "base_dir": str(base_dir.resolve()),
        "test": {"file": str(named), "sha256": file_hash(named)} if named is not None else None,
    }


def file_hash(file: Path) -> str:
    """SHA-256 of a file's bytes; empty if it is not there."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def is_test(card: Mapping[str, Any], file: Path) -> bool:
    """Whether a file is the test split of a checkpoint, or a copy of it."""
    test = (card.get("origin") or {}).get("test")
    if not test:
        return False
    return str(file.resolve()) == test["file"] or (bool(test["sha256"]) and file_hash(file) == test["sha256"])


def refuse_test(card: Mapping[str, Any], file: Path, hint: str) -> None:
    """Raises a ModelError if the file is the checkpoint's test split."""
    if is_test(card, file):
        raise ModelError(f"{file} is the test split of this checkpoint's data options", hint)


def open_documents(
    card: Mapping[str, Any], folder: Path, file: Path | None, *, open_test: bool = False
) -> tuple[list[Document], Path | None]:
    """Documents to evaluate a checkpoint on, and the test file if that is what was opened.

    Args:
        card: Of the checkpoint.
        folder: Of the checkpoint.
        file: In DocRED's format; None for its test file with ``open_test``, else for its validation documents.
        open_test: True to open the test split; a ``file`` named with it counts as one.

    Raises:
        ModelError: If the file is the test split and was not to be opened, or holds nothing.
    """
    if file is None and not open_test:
        return validation_documents(card, folder), None
    where = file if file is not None else test_file(card)
    if not open_test:
        refuse_test(card, where, "to open it, and have it counted, add --open-test")
    documents = read_docred(where)
    if not documents:
        raise ModelError(f"{where} must hold documents; it is empty")
    return documents, where if open_test else None


def test_file(card: Mapping[str, Any]) -> Path:
    """The test file that the checkpoint's data options name.

    Raises:
        ModelError: If they name none.
    """
    test = (card.get("origin") or {}).get("test")
    if not test:
        raise ModelError("the checkpoint's data options must name a test file to open", "name the FILE to evaluate on")
    return Path(test["file"])


def record_opening(folder: Path, file: Path, metrics: Mapping[str, float]) -> int:
    """Writes an opening into the card; returns how many there are now.

    Args:
        folder: The checkpoint.
        file: The test file.
        metrics: What was read there.
    """
    card = read_card(folder)
    openings = card.setdefault("test_openings", [])
    openings.append({"at": time.time(), "file": str(file.resolve()), "sha256": file_hash(file), **metrics})
    write_card(folder, card)
    return len(openings)


def validation_documents(card: Mapping[str, Any], folder: Path) -> list[Document]:
    """The validation documents of a checkpoint, split again as its training did.

    Raises:
        ModelError: If the card does not say where they are, or they have changed since.
    """
    return list(_corpus(card, folder).validation)


def training_documents(card: Mapping[str, Any], folder: Path) -> list[Document]:
    """The documents a checkpoint was trained on.

    Raises:
        ModelError: As :func:`validation_documents`.
    """
    return list(_corpus(card, folder).train)


def _corpus(card: Mapping[str, Any], folder: Path) -> Corpus:
    origin = card.get("origin")
    if not origin:
        raise ModelError(f"{folder} does not say where its documents are", "name a DATA file")
    corpus = load_corpus(DataConfig.from_mapping(origin["options"]), Path(origin["base_dir"]))
    if corpus.data_hash != card["data_hash"]:
        raise ModelError(
            f"the documents of {folder} have changed since the checkpoint was trained "
            f"(hash {card['data_hash']} then, {corpus.data_hash} now)",
            "name a DATA file of documents it was not trained on",
        )
    return corpus
