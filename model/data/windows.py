"""Documents longer than the encoder's positions are read in overlapping windows and merged; nothing is cut.

Legend: B rows, L cells a row, T pieces of all documents, C pieces of all windows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.errors import ModelError

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class WindowPlan:
    """Which piece stands in which cell, and which cell speaks for which piece.

    Attributes:
        shape: (B, L).
        sources: ``[C]`` piece, counted over all documents …
        targets: ``[C]`` … and the cell of the flattened rows it stands in.
        cells: ``[T]`` the cell whose state is taken for each piece: of the windows that hold it, the one where it is
            farthest from an edge that is not the document's own, so that it sees context on both sides.
        full: True if no cell is padding.
        in_order: True if the cells are the pieces as they stand: no padding, no document in several windows.
    """

    shape: tuple[int, int]
    sources: Int64
    targets: Int64
    cells: Int64
    full: bool
    in_order: bool


def plan_windows(lengths: Sequence[int], positions: int, overlap: int, multiple: int = 1) -> WindowPlan:
    """Lays documents of the given lengths (in pieces) out in rows of at most ``positions`` cells.

    Args:
        lengths: Pieces of each document; one without any takes no row.
        positions: Most cells a row may have.
        overlap: Pieces two neighbouring windows share at least, where a document needs several.
        multiple: Row lengths are rounded up to a multiple of this.

    Raises:
        ModelError: If windows would not advance.
    """
    if max(lengths, default=0) > positions and overlap >= positions:
        raise ModelError(
            f"windows must advance: the overlap must be below the encoder's {positions} positions; given: {overlap}"
        )
    rows: list[tuple[int, int, int, int]] = []  # first piece, length, pieces before and after in the document
    base = 0
    for length in lengths:
        for start, end in windows(length, positions, overlap) if length else ():
            rows.append((base + start, end - start, start, length - end))
        base += length
    longest = max((n for _, n, _, _ in rows), default=1)
    width = min(-(-longest // multiple) * multiple, max(positions, longest))
    first, sizes, before, after = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    row = np.repeat(np.arange(len(rows)), sizes)
    within = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    sources, targets = first[row] + within, row * width + within
    single = len(rows) == sum(length > 0 for length in lengths)
    if single:
        cells = targets
    else:
        far = np.iinfo(np.int64).max
        left = np.where(before[row] > 0, within, far)
        right = np.where(after[row] > 0, sizes[row] - 1 - within, far)
        # Of each piece's cells the last in this order is the one with the most context; on a tie the earlier window.
        order = np.lexsort((-targets, np.minimum(left, right), sources))
        last = np.flatnonzero(np.diff(sources[order], append=-1))
        cells = targets[order][last]
    full = len(targets) == len(rows) * width
    return WindowPlan(
        shape=(len(rows), width),
        sources=sources,
        targets=targets,
        cells=cells,
        full=full,
        in_order=full and single,
    )


def windows(length: int, positions: int, overlap: int) -> list[tuple[int, int]]:
    """Spans of equal-sized windows that cover ``length`` pieces and share at least ``overlap`` with their neighbour."""
    if length <= positions:
        return [(0, length)]
    count = -(-(length - overlap) // (positions - overlap))
    last = length - positions
    return [(start, start + positions) for start in (round(i * last / (count - 1)) for i in range(count))]
