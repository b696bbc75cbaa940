"""The ``data:`` part of a thread file: where documents come from, and on which side of the split each stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.config_reader import read_record, refuse_unknown
from model.data.atlas import generate
from model.data.cache import documents_hash
from model.data.document import Document
from model.data.formats import data_format
from model.data.schema import LabelSchema
from model.data.split import split_documents
from model.errors import ModelError

KEYS = ("train", "validation", "test", "atlas", "validation_share", "seed", "limit", "format")
"""The keys of ``data:``."""

ATLAS_DOCUMENTS = 60
"""Size of the built-in corpus where none is given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DataConfig:
    """The data options.

    Attributes:
        train: File of training documents, from the thread file's folder.
        validation: File of validation documents; without one a share of the training documents is held out.
        test: File of test documents; never read while tuning.
        atlas_documents: Documents of the built-in world instead of a training file; 0 for none.
        atlas_seed: Its seed.
        validation_share: Share held out where no validation file is named, between 0 and 1.
        seed: Of that split and of the subsets.
        limit: Reads only the first so many documents of each file; None for all.
        format: Name of the files' format, see `model.data.formats`.
    """

    train: str | None = None
    validation: str | None = None
    test: str | None = None
    atlas_documents: int = 0
    atlas_seed: int = 0
    validation_share: float = 0.2
    seed: int = 0
    limit: int | None = None
    format: str = "docred"

    def __post_init__(self) -> None:
        if self.atlas_documents < 0:
            raise ModelError(f"atlas: documents must not be negative; given: {self.atlas_documents}")
        if (self.train is None) == (self.atlas_documents == 0):
            raise ModelError(
                "data must name either a training file or an atlas",
                "write data: {train: FILE} or data: {atlas: {documents: 60, seed: 1}}",
            )
        if self.validation is None and not 0 < self.validation_share < 1:
            raise ModelError(f"validation_share must lie between 0 and 1; given: {self.validation_share}")
        if self.limit is not None and self.limit < 1:
            raise ModelError(f"limit must be at least 1 document; given: {self.limit}")
        if self.seed < 0:
            raise ModelError(f"seed must not be negative; given: {self.seed}")

    @classmethod
    def from_mapping(cls, given: Mapping[str, Any]) -> "DataConfig":
        """Reads the ``data:`` part of a thread file.

        Raises:
            ModelError: If a key is unknown or a value does not fit.
        """
        refuse_unknown(given, KEYS, "data options")
        rest = dict(given)
        atlas = rest.pop("atlas", None)
        if atlas is not None:
            if not isinstance(atlas, Mapping):
                raise ModelError(f"atlas must be written as {{documents: N, seed: S}}; given: {atlas!r}")
            refuse_unknown(atlas, ("documents", "seed"), "atlas options")
            rest |= {"atlas_documents": atlas.get("documents", ATLAS_DOCUMENTS), "atlas_seed": atlas.get("seed", 0)}
        return read_record(cls, rest, "data options")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Corpus:
    """Documents to learn from and to score on.

    Attributes:
        train: Training documents.
        validation: Validation documents.
        test: Test documents; None unless they were asked for.
        schema: Types of the training and validation documents.
        data_hash: 16 hexadecimal digits that tell two corpora and splits apart; the test documents have no part in it.
    """

    train: Sequence[Document]
    validation: Sequence[Document]
    test: Sequence[Document] | None = None
    schema: LabelSchema
    data_hash: str


def load_corpus(config: DataConfig, base_dir: Path, *, with_test: bool = False) -> Corpus:
    """Reads and splits the documents.

    Args:
        config: The data options.
        base_dir: Folder from which the paths count.
        with_test: Whether to read the test file too. Tuning must not: it would be an opening of the test set.

    Raises:
        ModelError: If a file cannot be read, or a side of the split has no document.
    """
    if config.atlas_documents:
        documents = generate(config.atlas_documents, seed=config.atlas_seed)[: config.limit]
    else:
        documents = _read(config.train, config, base_dir)
    if config.validation is None:
        train, validation = split_documents(documents, config.validation_share, config.seed)
    else:
        train, validation = documents, _read(config.validation, config, base_dir)
    if not train or not validation:
        raise ModelError(
            f"both sides of the split need documents; given: {len(train)} to train, {len(validation)} to validate",
            "give more documents or another validation_share",
        )
    if with_test and config.test is None:
        raise ModelError("data must name a test file for a final test", "add test: FILE to the data options")
    return Corpus(
        train=train,
        validation=validation,
        test=_read(config.test, config, base_dir) if with_test else None,
        schema=LabelSchema.from_documents([*train, *validation]),
        data_hash=documents_hash([train, validation])[:16],
    )


def _read(name: str | None, config: DataConfig, base_dir: Path) -> list[Document]:
    return data_format(config.format).read(base_dir / str(name))[: config.limit]
