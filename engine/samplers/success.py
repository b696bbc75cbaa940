"""Where trials succeed: the chance that a configuration trains to its end, learned from those that did not.

For each kind of failure (out of memory, divergence, timeout, …) alone, for each has its own cause: a point is compared
with the trials that came through and with those that failed that way, in the lengths of a Gaussian process fitted to
success and failure, so that hyperparameters that do not matter for the failure do not count. Between a success and a
failure the chance falls evenly: the edge may lie anywhere between them. Far from all trials it is the share of trials
that succeed. Where failures follow no pattern the process calls them noise, and the chance is that share everywhere.

Notations:
    n  trials.
    m  points.
    D  columns: one for each hyperparameter, see `encode`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.space.dimension import Dimension
from engine.values import Value

LEAST_CHANCE = 0.85
"""Chance of success below which a model's proposal is not taken: about one in seven guided trials may fail while a
search feels its way along an edge."""

SHARE_OF_BEST = 0.95
"""Where no point is that likely to succeed, those count that are nearly as likely as the likeliest."""

FAR = 1.0
"""Distance, in lengths, from which on the nearest trials say no more than the share of all that succeed."""

MOST_TRIALS = 160
"""Successes, and failures of a kind, that are looked at at most, the newest: the cost is cubic."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Kind:
    """What is known of one kind of failure.

    Attributes:
        succeeded: Trials that came through, in lengths; shape (n, D).
        failed: Trials that failed that way, in lengths; shape (n, D).
        lengths: Shape (D,).
        order: How far the failures follow a pattern, in [0, 1]; 0 is noise.
    """

    succeeded: Any
    failed: Any
    lengths: Any
    order: float

    def chance(self, points: Any) -> Any:
        """Chance of not failing this way at points (m, D); shape (m,)."""
        import numpy as np

        usual = (len(self.succeeded) + 1) / (len(self.succeeded) + len(self.failed) + 2)
        scaled = points / self.lengths
        near = [1.0 / (_distance(scaled, trials) + 1e-9) if len(trials) else np.zeros(len(points))
                for trials in (self.succeeded, self.failed)]  # fmt: skip
        found = (near[0] + usual / FAR) / (near[0] + near[1] + 1.0 / FAR)
        return self.order * found + (1.0 - self.order) * usual


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Success:
    """The chance of success over the whole space.

    Attributes:
        kinds: What is known of each kind of failure.
    """

    kinds: tuple[Kind, ...]

    def chance(self, points: Any) -> Any:
        """Chance of success at points (m, D); shape (m,)."""
        return math.prod(kind.chance(points) for kind in self.kinds)

    def likely(self, points: Any, least: float = LEAST_CHANCE) -> tuple[Any, float]:
        """The chances, and what a point of these needs: ``least``, or near the best of them where none reaches it."""
        chances = self.chance(points)
        return chances, min(least, SHARE_OF_BEST * float(chances.max()))


def learn_success(succeeded: Any, failed: Mapping[str, Any]) -> Success | None:
    """Learn from encoded trials (n, D) that came through and those that failed, by kind; None without failures."""
    import numpy as np

    kinds = []
    ok = np.asarray(succeeded, dtype=float)[-MOST_TRIALS:]
    for rows in failed.values():
        bad = np.asarray(rows, dtype=float)[-MOST_TRIALS:]
        if not len(bad):
            continue
        n_columns = bad.shape[1]
        lengths, order = np.full(n_columns, 0.5 * n_columns**0.25), 1.0
        if len(ok):
            from threadpoolctl import threadpool_limits

            from engine.statistics.surrogate import fit_surrogate

            labels = np.concatenate([np.ones(len(ok)), np.zeros(len(bad))])
            with threadpool_limits(limits=1):
                fitted = fit_surrogate(np.concatenate([ok, bad]), labels, np.zeros(n_columns, dtype=bool))
            lengths = fitted.lengths
            order = max((fitted.signal / (fitted.signal + fitted.noise)) ** 2, _skill(ok / lengths, bad / lengths))
        kinds.append(
            Kind(
                succeeded=ok.reshape(-1, n_columns) / lengths,
                failed=bad / lengths,
                lengths=lengths,
                order=float(order),
            )
        )
    return Success(kinds=tuple(kinds)) if kinds else None


def encode(dimensions: Sequence[Dimension], params: Mapping[str, Value]) -> list[float]:
    """A configuration as columns: the share of what has an order, one column a choice of what has none."""
    row: list[float] = []
    for dimension in dimensions:
        value = params[dimension.name]
        if dimension.is_ordered:
            row.append(min(max(dimension.to_share(value), 0.0), 1.0))
        else:
            row += [float(dimension.index(value) == place) for place in range(len(dimension.choices))]
    return row


def _skill(ok: Any, bad: Any) -> float:
    """How much better than their share the nearest other trials tell success from failure, in [0, 1].

    The root of one minus the ratio of the squared errors, each trial left out in turn. Beside the noise of the process,
    which rises as a search closes in on an edge and successes and failures come to lie next to each other.
    """
    import numpy as np

    points, labels = np.concatenate([ok, bad]), np.concatenate([np.ones(len(ok)), np.zeros(len(bad))])
    apart = np.sqrt(((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2))
    np.fill_diagonal(apart, np.inf)
    to_ok, to_bad = apart[:, labels == 1].min(axis=1), apart[:, labels == 0].min(axis=1)
    near = [np.where(np.isfinite(far), 1.0 / (far + 1e-9), 0.0) for far in (to_ok, to_bad)]
    usual = labels.mean()
    expected = (near[0] + usual / FAR) / (near[0] + near[1] + 1.0 / FAR)
    ratio = float(((expected - labels) ** 2).mean()) / max(float(((usual - labels) ** 2).mean()), 1e-9)
    return math.sqrt(max(0.0, 1.0 - ratio))


def _distance(points: Any, trials: Any) -> Any:
    """Distance of each point to the nearest trial; both in lengths."""
    import numpy as np

    squares = (points**2).sum(axis=1)[:, None] + (trials**2).sum(axis=1)[None, :] - 2.0 * points @ trials.T
    return np.sqrt(np.maximum(squares.min(axis=1), 0.0))
