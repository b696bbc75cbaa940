"""Ranks across stages: do early scores predict late ones? (paper Table 2; hypothesis 1 in §3).

Works on any table of entries × stages: threads at three stages, or the same configurations at two fidelities.

Notations:
    n    entries that both stages scored.
    tau  Kendall's tau-b.
    rho  Spearman's rho, Pearson's r of average ranks.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from engine.errors import EngineError
from engine.statistics.chance import Floats, average_ranks
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord, ranked

N_RESAMPLES = 2000
"""Bootstrap resamples: the ends of a 95 % interval settle to about 0.01."""

MAX_RERANKED = 50
"""Up to so many entries every resample is ranked anew; beyond, the ranks themselves are resampled: nearly the same."""

FEWEST = 5
"""Entries from which ranks can agree beyond chance: of four, even the same order has p = 2/4! = 0.08; of five 0.02."""

FEWEST_RESAMPLED = 10
"""Entries from which a bootstrap says anything: resamples of five ranks hardly differ, whatever the truth."""

BIG_MOVE = 0.5
"""A move over half the field or more is a reversal, whatever the rank it began at."""

WINNERS = 3
"""Ranks that count as winners: the next stage is primed with three (paper §3). Below twice that rank a winner fell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """How one entry's rank changed between two stages.

    Attributes:
        name: The entry.
        before: Its competition rank in the earlier stage, among the entries both scored.
        after: The same in the later stage.
    """

    name: str
    before: int
    after: int

    @property
    def size(self) -> int:
        """Ranks lost (positive) or gained (negative)."""
        return self.after - self.before


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """How far two stages agree on the order of the entries both scored.

    Attributes:
        before: Name of the earlier stage.
        after: Name of the later stage.
        n: Entries both scored.
        kendall: tau-b; None for n < `FEWEST` and where all scores of a stage are equal.
        spearman: rho; None likewise.
        fisher: 95 % interval of rho by Fisher's transformation; None where rho is.
        bootstrap: 95 % interval of rho by resampling entries; None likewise.
        moves: Every entry's move, largest first.
        reversals: The moves that would mislead: half the field or more, or a winner that fell below the sixth.
        metric: What the entries' scores measure; empty where all entries have the same.
    """

    before: str
    after: str
    n: int
    kendall: float | None
    spearman: float | None
    fisher: tuple[float, float] | None
    bootstrap: tuple[float, float] | None
    moves: tuple[Move, ...]
    reversals: tuple[Move, ...]
    metric: str = ""

    @property
    def sentence(self) -> str:
        """The agreement in one plain sentence."""
        stages = f"{self.before} and {self.after}" + (f", {self.metric}" if self.metric else "")
        if self.n < FEWEST:
            return f"{stages}: rank correlation needs ≥ {FEWEST} shared entries (has {self.n})"
        if self.spearman is None or self.kendall is None:
            return f"{stages}: no rank agreement: all {self.n} shared entries score alike in one of them"
        interval = "" if self.fisher is None else f", 95 % interval {self.fisher[0]:+.2f} … {self.fisher[1]:+.2f}"
        return (
            f"{stages}: Kendall {self.kendall:+.2f}, Spearman {self.spearman:+.2f} "
            f"over {self.n} shared entries{interval}"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Entries × stages.

    Attributes:
        stages: Names in order.
        scores: Stage → entry → score.
        ranks: Stage → entry → competition rank among the entries of that stage and the same metric.
        agreements: One for every pair of stages, in order; where metrics differ, one for each that two entries share.
    """

    stages: tuple[str, ...]
    scores: Mapping[str, Mapping[str, float]]
    ranks: Mapping[str, Mapping[str, int]]
    agreements: tuple[Agreement, ...]


def compare_stages(
    scores: Mapping[str, Mapping[str, float]],
    *,
    direction: Direction = Direction.MAXIMIZE,
    metrics: Mapping[str, tuple[str, Direction]] | None = None,
    seed: int = 0,
) -> Comparison:
    """Rank every stage and compare every pair of them.

    Args:
        scores: Stage → entry → score, stages in order; an entry may lack a stage; scores that are no numbers count
            as lacking.
        direction: Which way the score is better, of entries without a metric.
        metrics: Entry → metric and its direction; scores of different metrics are not ranked against each other.
        seed: Of the bootstrap.
    """
    finite = {
        stage: {name: float(score) for name, score in column.items() if math.isfinite(score)}
        for stage, column in scores.items()
    }
    own = metrics or {}
    groups: dict[tuple[str, Direction], set[str]] = {}
    for name in (name for column in finite.values() for name in column):
        groups.setdefault(own.get(name, ("", direction)), set()).add(name)
    ranks: dict[str, dict[str, int]] = {stage: {} for stage in finite}
    agreements: list[Agreement] = []
    several = len(groups) > 1
    for (metric, way), names in groups.items() or [(("", direction), set[str]())]:
        columns = {stage: {n: v for n, v in column.items() if n in names} for stage, column in finite.items()}
        for stage, column in columns.items():
            ranks[stage] |= competition_ranks(column, way)
        for a, b in combinations(columns, 2):
            found = agreement(a, columns[a], b, columns[b], direction=way, seed=seed)
            if found.n > 1 or not several:
                agreements.append(replace(found, metric=metric if several else ""))
    order = list(combinations(finite, 2))
    agreements.sort(key=lambda one: order.index((one.before, one.after)))
    return Comparison(stages=tuple(finite), scores=finite, ranks=ranks, agreements=tuple(agreements))


def agreement(
    before: str,
    first: Mapping[str, float],
    after: str,
    second: Mapping[str, float],
    *,
    direction: Direction = Direction.MAXIMIZE,
    seed: int = 0,
) -> Agreement:
    """How far two stages agree, over the entries both scored."""
    names = [name for name in first if name in second]
    x, y = np.array([first[name] for name in names]), np.array([second[name] for name in names])
    rank_before = competition_ranks({name: first[name] for name in names}, direction)
    rank_after = competition_ranks({name: second[name] for name in names}, direction)
    moves = [Move(name=name, before=rank_before[name], after=rank_after[name]) for name in names]
    moves.sort(key=lambda m: (-abs(m.size), m.after))
    n = len(names)
    rho = spearman(x, y) if n >= FEWEST else None
    return Agreement(
        before=before,
        after=after,
        n=n,
        kendall=kendall_tau_b(x, y) if n >= FEWEST else None,
        spearman=rho,
        fisher=None if rho is None else fisher_interval(rho, n),
        bootstrap=None if rho is None else bootstrap_interval(x, y, seed=seed),
        moves=tuple(moves),
        reversals=tuple(m for m in moves if _misleads(m, n)),
    )


def competition_ranks(scores: Mapping[str, float], direction: Direction = Direction.MAXIMIZE) -> dict[str, int]:
    """Ranks from 1 where ties share the better rank and the next one is skipped: 11, 11, 13 (paper Table 2)."""
    return {
        name: 1 + sum(direction.gain(other, score) > 0 for other in scores.values()) for name, score in scores.items()
    }


def kendall_tau_b(x: Floats, y: Floats) -> float | None:
    """Kendall's tau-b of two vectors of shape (n,); None where a vector is constant or n < 2."""
    if len(x) != len(y):
        raise EngineError(f"rank correlation needs two vectors of equal length, got {len(x)} and {len(y)}")
    agreed = untied_x = untied_y = 0.0
    for i in range(len(x) - 1):  # row by row: all pairs at once would need n² memory
        order_x, order_y = np.sign(x[i + 1 :] - x[i]), np.sign(y[i + 1 :] - y[i])
        agreed += float(order_x @ order_y)
        untied_x += np.count_nonzero(order_x)
        untied_y += np.count_nonzero(order_y)
    return agreed / math.sqrt(untied_x * untied_y) if untied_x and untied_y else None


def spearman(x: Floats, y: Floats) -> float | None:
    """Spearman's rho of two vectors of shape (n,), ties averaged; None where a vector is constant or n < 2."""
    if len(x) < 2:
        return None
    rho = _row_correlations(average_ranks(x)[None, :], average_ranks(y)[None, :])[0]
    return None if math.isnan(rho) else float(rho)


def fisher_interval(rho: float, n: int) -> tuple[float, float] | None:
    """95 % interval of rho by Fisher's z with Bonett and Wright's variance (1 + rho²/2) / (n − 3); None for n < 4.

    A rho of ±1 has no finite z. It is taken for halfway to the next value that n entries can show, 1 − 12 / (n³ − n).
    """
    if n < 4:
        return None
    largest = 1.0 - 6.0 / (n**3 - n)
    z = math.atanh(min(max(rho, -largest), largest))
    half = 1.959964 * math.sqrt((1 + rho**2 / 2) / (n - 3))
    return math.tanh(z - half), math.tanh(z + half)


def bootstrap_interval(
    x: Floats, y: Floats, *, seed: int, n_resamples: int = N_RESAMPLES
) -> tuple[float, float] | None:
    """95 % percentile interval of rho over resampled entries; None for n < `FEWEST_RESAMPLED`."""
    n = len(x)
    if n < FEWEST_RESAMPLED:
        return None
    rows = np.random.default_rng(seed).integers(n, size=(n_resamples, n))
    if n > MAX_RERANKED:
        rho = _row_correlations(average_ranks(x)[rows], average_ranks(y)[rows])
    else:
        rho = _row_correlations(_row_ranks(x[rows]), _row_ranks(y[rows]))
    rho = rho[~np.isnan(rho)]
    if not len(rho) or float(np.ptp(rho)) == 0.0:
        return None
    low, high = np.quantile(rho, [0.025, 0.975])
    return float(low), float(high)


def unrestricted(rho: float, all_scores: Floats, shared_scores: Floats) -> float:
    """Rho as it would be over all entries of the earlier stage, where only some of similar score were carried over.

    Priming carries the best trials over, and among entries that scored alike any two stages seem to disagree. The ratio
    of the standard deviations of all earlier scores and of the shared ones corrects for that (Thorndike's case 2).
    """
    narrow = float(shared_scores.std(ddof=1))
    if len(all_scores) <= len(shared_scores) or narrow == 0.0:
        return rho
    u = max(1.0, float(all_scores.std(ddof=1)) / narrow)
    return rho * u / math.sqrt(1.0 - rho**2 + (rho * u) ** 2)


def shared_configurations(
    before: Sequence[TrialRecord], after: Sequence[TrialRecord], direction: Direction = Direction.MAXIMIZE
) -> tuple[dict[str, float], dict[str, float]]:
    """Scores of the configurations two sprints both completed, named by the later sprint's trial; repeats are averaged.

    Two trials are the same configuration when they agree in every parameter that both sprints used, as after cold
    priming; what only one sprint used (a schedule that was off) does not count against it.
    """
    early, late = ranked(before, direction), sorted(ranked(after, direction), key=lambda t: t.number)
    used = {name for t in early for name in t.params} & {name for t in late for name in t.params}
    first: dict[str, list[float]] = {}
    second: dict[str, list[float]] = {}
    names: dict[str, str] = {}
    for trial in early:
        first.setdefault(_configuration(trial, used), []).append(trial.score or 0.0)
    for trial in late:
        key = _configuration(trial, used)
        if used and key in first:
            names.setdefault(key, f"#{trial.number}")
            second.setdefault(key, []).append(trial.score or 0.0)
    return (
        {name: float(np.mean(first[key])) for key, name in names.items()},
        {name: float(np.mean(second[key])) for key, name in names.items()},
    )


def _configuration(trial: TrialRecord, used: set[str]) -> str:
    """A key that is equal for equal configurations; floats to twelve digits, as they survive a file."""
    values = ((name, trial.params.get(name)) for name in sorted(used))
    return repr([(name, f"{v:.12g}" if isinstance(v, float) else repr(v)) for name, v in values])


def _misleads(move: Move, n: int) -> bool:
    fallen = move.before <= WINNERS and move.after > 2 * WINNERS
    return n >= 4 and (fallen or abs(move.size) >= BIG_MOVE * n)


def _row_ranks(values: Floats) -> Floats:
    """Average ranks within each row; shape (rows, n)."""
    below = (values[:, None, :] < values[:, :, None]).sum(axis=2)
    ties = (values[:, None, :] == values[:, :, None]).sum(axis=2)
    ranks: Floats = below + (ties + 1) / 2.0
    return ranks


def _row_correlations(a: Floats, b: Floats) -> Floats:
    """Pearson's r of each pair of rows, NaN where a row is constant; shape (rows,)."""
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    lengths = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    result: Floats = np.divide((a * b).sum(axis=1), lengths, out=np.full(len(a), np.nan), where=lengths > 1e-12)
    return result
