"""Alarms: signs that the sprint itself is broken: failing trials, NaN, identical scores."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.review.findings import Finding
from engine.trials.states import TrialState
from engine.trials.trial import FAILURE_WORDS, NOT_FINITE, TrialRecord
from engine.wording import short

if TYPE_CHECKING:
    from engine.diagnostics.sample import Sample

MIN_FINISHED = 3
"""Finished trials before the alarms speak."""

MANY_FAILED = 0.25
"""Share of failed trials that is a warning though others succeed."""

SAME = 0.5
"""Share of exactly equal scores that cannot be chance for a measured score."""


def alarms(sample: "Sample") -> tuple[Finding, ...]:
    """Failing trials, scores that are no numbers, scores that are all the same."""
    return alarms_among(sample.everything)


def alarms_among(trials: Sequence[TrialRecord]) -> tuple[Finding, ...]:
    """As `alarms`, of trials in order of number whose parameters need not be known: no space, no arrays."""
    return (*_failing(trials), *_not_numbers(trials), *_identical(trials))


def changes_among(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """A sentence for each thing that a sprint's workers found changed since its first trial: script, data, weights."""
    return tuple(
        f"{one['fact']} changed before trial #{one['trial']}, from {_shown(one['before'])} to {_shown(one['after'])}: "
        "its scores may not compare with those before"
        for one in manifest.get("changes", ())
    )


def _shown(fact: object) -> str:
    return ", ".join(f"{key} {value}" for key, value in fact.items()) if isinstance(fact, dict) else str(fact)


def _failing(trials: Sequence[TrialRecord]) -> tuple[Finding, ...]:
    finished = [t for t in trials if t.state.is_tried]
    failed = [t for t in finished if t.state == TrialState.FAILED]
    if len(finished) < MIN_FINISHED or not failed:
        return ()
    share = len(failed) / len(finished)
    reason, often = Counter(t.reason or "no reason recorded" for t in failed).most_common(1)[0]
    last = all(t.state == TrialState.FAILED for t in finished[-MIN_FINISHED:])
    which = "all" if share == 1 else f"the last {MIN_FINISHED}" if last else ""
    kinds = Counter(FAILURE_WORDS[t.failure] for t in failed if t.failure in FAILURE_WORDS)
    told = ", ".join(f"{n} {words}" for words, n in kinds.most_common())
    text = f"{len(failed)} of {len(finished)} trials failed, {often} of them with: {reason}"
    if len(kinds) > 1:
        text = f"{len(failed)} of {len(finished)} trials failed ({told}), {often} of them with: {reason}"
    return (
        Finding(
            kind="failing",
            severity="warning" if share >= MANY_FAILED or last else "info",
            text=f"{which} trials failing: {text}" if which else text,
            evidence={
                "n_failed": len(failed),
                "n_finished": len(finished),
                "reason": reason,
                "n_reason": often,
                "kinds": dict(kinds),
            },
            meaning="The objective or the machine is at fault, or part of the space cannot be trained.",
            advice="Read the log of one failed trial; stop the sprint if nothing can succeed.",
        ),
    )


def _not_numbers(trials: Sequence[TrialRecord]) -> tuple[Finding, ...]:
    bad = [
        t
        for t in trials
        if (t.state == TrialState.COMPLETE and (t.score is None or not math.isfinite(t.score)))
        or t.reason.startswith(NOT_FINITE)
        or any(math.isnan(r.score) for r in t.reports)
    ]
    if not bad:
        return ()
    share = len(bad) / len(trials)
    return (
        Finding(
            kind="not-a-number",
            severity="warning" if share >= MANY_FAILED else "info",
            text=f"{len(bad)} of {len(trials)} trials reported a score that is not a number",
            evidence={"numbers": [t.number for t in bad[:20]], "n": len(bad)},
            meaning="Training diverged, often from a learning rate too high.",
            advice="Check where these trials lie; lower the upper bound of the learning rate if most are there.",
        ),
    )


def _identical(trials: Sequence[TrialRecord]) -> tuple[Finding, ...]:
    scores = [
        t.score for t in trials if t.state == TrialState.COMPLETE and t.score is not None and math.isfinite(t.score)
    ]
    n = len(scores)
    if n < 5:
        return ()
    value, often = Counter(scores).most_common(1)[0]
    if often <= SAME * n:
        return ()
    return (
        Finding(
            kind="identical-scores",
            severity="warning",
            text=f"{often} of {n} trials have exactly the same score, {short(value, 6)}",
            evidence={"score": value, "k": often, "n": n},
            meaning="The parameters may not reach the training, or the metric is stuck (often at zero).",
            advice="Check that the objective uses the parameters and that the score can move at this fidelity.",
        ),
    )
