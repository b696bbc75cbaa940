"""What is kept of one document at one mention and one coreference threshold: scored relations with their truth.

Legend: E entities, P ordered entity pairs, R relation types, N candidates kept.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.calibration.gold_matching import Truth, cluster_key
from model.inference.inference_records import Relations
from model.thresholds.candidates import collapse_duplicates
from model.thresholds.thresholds import keep


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DocumentRecord:
    """One document's part of a :class:`~model.thresholds.candidates.RelationCandidates`.

    Attributes:
        score: float32 ``[N]``.
        relation_type: int16 ``[N]``.
        gold: ``[N]`` with exact clusters and entity types.
        gold_ignoring_types: ``[N]`` with exact clusters.
        pair: int32 ``[N]`` row of the ordered pair.
        n_pairs: P.
        coref: Hits, predictions and gold of clusters.
        entity: The same of typed clusters.
        counts: float32 ``[P]`` predicted number of relations of each pair; None without a count head.
        n_left_out: Candidates above the floor that the cap left out.
    """

    score: npt.NDArray[np.float32]
    relation_type: npt.NDArray[np.int16]
    gold: npt.NDArray[np.bool_]
    gold_ignoring_types: npt.NDArray[np.bool_]
    pair: npt.NDArray[np.int32]
    n_pairs: int
    coref: tuple[int, int, int]
    entity: tuple[int, int, int]
    counts: npt.NDArray[np.float32] | None
    n_left_out: int

    @property
    def n_bytes(self) -> int:
        """Memory of the arrays."""
        arrays = (self.score, self.relation_type, self.gold, self.gold_ignoring_types, self.pair, self.counts)
        return sum(array.nbytes for array in arrays if array is not None)


def record(
    relations: Relations, truth: Truth, *, floor: float, most: int, counts: npt.NDArray[np.float32] | None = None
) -> DocumentRecord:
    """Compares what was found with gold and keeps the scores that a threshold may pass.

    Args:
        relations: Of one document.
        truth: Of the same.
        floor: Scores below it are not kept.
        most: Candidates kept at most; those of lowest score go first.
        counts: Predicted number of relations of each pair.
    """
    n_types = relations.scores.shape[1]
    flat = relations.scores.reshape(-1)
    kept = np.flatnonzero(keep(flat, floor))
    n_left_out = max(0, len(kept) - most)
    if n_left_out:
        kept = np.sort(kept[np.argpartition(-flat[kept], most)[:most]])
    keys = [cluster_key(truth.keys[rows]) for rows in relations.clusters]
    found = np.array([truth.clusters.get(key, -1) for key in keys], dtype=np.int64)
    strict, lenient = _gold_cells(found, relations.types, truth, n_types)
    pair, kind = np.divmod(kept, max(1, n_types))
    columns: dict[str, Any] = {
        "score": flat[kept],
        "relation_type": kind.astype(np.int16),
        "gold": np.isin(kept, strict),
        "gold_ignoring_types": np.isin(kept, lenient),
        "pair": pair.astype(np.int32),
    }
    named = list(zip(keys, relations.types.tolist(), strict=True))
    if len(set(named)) < len(named):  # only given clusters can repeat
        number = {name: i for i, name in enumerate(dict.fromkeys(named))}
        entity = np.array([number[name] for name in named])
        same = entity[relations.pairs[:, 0]] * len(number) + entity[relations.pairs[:, 1]]
        first = collapse_duplicates(columns["score"], same[columns["pair"]], columns["relation_type"])
        columns = {name: column[first] for name, column in columns.items()}
    typed = {(f, t) for f, t in zip(found.tolist(), relations.types.tolist(), strict=True) if f >= 0}
    return DocumentRecord(
        **columns,
        n_pairs=len(relations.pairs),
        coref=(len(set(found[found >= 0].tolist())), len(set(keys)), len(truth.clusters)),
        entity=(sum(t in truth.types[f] for f, t in typed), len(set(named)), truth.n_entities),
        counts=counts,
        n_left_out=n_left_out,
    )


def _gold_cells(
    found: npt.NDArray[np.int64], types: npt.NDArray[np.int64], truth: Truth, n_types: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Cells of the flattened ``[P, R]`` scores that are gold: with entity types, and without regard to them."""
    cells: tuple[list[npt.NDArray[np.int64]], list[npt.NDArray[np.int64]]] = ([], [])
    n = len(found)
    gold = truth.relations
    # Usually each gold cluster was found at most once; given clusters may repeat.
    for heads, tails in _rounds(found, len(truth.clusters)):
        head, tail = heads[gold[:, 0]], tails[gold[:, 2]]
        there = (head >= 0) & (tail >= 0) & (head != tail)
        head, tail, rows = head[there], tail[there], gold[there]
        # Ordered pairs leave out (e, e): those with a tail behind the head have moved up by one.
        cell = (head * (n - 1) + tail - (tail > head)) * n_types + rows[:, 4]
        typed = (types[head] == rows[:, 1]) & (types[tail] == rows[:, 3])
        cells[0].append(cell[typed])
        cells[1].append(cell)
    return np.concatenate(cells[0]), np.concatenate(cells[1])


def _rounds(found: npt.NDArray[np.int64], n_clusters: int) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Tables from gold cluster to entity (-1 for none), for heads and for tails; one pair unless some repeat."""
    tables = [np.full(n_clusters, -1, dtype=np.int64)]
    for entity in np.flatnonzero(found >= 0):
        for table in tables:
            if table[found[entity]] < 0:
                table[found[entity]] = entity
                break
        else:
            tables.append(np.full(n_clusters, -1, dtype=np.int64))
            tables[-1][found[entity]] = entity
    if len(tables) > 1:  # fill up, so that every repeat meets every other
        return [(_filled(a, tables[0]), _filled(b, tables[0])) for a in tables for b in tables]
    return [(tables[0], tables[0])]


def _filled(table: npt.NDArray[np.int64], first: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.where(table >= 0, table, first)
