"""A sprint's budgets and how far each is used: trials, wall clock, epochs over all data; the first used up ends it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetUse:
    """One budget.

    Attributes:
        name: ``trials``, ``seconds`` or ``epochs`` (over the whole training set).
        used: So far, in its own unit.
        limit: Where it ends.
        seconds_left: Expected wall-clock time until then at the pace so far; None before there is a pace.
    """

    name: str
    used: float
    limit: float
    seconds_left: float | None

    @property
    def share(self) -> float:
        """Part that is used, 0 … 1."""
        return min(1.0, self.used / self.limit)


def budget_uses(
    *,
    n_ended: int,
    n_trials: int,
    used_seconds: float,
    max_seconds: float | None,
    used_epochs: float,
    max_epochs: float | None,
    trial_seconds: float | None,
    slots: int,
) -> tuple[BudgetUse, ...]:
    """The budgets that a sprint has, trials first.

    Args:
        n_ended: Trials that came to an end, whatever it was.
        n_trials: Budget in trials.
        used_seconds: Wall-clock time during which trials ran.
        max_seconds: Wall-clock budget; None where there is none.
        used_epochs: Epochs over the whole training set that trials took.
        max_epochs: Budget in them; None where there is none.
        trial_seconds: Mean duration of a trial; None before one has ended.
        slots: Workers at the same time.
    """
    left = max(0, n_trials - n_ended)
    pace = None if trial_seconds is None else trial_seconds / max(1, min(slots, left))
    found = [_use("trials", n_ended, n_trials, pace)]
    if max_seconds is not None:
        found.append(_use("seconds", used_seconds, max_seconds, 1.0))
    if max_epochs is not None:
        per_epoch = pace * n_ended / used_epochs if pace is not None and used_epochs > 0 else None
        found.append(_use("epochs", used_epochs, max_epochs, per_epoch))
    return tuple(found)


def first_to_end(uses: tuple[BudgetUse, ...]) -> BudgetUse | None:
    """The budget that is expected to end the sprint; None before there is a pace."""
    known = [(use.seconds_left, use) for use in uses if use.seconds_left is not None]
    return min(known, key=lambda one: one[0])[1] if uses[0].seconds_left is not None else None


def _use(name: str, used: float, limit: float, seconds_a_unit: float | None) -> BudgetUse:
    left = None if seconds_a_unit is None else max(0.0, limit - used) * seconds_a_unit
    return BudgetUse(name=name, used=float(used), limit=float(limit), seconds_left=left)
