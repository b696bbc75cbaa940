"""What failed trials have in common: their reason, and values of hyperparameters that no complete trial has."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.values import Value
from engine.wording import short

N_NAMED = 2
"""Hyperparameters that are named at most."""

LEAST_TRIALS = 2
"""Failures and complete trials from which on their values are compared: one of either says nothing."""

_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class EndedTrial:
    """A trial that has ended.

    Attributes:
        number: Within the sprint.
        params: Its hyperparameters.
        reason: Why it failed; empty for one that did not.
    """

    number: int
    params: Mapping[str, Value]
    reason: str = ""


def what_failures_share(failed: Sequence[EndedTrial], complete: Sequence[EndedTrial] = ()) -> str:
    """Sentences on the reason that most failures give, and on values that set them apart from complete trials."""
    if not failed:
        return ""
    told: Counter[str] = Counter(_NUMBER.sub("#", one.reason) for one in failed)
    most, n = told.most_common(1)[0]
    example = next(one.reason for one in reversed(failed) if _NUMBER.sub("#", one.reason) == most)
    who = "All" if n == len(failed) else f"{n} of {len(failed)}"
    said = [
        f"{who} with the same reason: {example.rstrip('.')}." if n > 1 else f"The last reason: {example.rstrip('.')}."
    ]
    apart = [text for name in failed[0].params if (text := _apart(name, failed, complete))]
    if apart:
        said.append(f"All have {' and '.join(apart[:N_NAMED])}.")
    return " ".join(said)


def _apart(name: str, failed: Sequence[EndedTrial], complete: Sequence[EndedTrial]) -> str:
    """How a hyperparameter sets failures apart: a category of theirs alone, or a range beyond the complete trials'."""
    bad = [one.params[name] for one in failed if name in one.params]
    good = [one.params[name] for one in complete if name in one.params]
    if len(bad) < max(len(failed), LEAST_TRIALS) or len(good) < LEAST_TRIALS:
        return ""
    numbers = [value for value in (*bad, *good) if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) == len(bad) + len(good):
        low, high = min(numbers[: len(bad)]), max(numbers[: len(bad)])
        if low > max(numbers[len(bad) :]):
            return f"{name} ≥ {short(low)} (complete trials: at most {short(max(numbers[len(bad) :]))})"
        if high < min(numbers[len(bad) :]):
            return f"{name} ≤ {short(high)} (complete trials: at least {short(min(numbers[len(bad) :]))})"
        return ""
    if all(value == bad[0] for value in bad) and bad[0] not in good:
        return f"{name} = {bad[0]} (no complete trial has)"
    return ""
