"""Batches for training and evaluation, built in this process in a seeded order.

Legend: B documents of a batch.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch

from model.data.alignment import EncodedDocument
from model.data.batch import Layout, SampleBatch, TextBatch, sample_batch, text_batch, to_device
from model.data.document import Document
from model.data.sampling import DocumentSampler

Pos = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Documents:
    """Encoded documents and what the encoder wants to know about them.

    Attributes:
        encoded: The documents.
        layout: How the encoder wants its rows.
        pos: Part-of-speech class of each word, by document; None where the model has none.
    """

    encoded: Sequence[EncodedDocument]
    layout: Layout
    pos: Sequence[Pos] | None = None

    def __len__(self) -> int:
        return len(self.encoded)

    def subset(self, rows: Sequence[int]) -> "Documents":
        """Some of them, in the order given."""
        return replace(
            self,
            encoded=[self.encoded[i] for i in rows],
            pos=None if self.pos is None else [self.pos[i] for i in rows],
        )

    def text(self, rows: Sequence[int]) -> TextBatch:
        """Some of them as the encoder reads them."""
        pos = None if self.pos is None else [self.pos[i] for i in rows]
        return text_batch([self.encoded[i] for i in rows], self.layout, pos)

    @property
    def plain(self) -> list[Document]:
        """The documents without their pieces."""
        return [encoded.document for encoded in self.encoded]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EvaluationBatch:
    """A few documents to predict.

    Attributes:
        documents: B of them.
        text: As the encoder reads them.
    """

    documents: tuple[Document, ...]
    text: TextBatch

    def slices(self) -> Iterator[tuple[Document, tuple[int, int]]]:
        """Each document with the range of its words."""
        return zip(self.documents, pairwise(self.text.word_offsets), strict=True)

    def to(self, device: torch.device) -> "EvaluationBatch":
        """The batch with its tensors on ``device``."""
        return replace(self, text=to_device(self.text, device))


class TrainingBatches:
    """The batches of an epoch; iterating again gives those of the epoch that is current then.

    Args:
        documents: The training documents; those without a word teach nothing and are left out.
        sampler: Draws their samples.
        batch_size: B.
        seed: Together with the epoch it fixes the order.
        epoch: Tells the current epoch, from 0.
    """

    def __init__(
        self,
        documents: Documents,
        sampler: DocumentSampler,
        *,
        batch_size: int,
        seed: int,
        epoch: Callable[[], int] = lambda: 0,
    ) -> None:
        self.documents = documents
        self.sampler = sampler
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = epoch
        self._rows = np.flatnonzero([encoded.document.n_words > 0 for encoded in documents.encoded])

    def __len__(self) -> int:
        return math.ceil(len(self._rows) / self.batch_size)

    def __iter__(self) -> Iterator[SampleBatch]:
        epoch = self.epoch()
        order = np.random.default_rng((self.seed, epoch)).permutation(self._rows).tolist()
        for start in range(0, len(order), self.batch_size):
            rows = order[start : start + self.batch_size]
            yield sample_batch(self.documents.text(rows), [self.sampler.sample(i, epoch) for i in rows])


class EvaluationBatches:
    """All documents in order, ``batch_size`` at a time.

    Args:
        documents: To predict.
        batch_size: B; one document at a time wastes no padding, which is best on a CPU.
    """

    def __init__(self, documents: Documents, batch_size: int = 1) -> None:
        self.documents = documents
        self.batch_size = batch_size

    def __len__(self) -> int:
        return math.ceil(len(self.documents) / self.batch_size)

    def __iter__(self) -> Iterator[EvaluationBatch]:
        for start in range(0, len(self.documents), self.batch_size):
            rows = range(start, min(start + self.batch_size, len(self.documents)))
            documents = tuple(self.documents.encoded[i].document for i in rows)
            yield EvaluationBatch(documents=documents, text=self.documents.text(rows))
