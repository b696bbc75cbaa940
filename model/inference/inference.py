"""From word states to predictions in three stages, each of which calibration can repeat without the ones before it.

``scan`` scores every candidate span once a document; ``coreference`` depends on the mention threshold; ``relations``
on the mention and the coreference threshold; the relation threshold is a filter on what ``relations`` returns.

Legend: W words, S candidate spans, M mentions kept, E entities, P ordered entity pairs, Q mention pairs, H width.
"""

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float
from torch import Tensor

from model.data.document import Document
from model.data.edit_distance import edit_distances, phrases
from model.data.pairs import ordered_pairs
from model.data.prediction import Prediction
from model.data.spans import candidate_spans
from model.inference.clustering import complete_linkage, merge_limit
from model.inference.gold_inputs import given_scan
from model.inference.inference_records import Coreference, Known, Relations, Scan
from model.network.joint import JointModel
from model.network.layers import chunks
from model.network.pooling import range_max, width_maxima
from model.network.relation_head import GlobalRelationHead
from model.network.relation_scores import multi_instance_logits
from model.thresholds.thresholds import ThresholdSet, keep

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]
_MIB = 1 << 20


class Inference:
    """The stages for one model; every method runs without gradients.

    Args:
        model: In evaluation mode.
    """

    def __init__(self, model: JointModel) -> None:
        self.model = model
        self.config = model.config
        self.schema = model.schema
        self.budget = model.config.pair_memory * _MIB

    @torch.inference_mode()
    def scan(self, document: Document, words: Float[Tensor, "W H"]) -> Scan:
        """Scores the candidate spans; a model without a mention head takes the gold mentions."""
        if self.model.mention is None:
            given = self.model.coref is None
            types = given and self.model.entity is None
            return given_scan(document, words, self.schema, clusters=given, types=types)
        spans = candidate_spans(document, self.config.max_words)
        # Row (size - 1)·W + start of the flattened maxima is the span of `size` words from `start`.
        maxima = width_maxima(words, self.config.max_words).flatten(0, 1)
        sizes = spans[:, 1] - spans[:, 0]
        rows = torch.from_numpy((sizes - 1).astype(np.int64) * len(words) + spans[:, 0]).to(words.device)
        lengths = torch.from_numpy(sizes.astype(np.int64)).to(words.device)
        logits = [
            self.model.mention(maxima.index_select(0, rows[part]), lengths[part])
            for part in chunks(len(rows), 12 * words.shape[1], self.budget)
        ]
        return Scan(document=document, words=words, spans=spans, scores=_scores(logits, words))

    @torch.inference_mode()
    def coreference(self, scan: Scan, threshold: float, most: int | None = None) -> Coreference:
        """Keeps the mentions and scores their pairs.

        Args:
            scan: The stage before.
            threshold: Score from which a span is a mention.
            most: Mentions kept at most, those of highest score; by default what the cap on pairs allows.
        """
        rows = np.flatnonzero(keep(scan.scores, threshold))
        most = self.most_mentions(scan) if most is None else most
        left_out = max(0, len(rows) - most)
        if left_out and self.model.mention is not None:
            rows = np.sort(rows[np.argsort(-scan.scores[rows], kind="stable")[:most]])
        spans = torch.from_numpy(scan.spans[rows, :2].astype(np.int64)).to(scan.words.device)
        longest = int((scan.spans[rows, 1] - scan.spans[rows, 0]).max(initial=1))
        states = range_max(scan.words, spans[:, 0], spans[:, 1], longest)
        return Coreference(
            scan=scan, rows=rows, states=states, scores=self._pair_scores(scan, rows, states), n_left_out=left_out
        )

    @torch.inference_mode()
    def relations(self, coreference: Coreference, threshold: float, known: Relations | None = None) -> Relations:
        """Clusters the mentions, types the clusters and scores every relation between them.

        Args:
            coreference: The stage before.
            threshold: Score from which mentions are one entity.
            known: Of the same scan at other thresholds; pairs of clusters found there too are not scored again.
        """
        scan = coreference.scan
        if scan.given_entities is not None:
            clusters = [np.array(rows, dtype=np.int64) for rows in scan.given_entities]
        else:
            labels = complete_linkage(
                1.0 - coreference.scores.astype(np.float64), len(coreference.rows), merge_limit(threshold)
            )
            order = np.argsort(labels, kind="stable")
            ends = np.cumsum(np.bincount(labels))[:-1]
            clusters = np.split(coreference.rows[order], ends) if len(labels) else []
        n_types = len(self.schema.relation_types)
        nothing = Relations(
            coreference=coreference,
            clusters=tuple(clusters),
            types=np.zeros(len(clusters), dtype=np.int64),
            type_scores=np.ones(len(clusters), dtype=np.float32),
            pairs=np.zeros((0, 2), dtype=np.int64),
            scores=np.zeros((0, n_types), dtype=np.float32),
        )
        if not clusters or (self.model.entity is None and self.model.relation is None):
            return nothing
        return self._relations(nothing, known)

    def most_mentions(self, scan: Scan) -> int:
        """How many mentions the cap on pairs allows a document."""
        return max(2, math.isqrt(self.config.max_pairs_per_word * len(scan.words)))

    def predict(self, scan: Scan, thresholds: ThresholdSet) -> Prediction:
        """All stages at one set of thresholds."""
        return self.prediction(self.relations(self.coreference(scan, thresholds.mention), thresholds.coref), thresholds)

    def prediction(self, relations: Relations, thresholds: ThresholdSet) -> Prediction:
        """The relation threshold applied, in words and names."""
        return self.in_words(relations, self.kept(relations, thresholds))

    def kept(self, relations: Relations, thresholds: ThresholdSet) -> npt.NDArray[np.bool_]:
        """``[P, R]`` True for the relations that pass the relation threshold."""
        return keep(relations.scores, thresholds.relation_vector(relations.scores.shape[1])[None])

    def in_words(self, relations: Relations, kept: npt.NDArray[np.bool_]) -> Prediction:
        """What was found in words and names.

        Args:
            relations: The last stage.
            kept: ``[P, R]`` True for the relations that hold.
        """
        spans = relations.coreference.scan.spans
        names = self.schema.entity_types
        entities = tuple(
            (frozenset((int(s), int(e)) for s, e in spans[rows, :2].tolist()), names[kind] if names else "")
            for rows, kind in zip(relations.clusters, relations.types.tolist(), strict=True)
        )
        rows, kinds = np.nonzero(kept)
        relation_names = self.schema.relation_types
        found = tuple(
            (head, tail, relation_names[kind], score)
            for (head, tail), kind, score in zip(
                relations.pairs[rows].tolist(), kinds.tolist(), relations.scores[rows, kinds].tolist(), strict=True
            )
        )
        mentions = frozenset((int(s), int(e)) for s, e in spans[relations.coreference.rows, :2].tolist())
        return Prediction(mentions=mentions, entities=entities, relations=found)

    def _relations(self, found: Relations, known: Relations | None) -> Relations:
        """Types and relation scores of the clusters found."""
        model, scan = self.model, found.coreference.scan
        device = scan.words.device
        order = np.concatenate(found.clusters)
        starts = np.cumsum([0] + [len(rows) for rows in found.clusters])
        position = np.searchsorted(found.coreference.rows, order)
        mentions = found.coreference.states[torch.from_numpy(position).to(device)]
        bounds = torch.from_numpy(starts).to(device)
        entities = range_max(mentions, bounds[:-1], bounds[1:], int(np.diff(starts).max()))
        if scan.given_types is not None:
            types = torch.tensor(scan.given_types, device=device).clamp(min=0)
            typed = replace(found, types=types.cpu().numpy())
        elif model.entity is not None:
            likely, types = torch.softmax(model.entity(entities).float(), dim=1).max(dim=1)
            typed = replace(found, types=types.cpu().numpy(), type_scores=_numpy(likely))
        else:
            types = torch.zeros(len(entities), dtype=torch.long, device=device)
            typed = found
        if model.relation is None or len(entities) < 2 or not self.schema.relation_types:
            return typed
        typed = replace(typed, pairs=ordered_pairs(len(entities)))
        if isinstance(model.relation, GlobalRelationHead):
            pairs = torch.from_numpy(typed.pairs).to(device)
            logits = self._global_logits(model.relation, entities, types, pairs)
            return replace(typed, scores=_numpy(torch.sigmoid(logits.float())))
        again = Known.of(typed, known) if known is not None else None
        spans, todo = scan.spans[order], again.todo if again else None
        logits = multi_instance_logits(
            model.relation, scan.words, spans, mentions, entities, starts, types, self.budget, todo
        )
        scores = _numpy(torch.sigmoid(logits.float()))
        return replace(typed, scores=again.fill(scores) if again else scores)

    def _global_logits(self, head: GlobalRelationHead, entities: Tensor, types: Tensor, pairs: Tensor) -> Tensor:
        projected = head.entities.project(entities)
        bytes_each = 12 * entities.shape[1]
        return torch.cat(
            [
                head(projected, pairs[part, 0], pairs[part, 1], types)
                for part in chunks(len(pairs), bytes_each, self.budget)
            ]
        )

    def _pair_scores(self, scan: Scan, rows: Int64, states: Tensor) -> Float32:
        """Scores of the pairs i < j: the direction that clustering reads."""
        if self.model.coref is None or len(rows) < 2:
            return np.zeros(len(rows) * (len(rows) - 1) // 2, dtype=np.float32)
        distances = edit_distances(phrases(scan.document, scan.spans[rows]))
        first, second = np.triu_indices(len(rows), 1)
        device = states.device
        i, j = torch.from_numpy(first).to(device), torch.from_numpy(second).to(device)
        characters = torch.from_numpy(distances[first, second].astype(np.float32)).to(device)
        projected = self.model.coref.pair.project(states)
        logits = [
            self.model.coref.of_projected(projected, i[part], j[part], characters[part])
            for part in chunks(len(i), 16 * states.shape[1], self.budget)
        ]
        return _scores(logits, states)


def _scores(logits: list[Tensor], like: Tensor) -> Float32:
    """Logits in chunks to scores."""
    joined = torch.cat(logits) if logits else like.new_zeros(0)
    return _numpy(torch.sigmoid(joined.float()))


def _numpy(values: Tensor) -> Float32:
    array: Float32 = values.cpu().numpy()
    return array
