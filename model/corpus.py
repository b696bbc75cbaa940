"""The data of a thread: where the documents come from and how they are split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.data.cache import documents_hash
from model.data.docred import read_docred
from model.data.document import Document
from model.data.split import split_documents
from model.errors import ModelError
from model.options import read_record, refuse_unknown
from model.schema import LabelSchema


@dataclass(frozen=True, kw_only=True, slots=True)
class DataConfig:
    """The ``data:`` part of a thread file.

    Attributes:
        train: File of training documents, from the thread file's folder.
        validation: File of validation documents; without one a share of ``train`` is held out.
        test: File of test documents; never read while tuning.
        atlas_documents: Documents of the built-in world instead of files; 0 for none.
        atlas_seed: Its seed.
        validation_share: Share of ``train`` held out where no validation file is named, 0..1.
        seed: Of that split and of the subsets.
    """

    train: str | None = None
    validation: str | None = None
    test: str | None = None
    atlas_documents: int = 0
    atlas_seed: int = 0
    validation_share: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        if (self.train is None) == (self.atlas_documents == 0):
            raise ModelError(
                "data must name either a training file or an atlas",
                "write data: {train: FILE} or data: {atlas: {documents: 60, seed: 1}}",
            )
        if self.validation is None and not 0 < self.validation_share < 1:
            raise ModelError(f"validation_share must lie between 0 and 1; given: {self.validation_share}")

    @classmethod
    def from_mapping(cls, given: Mapping[str, Any]) -> "DataConfig":
        """Reads the ``data:`` part of a thread file.

        Raises:
            ModelError: If a key is unknown or a value does not fit.
        """
        rest = dict(given)
        atlas = rest.pop("atlas", None)
        refuse_unknown(rest, ("train", "validation", "test", "atlas", "validation_share", "seed"), "data options")
        if atlas is not None:
            if not isinstance(atlas, Mapping):
                raise ModelError(f"atlas must be written as {{documents: N, seed: S}}; given: {atlas!r}")
            refuse_unknown(atlas, ("documents", "seed"), "atlas options")
            rest |= {"atlas_documents": atlas.get("documents", 60), "atlas_seed": atlas.get("seed", 0)}
        return read_record(cls, rest, "data options")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Corpus:
    """Documents to learn from and to score on.

    Attributes:
        train: Training documents.
        validation: Validation documents.
        schema: Types of the training documents (and of the validation documents, which cost nothing to know).
        data_hash: Of the documents and the split.
    """

    train: Sequence[Document]
    validation: Sequence[Document]
    schema: LabelSchema
    data_hash: str


def load_corpus(config: DataConfig, base_dir: Path) -> Corpus:
    """Reads and splits the documents.

    Raises:
        ModelError: If a file cannot be read or no documents remain on one side.
    """
    if config.atlas_documents:
        from model.data.atlas import generate

        documents = generate(config.atlas_documents, seed=config.atlas_seed)
    else:
        documents = read_docred(base_dir / str(config.train))
    if config.validation is not None:
        train, validation = documents, read_docred(base_dir / config.validation)
    else:
        train, validation = split_documents(documents, config.validation_share, config.seed)
    if not train or not validation:
        raise ModelError(
            f"both sides of the split need documents; given: {len(train)} to train, {len(validation)} to validate",
            "give more documents or another validation_share",
        )
    return Corpus(
        train=train,
        validation=validation,
        schema=LabelSchema.from_documents([*train, *validation]),
        data_hash=documents_hash([train, validation])[:16],
    )
