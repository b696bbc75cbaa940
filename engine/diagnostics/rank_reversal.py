"""Rank reversal: early scores that do not predict late ones (paper, sections 5 and 6).

Looks at several sprints or threads, not at one, so it stands beside the register: the review of a sprint calls
`carried_over` for the configurations that it shares with an earlier sprint of its thread.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.review.findings import Finding, Severity
from engine.review.rank_agreement import (
    Agreement,
    Comparison,
    agreement,
    fisher_interval,
    shared_configurations,
    unrestricted,
)
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord, ranked

POOR = 0.3
"""A rank correlation below this predicts next to nothing: half the winners would not be found again."""

GOOD = 0.6
"""From here on early ranks may be trusted to choose by."""

MIN_SHARED = 4
"""Fewer shared entries have no interval, so nothing is said about them but that."""


def rank_reversal(comparison: Comparison, *, what: str = "configurations") -> tuple[Finding, ...]:
    """One finding for every pair of stages.

    Args:
        comparison: Of the stages.
        what: What is compared, in the plural: ``threads`` or ``configurations``.
    """
    return tuple(_finding(one, what) for one in comparison.agreements)


def carried_over(
    before: str,
    earlier: Sequence[TrialRecord],
    after: str,
    later: Sequence[TrialRecord],
    direction: Direction = Direction.MAXIMIZE,
) -> tuple[Finding, ...]:
    """Whether the order of shared configurations held from one sprint to a later one; empty where too few are shared.

    Priming carries only the best over, so the correlation is corrected for that choice (`unrestricted`).
    """
    first, second = shared_configurations(earlier, later, direction)
    found = agreement(before, first, after, second, direction=direction)
    if found.spearman is None:
        return ()
    everyone = np.array([trial.score for trial in ranked(earlier, direction)], dtype=np.float64)
    rho = unrestricted(found.spearman, everyone, np.array(list(first.values())))
    return (_finding(replace(found, spearman=rho, fisher=fisher_interval(rho, found.n)), "configurations"),)


def _finding(one: Agreement, what: str) -> Finding:
    evidence = {
        "before": one.before,
        "after": one.after,
        "n": one.n,
        "kendall": one.kendall,
        "spearman": one.spearman,
        "fisher": one.fisher,
        "bootstrap": one.bootstrap,
        "reversals": [{"name": m.name, "before": m.before, "after": m.after} for m in one.reversals],
    }
    if one.spearman is None or one.fisher is None or one.n < MIN_SHARED:
        return Finding(
            kind="rank-reversal",
            severity="info",
            text=f"{one.before} and {one.after} share {one.n} {what}: too few to tell whether ranks hold",
            evidence=evidence,
            meaning="Whether the cheaper stage predicts the more expensive stage is unknown here.",
            advice="Prime the next stage with a few more trials of the earlier stage, low-ranked trials too.",
        )
    severity: Severity = "warning" if one.spearman < POOR else "ok" if one.fisher[0] >= POOR else "info"
    named = "; ".join(f"{m.name} {m.before} → {m.after}" for m in one.reversals[:4])
    return Finding(
        kind="rank-reversal",
        severity=severity,
        text=f"Ranks of {one.n} {what} from {one.before} to {one.after}: Spearman {one.spearman:+.2f} "
        f"({one.fisher[0]:+.2f} … {one.fisher[1]:+.2f})" + (f"; largest reversals {named}" if named else ""),
        evidence=evidence,
        meaning="The earlier stage does not predict which will be best later."
        if severity == "warning"
        else f"The order at {one.before} carries over."
        if severity == "ok"
        else "The order carries over in part, or too few are shared to be sure.",
        advice=""
        if severity == "ok"
        else f"Do not drop {what} on {one.before} scores alone: carry more of them over, or raise the fidelity.",
    )
