"""Between-subset variance: do some of the rotating data subsets score higher than others? (B:20, B:77).

Kruskal–Wallis over the subset pairs. Where the forest explains part of the score, its residuals for trials it did not
see are tested instead, so that good parameters are not mistaken for easy data.
"""

import numpy as np

from engine.diagnostics.importance import forest_of
from engine.diagnostics.sample import Sample
from engine.review.findings import Finding
from engine.statistics.chance import FAMILY_ALPHA, Floats, average_ranks, chi2_tail

MIN_EACH = 4
"""Trials a subset needs to be compared."""

MIN_SHARE = 0.1
"""Smallest share of the rank variance worth a warning."""


def folds(sample: Sample) -> tuple[Finding, ...]:
    """One finding on how much the choice of subset moves the score; nothing when there is one subset only."""
    n = len(sample.trials)
    groups: dict[tuple[int, int], list[int]] = {}
    for row, trial in enumerate(sample.trials):
        groups.setdefault(trial.fold, []).append(row)
    groups = {fold: rows for fold, rows in sorted(groups.items()) if len(rows) >= MIN_EACH}
    if len(groups) < 2 or float(np.ptp(sample.goodness)) == 0.0:
        return ()
    left = _unexplained(sample)
    rows_by_fold = {fold: np.array([r for r in rows if not np.isnan(left[r])]) for fold, rows in groups.items()}
    rows_by_fold = {fold: rows for fold, rows in rows_by_fold.items() if len(rows) >= MIN_EACH}
    if len(rows_by_fold) < 2:
        return ()
    p, share = kruskal_wallis([left[rows] for rows in rows_by_fold.values()])
    means = {fold: float(left[rows].mean()) for fold, rows in rows_by_fold.items()}
    easy, hard = max(means, key=lambda f: means[f]), min(means, key=lambda f: means[f])
    evidence = {
        "p": p,
        "share": share,
        "n": n,
        "means": {_name(fold): mean for fold, mean in means.items()},
    }
    if p >= FAMILY_ALPHA or share < MIN_SHARE:
        return (
            Finding(
                kind="folds",
                severity="ok",
                text=f"the {len(means)} data subsets score alike",
                evidence=evidence,
                meaning="Rotating the subsets adds little to the noise of the ranking.",
            ),
        )
    return (
        Finding(
            kind="folds",
            severity="warning",
            text=f"the data subset explains {share:.0%} of the score: trials on {_name(easy)} come out "
            f"{means[easy] - means[hard]:.3g} better than on {_name(hard)}",
            evidence=evidence,
            meaning="Part of the ranking is the luck of the subset, not the parameters.",
            advice="Let candidates for the next stage run on other subsets too, or use larger ones.",
        ),
    )


def kruskal_wallis(groups: list[Floats]) -> tuple[float, float]:
    """P and the share of rank variance between the groups (eta squared), ties corrected."""
    values = np.concatenate(groups)
    n = len(values)
    ranks = average_ranks(values)
    spread = float(((ranks - ranks.mean()) ** 2).sum())
    if spread == 0.0:
        return 1.0, 0.0
    ends = np.cumsum([len(g) for g in groups])[:-1]
    between = sum(len(part) * (part.mean() - ranks.mean()) ** 2 for part in np.split(ranks, ends))
    return chi2_tail((n - 1) * between / spread, len(groups) - 1), float(between / spread)


def _name(fold: tuple[int, int]) -> str:
    return f"train subset {fold[0]} / validation subset {fold[1]}"


def _unexplained(sample: Sample) -> Floats:
    """Scores less what the parameters explain, NaN where unknown; the scores themselves where they explain little."""
    grown = forest_of(sample)
    if grown is None or grown[0].r2 < 0.1:
        return sample.goodness
    forest, rows = grown
    left = np.full(len(sample.goodness), np.nan)
    left[rows] = sample.goodness[rows] - forest.unseen
    return left
