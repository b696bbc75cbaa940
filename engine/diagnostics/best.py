"""The best trial: what a re-run of it is expected to score.

The best of many noisy scores is better than its configuration (the winner's curse). The model of the score knows how
much of it the other trials bear out.
"""

import numpy as np

from engine.diagnostics.sample import Sample
from engine.diagnostics.score_model import score_model
from engine.review.findings import Finding
from engine.wording import short

N_DRAWS = 256
"""Draws of the function's value at the best trial; the spread is known to a twentieth."""

CLEAR = 0.5
"""A best score that exceeds what is expected by less than this share of the spread is about right."""


def best(sample: Sample) -> tuple[Finding, ...]:
    """One finding on the best trial; nothing where too few trials or equal scores leave no model."""
    model = score_model(sample)
    if model is None:
        return ()
    surrogate = model.surrogate
    drawn = surrogate.draws(surrogate.x[:1], N_DRAWS, np.random.default_rng(0))
    sign = sample.direction.sign
    expected = sign * (model.centre + model.scale * float(drawn.mean()))
    spread = model.scale * float(np.sqrt(drawn.var() + surrogate.noise))
    trial = sample.trials[0]
    excess = (float(sample.goodness[0]) - sign * expected) / spread
    return (
        Finding(
            kind="best",
            severity="info",
            text=f"Best #{trial.number} scored {short(float(trial.score or 0.0), 4)}; "
            f"a re-run is expected to score {short(expected, 4)} ± {short(spread, 2)}",
            evidence={
                "number": trial.number,
                "score": trial.score,
                "expected": expected,
                "spread": spread,
                "excess": excess,
            },
            meaning="Part of the best score is chance."
            if excess > CLEAR
            else "The other trials support the best score.",
            advice="Compare configurations by expected scores, or repeat the leaders with other seeds.",
        ),
    )
