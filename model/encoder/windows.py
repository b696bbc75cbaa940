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
    """

    shape: tuple[int, int]
    sources: Int64
    targets: Int64
    cells: Int64
    full: bool


def plan_windows(lengths: Sequence[int], positions: int, overlap: int, multiple: int = 1) -> WindowPlan:
    """Lays documents of the given lengths (in pieces) out in rows of at most ``positions`` cells.

    Args:
        lengths: Pieces of each document.
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
        for start, end in windows(length, positions, overlap):
            rows.append((base + start, end - start, start, length - end))
        base += length
    longest = max((n for _, n, _, _ in rows), default=1)
    width = min(-(-longest // multiple) * multiple, max(positions, longest))
    first, sizes = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    row = np.repeat(np.arange(len(rows)), sizes)
    within = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    sources, targets = first[row] + within, row * width + within
    if len(rows) == len(lengths):
        cells = targets
    else:
        far = np.iinfo(np.int64).max
        left = np.where(np.array([r[2] for r in rows])[row] > 0, within, far)
        right = np.where(np.array([r[3] for r in rows])[row] > 0, sizes[row] - 1 - within, far)
        # Of each piece's cells the last in this order is the one with the most context; on a tie the earlier window.
        order = np.lexsort((-targets, np.minimum(left, right), sources))
        last = np.flatnonzero(np.diff(sources[order], append=-1))
        cells = targets[order][last]
    return WindowPlan(
        shape=(len(rows), width),
        sources=sources,
        targets=targets,
        cells=cells,
        full=len(targets) == len(rows) * width,
    )


def windows(length: int, positions: int, overlap: int) -> list[tuple[int, int]]:
    """Spans of equal-sized windows that cover ``length`` pieces and share at least ``overlap`` with their neighbour."""
    if length <= positions:
        return [(0, length)]
    count = -(-(length - overlap) // (positions - overlap))
    last = length - positions
    return [(start, start + positions) for start in (round(i * last / (count - 1)) for i in range(count))]
