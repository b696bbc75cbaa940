"""Documents as the network reads them: pieces padded for the encoder, everything else concatenated without padding.

Legend: B rows of the encoder (documents, or windows of them), L pieces a row, T pieces, W words, N mention samples,
M gold mentions, C coreference pairs, E entities, P entity pairs, Q mention pairs, R relation types.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from model.data.alignment import EncodedDocument
from model.data.pairs import between, mention_pairs, word_distance
from model.data.sampling import DocumentSample
from model.data.windows import WindowPlan, plan_windows

Batch = TypeVar("Batch", "TextBatch", "SampleBatch")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TextBatch:
    """What the encoder reads.

    Attributes:
        pieces: ``[B, L]`` ids.
        mask: ``[B, L]`` True where there is a piece; None where all rows are full.
        cells: ``[T]`` cell of the flattened ``[B·L]`` that speaks for each piece; None where that is every cell in
            order.
        piece_starts: ``[W]`` first piece of each word.
        piece_ends: ``[W]`` one past its last piece.
        most_pieces: Pieces of the longest word.
        pos: ``[W]`` part-of-speech class; None where the model has none.
        attends_globally: ``[B, L]`` Longformer's global attention; None for others.
        word_offsets: First word of each document, and W at the end.
    """

    pieces: Int64[Tensor, "B L"]
    mask: Bool[Tensor, "B L"] | None
    cells: Int64[Tensor, " T"] | None
    piece_starts: Int64[Tensor, " W"]
    piece_ends: Int64[Tensor, " W"]
    most_pieces: int
    pos: Int64[Tensor, " W"] | None
    attends_globally: Bool[Tensor, "B L"] | None
    word_offsets: tuple[int, ...]

    @property
    def n_documents(self) -> int:
        """Documents, however many windows they take."""
        return len(self.word_offsets) - 1


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SampleBatch:
    """What a batch of documents teaches; mentions are rows of ``span_starts``, gold ones first.

    Attributes:
        text: The documents.
        span_starts: ``[N]`` first word, counted over the batch.
        span_ends: ``[N]`` one past the last word.
        mention_labels: ``[N]`` 1 for gold.
        longest_range: Words of the longest span or context.
        n_gold: M.
        entity_starts: ``[E]`` first gold mention of each entity.
        entity_ends: ``[E]`` one past its last.
        most_mentions: Mentions of the largest entity.
        entity_types: ``[E]`` class, -1 unknown.
        coref_pairs: ``[C, 2]`` gold mentions.
        coref_labels: ``[C]`` 1 where both are one entity.
        edit_distances: ``[C]`` characters.
        relation_pairs: ``[P, 2]`` head and tail entity.
        relation_labels: ``[P, R]`` multi-hot.
        pair_heads: ``[Q]`` mention of the head.
        pair_tails: ``[Q]`` mention of the tail.
        pair_rows: ``[Q]`` entity pair each mention pair belongs to.
        pair_counts: ``[P]`` mention pairs of each entity pair.
        context_starts: ``[Q]`` first word between the two.
        context_ends: ``[Q]`` one past the last.
        word_distances: ``[Q]`` words.
        sentence_distances: ``[Q]`` sentences.
    """

    text: TextBatch
    span_starts: Int64[Tensor, " N"]
    span_ends: Int64[Tensor, " N"]
    mention_labels: Float[Tensor, " N"]
    longest_range: int
    n_gold: int
    entity_starts: Int64[Tensor, " E"]
    entity_ends: Int64[Tensor, " E"]
    most_mentions: int
    entity_types: Int64[Tensor, " E"]
    coref_pairs: Int64[Tensor, "C 2"]
    coref_labels: Float[Tensor, " C"]
    edit_distances: Float[Tensor, " C"]
    relation_pairs: Int64[Tensor, "P 2"]
    relation_labels: Float[Tensor, "P R"]
    pair_heads: Int64[Tensor, " Q"]
    pair_tails: Int64[Tensor, " Q"]
    pair_rows: Int64[Tensor, " Q"]
    pair_counts: Int64[Tensor, " P"]
    context_starts: Int64[Tensor, " Q"]
    context_ends: Int64[Tensor, " Q"]
    word_distances: Float[Tensor, " Q"]
    sentence_distances: Float[Tensor, " Q"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """How an encoder wants its rows.

    Attributes:
        positions: Most pieces a row may hold.
        overlap: Pieces shared by neighbouring windows.
        pad: Id of the padding piece.
        multiple: Row lengths are multiples of this (Longformer's attention window).
        global_pos: POS classes whose pieces attend globally; empty for encoders without global attention.
    """

    positions: int
    overlap: int = 64
    pad: int = 0
    multiple: int = 1
    global_pos: frozenset[int] = frozenset()


def text_batch(
    documents: Sequence[EncodedDocument], layout: Layout, pos: Sequence[npt.NDArray[np.integer]] | None = None
) -> TextBatch:
    """Lays documents out as rows.

    Args:
        documents: At least one.
        layout: How the encoder wants its rows.
        pos: Part-of-speech class of each word, document by document.
    """
    plan = plan_windows([d.n_pieces for d in documents], layout.positions, layout.overlap, layout.multiple)
    flat = np.concatenate([d.pieces for d in documents]).astype(np.int64)
    pieces = np.full(plan.shape, layout.pad, dtype=np.int64)
    pieces.reshape(-1)[plan.targets] = flat[plan.sources]
    offsets = np.cumsum([0] + [d.n_pieces for d in documents])
    starts = np.concatenate([d.word_starts[:-1] + o for d, o in zip(documents, offsets[:-1], strict=True)])
    ends = np.concatenate([d.word_starts[1:] + o for d, o in zip(documents, offsets[:-1], strict=True)])
    classes = None if pos is None else np.concatenate(list(pos)).astype(np.int64)
    return TextBatch(
        pieces=torch.from_numpy(pieces),
        mask=None if plan.full else torch.from_numpy(_mask(plan)),
        cells=None if plan.in_order else torch.from_numpy(plan.cells),
        piece_starts=torch.from_numpy(starts.astype(np.int64)),
        piece_ends=torch.from_numpy(ends.astype(np.int64)),
        most_pieces=int((ends - starts).max(initial=1)),
        pos=None if classes is None else torch.from_numpy(classes),
        attends_globally=None
        if classes is None or not layout.global_pos
        else torch.from_numpy(_global(plan, np.isin(classes, list(layout.global_pos)), ends - starts)),
        word_offsets=tuple(np.cumsum([0] + [d.document.n_words for d in documents]).tolist()),
    )


def sample_batch(text: TextBatch, samples: Sequence[DocumentSample]) -> SampleBatch:
    """Joins the samples of the documents of ``text``."""
    words, golds = text.word_offsets, np.cumsum([0] + [s.n_gold for s in samples])
    entities = np.cumsum([0] + [len(s.entity_types) for s in samples])
    spans = np.concatenate(
        [s.mention_spans[: s.n_gold] + o for s, o in zip(samples, words, strict=False)]
        + [s.mention_spans[s.n_gold :] + o for s, o in zip(samples, words, strict=False)]
    ).astype(np.int64)
    sentences = np.concatenate([s.mention_sentences[: s.n_gold] for s in samples])
    starts = np.concatenate(
        [s.entity_starts[:-1] + o for s, o in zip(samples, golds, strict=False)] + [golds[-1:]]
    ).astype(np.int64)
    relations = np.concatenate([s.relation_pairs + o for s, o in zip(samples, entities, strict=False)])
    pairs = mention_pairs(starts, relations)
    between_starts, between_ends = between(spans, pairs.head, pairs.tail)
    n_gold = int(golds[-1])
    return SampleBatch(
        text=text,
        span_starts=torch.from_numpy(spans[:, 0].copy()),
        span_ends=torch.from_numpy(spans[:, 1].copy()),
        mention_labels=(torch.arange(len(spans)) < n_gold).float(),
        longest_range=max(
            int((spans[:, 1] - spans[:, 0]).max(initial=1)), int((between_ends - between_starts).max(initial=1))
        ),
        n_gold=n_gold,
        entity_starts=torch.from_numpy(starts[:-1]),
        entity_ends=torch.from_numpy(starts[1:]),
        most_mentions=int(np.diff(starts).max(initial=1)),
        entity_types=_long([s.entity_types for s in samples]),
        coref_pairs=_long([s.coref_pairs + o for s, o in zip(samples, golds, strict=False)]),
        coref_labels=_float([s.coref_labels for s in samples]),
        edit_distances=_float([s.coref_edit_distances for s in samples]),
        relation_pairs=torch.from_numpy(relations.astype(np.int64)),
        relation_labels=_float([s.relation_labels for s in samples]),
        pair_heads=torch.from_numpy(pairs.head),
        pair_tails=torch.from_numpy(pairs.tail),
        pair_rows=torch.from_numpy(pairs.entity_pair),
        pair_counts=torch.from_numpy(pairs.counts),
        context_starts=torch.from_numpy(between_starts),
        context_ends=torch.from_numpy(between_ends),
        word_distances=torch.from_numpy(word_distance(between_starts, between_ends)).float(),
        sentence_distances=torch.from_numpy(np.abs(sentences[pairs.head] - sentences[pairs.tail])).float(),
    )


def to_device(batch: Batch, device: torch.device) -> Batch:
    """The batch with all its tensors on ``device``."""
    moved: dict[str, Any] = {}
    for field in fields(batch):
        value = getattr(batch, field.name)
        if isinstance(value, Tensor):
            moved[field.name] = value.to(device, non_blocking=True)
        elif isinstance(value, TextBatch):
            moved[field.name] = to_device(value, device)
    return replace(batch, **moved) if device.type != "cpu" else batch


def _mask(plan: WindowPlan) -> npt.NDArray[np.bool_]:
    mask = np.zeros(plan.shape, dtype=bool)
    mask.reshape(-1)[plan.targets] = True
    return mask


def _global(
    plan: WindowPlan, word_is_global: npt.NDArray[np.bool_], pieces_of: npt.NDArray[np.integer]
) -> npt.NDArray[np.bool_]:
    mask = np.zeros(plan.shape, dtype=bool)
    mask.reshape(-1)[plan.targets] = np.repeat(word_is_global, pieces_of)[plan.sources]
    return mask


def _long(parts: Sequence[npt.NDArray[np.integer]]) -> Tensor:
    return torch.from_numpy(np.concatenate(parts).astype(np.int64))


def _float(parts: Sequence[npt.NDArray[np.integer]]) -> Tensor:
    return torch.from_numpy(np.concatenate(parts).astype(np.float32))
