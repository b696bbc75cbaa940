"""Between-subset variance: do some of the rotating data subsets score higher than others? (paper §3, hypothesis 2).

Kruskal–Wallis over the subset pairs. Where the forest explains part of the score, its residuals for trials it did not
see are tested instead, so that good parameters are not mistaken for easy data.
"""

import numpy as np

from engine.diagnostics.importance import forest_of
from engine.diagnostics.sample import LARGEST, Sample
from engine.review.findings import Finding
from engine.statistics.chance import FAMILY_ALPHA, Floats, kruskal_wallis

MIN_EACH = 4
"""Trials a subset needs to be compared."""

MIN_SHARE = 0.1
"""Smallest share worth a warning, of the rank variance that the hyperparameters leave: it decides among the leaders."""


def folds(sample: Sample) -> tuple[Finding, ...]:
    """One finding on how much the choice of subset moves the score; nothing when there is one subset only."""
    if not sample.runs or float(np.ptp(sample.goodness)) == 0.0:
        return ()
    left = _unexplained(sample)
    groups: dict[tuple[int, int], list[int]] = {}
    for row, run in enumerate(sample.runs):
        if not np.isnan(left[row]):
            groups.setdefault(run.fold, []).append(row)
    rows_by_fold = {fold: np.array(rows) for fold, rows in sorted(groups.items()) if len(rows) >= MIN_EACH}
    if len(rows_by_fold) < 2:
        return ()
    p, share_left = kruskal_wallis([left[rows] for rows in rows_by_fold.values()])
    share = share_of_variance([left[rows] for rows in rows_by_fold.values()], _goodness(sample))
    means = {fold: float(left[rows].mean()) for fold, rows in rows_by_fold.items()}
    easy, hard = max(means, key=lambda f: means[f]), min(means, key=lambda f: means[f])
    evidence = {
        "p": p,
        "share": share,
        "share_of_residuals": share_left,
        "n": len(sample.runs),
        "means": {_name(fold): mean for fold, mean in means.items()},
    }
    if p >= FAMILY_ALPHA or share_left < MIN_SHARE:
        return (
            Finding(
                kind="folds",
                severity="ok",
                text=f"The {len(means)} data subsets score alike",
                evidence=evidence,
                meaning="Rotating the subsets adds little to the noise of the ranking.",
            ),
        )
    return (
        Finding(
            kind="folds",
            severity="warning",
            text=f"The data subset explains {share:.0%} of the score variance: trials on {_name(easy)} score "
            f"{means[easy] - means[hard]:.3g} better than on {_name(hard)}",
            evidence=evidence,
            meaning="Part of the ranking is an artefact of the subset, not the hyperparameters.",
            advice="Let candidates for the next stage run on other subsets too, or use larger subsets.",
        ),
    )


def share_of_variance(groups: list[Floats], scores: Floats) -> float:
    """Share of the variance of all scores (n,) that lies between groups of their residuals, in [0, 1].

    Corrected for what as many groups drawn by lot would explain (omega squared).
    """
    values = np.concatenate(groups)
    within = float(sum(((group - group.mean()) ** 2).sum() for group in groups))
    between = float(sum(len(group) * (group.mean() - values.mean()) ** 2 for group in groups))
    by_lot = (len(groups) - 1) * within / max(len(values) - len(groups), 1)
    whole = float(((scores - scores.mean()) ** 2).mean()) * len(values)
    return min(1.0, max(0.0, between - by_lot) / whole) if whole > 0.0 else 0.0


def _name(fold: tuple[int, int]) -> str:
    return f"train subset {fold[0]} / validation subset {fold[1]}"


def _goodness(sample: Sample) -> Floats:
    """Scores of all runs, larger is better, the worst tenth cut off as the forest has it; shape (runs,)."""
    scores = sample.direction.sign * np.array([run.score for run in sample.runs], dtype=np.float64)
    scores = np.clip(scores, -LARGEST, LARGEST)
    result: Floats = np.maximum(scores, np.quantile(scores, 0.1))
    return result


def _unexplained(sample: Sample) -> Floats:
    """Scores of all runs less what the hyperparameters explain, NaN where unknown; (runs,).

    The scores themselves where they explain little.
    """
    scores = _goodness(sample)
    grown = forest_of(sample)
    if grown is None or grown[0].r2 < 0.1:
        return scores
    forest, rows = grown
    predicted = np.full(len(sample.trials), np.nan)
    predicted[rows] = forest.unseen
    result: Floats = scores - predicted[np.array(sample.configuration)]
    return result
