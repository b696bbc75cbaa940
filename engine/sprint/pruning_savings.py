"""What pruning is expected to leave of a plan's epochs: from the thread's own pruned sprints, else from the rungs.

Notations:
    n    trials that reach a rung.     eta   reduction factor.
    p(n) of them that pass: the k-th to arrive is judged among k and passes with probability max(1, floor(k / eta)) / k
         when nothing is known of it (`engine.pruners.halving.judge_rung`); p is the sum over k = 1 … n.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.sprint.cost_forecast import Measured
from engine.trials.fidelity import Fidelity, expected_epochs
from engine.trials.states import TrialState
from engine.trials.trial import TrialRecord

ENOUGH = 10
"""Finished trials under the same pruner from which its savings are read; fewer say less than the rungs do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Savings:
    """What pruning leaves.

    Attributes:
        epochs: Share of the training epochs, in (0, 1].
        ended: Share of the trials that run to their end (and are calibrated), in (0, 1].
        words: The basis in words; empty where nothing is pruned.
    """

    epochs: float = 1.0
    ended: float = 1.0
    words: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ladder:
    """Trials that climb the same rungs.

    Attributes:
        rungs: Epochs at which they are judged, ascending.
        n_trials: How many there are.
    """

    rungs: tuple[int, ...]
    n_trials: float


def expected_savings(
    pruner: str,
    fidelity: Fidelity,
    ladders: Sequence[Ladder],
    reduction_factor: int,
    history: Sequence[Measured],
    pct_start: float | None = None,
) -> Savings:
    """What a pruner is expected to leave.

    Args:
        pruner: Its name; ``none`` prunes nothing.
        fidelity: Of the plan.
        ladders: Brackets with the plan's trials in them; empty for pruners without rungs.
        reduction_factor: eta of the ladders.
        history: Sprints of the thread that ran under the same pruner with the same options, for as many epochs.
        pct_start: Share of the schedule that is warmup, where the plan runs to its end.
    """
    if pruner == "none":
        return Savings()
    seen = [(one, [t for t in one.trials if _counts(t)]) for one in history]
    n_seen = sum(len(trials) for _, trials in seen)
    if n_seen >= ENOUGH:
        return _from_history(pruner, [(one, trials) for one, trials in seen if trials], n_seen)
    last = fidelity.n_epochs(pct_start)
    started = sum(ladder.n_trials for ladder in ladders)
    if not started:
        return Savings(words=f"savings by {pruner} are not counted: this thread has no sprint with it yet")
    climbed = [_climb(ladder, last, reduction_factor) for ladder in ladders]
    epochs = sum(ran for ran, _ in climbed) / (started * last)
    kind = "brackets" if len(ladders) > 1 else "rungs"
    return Savings(
        epochs=epochs,
        ended=sum(end for _, end in climbed) / started,
        words=f"counts savings by {pruner}: about {1 - epochs:.0%} of the epochs, from the {kind}",
    )


def passes(n: float, reduction_factor: int) -> float:
    """p(n), for whole n the sum above, linear between."""
    whole = int(n)
    passed = sum(max(1, k // reduction_factor) / k for k in range(1, whole + 1))
    return passed + (n - whole) * max(1, (whole + 1) // reduction_factor) / (whole + 1)


def _climb(ladder: Ladder, last: int, reduction_factor: int) -> tuple[float, float]:
    """(training epochs run, trials that reach the end); no trial is judged at its own last epoch."""
    alive, before, ran = ladder.n_trials, 0, 0.0
    for rung in (rung for rung in ladder.rungs if rung < last):
        ran += alive * (rung - before)
        alive, before = passes(alive, reduction_factor), rung
    return ran + alive * (last - before), alive


def _counts(trial: TrialRecord) -> bool:
    return trial.state.is_scored and trial.source != "primed-warm" and trial.n_epochs > 0


def _from_history(pruner: str, seen: Sequence[tuple[Measured, Sequence[TrialRecord]]], n: int) -> Savings:
    ran, planned, n_ended = 0.0, 0.0, 0
    for one, trials in seen:
        for trial in trials:
            train = expected_epochs(one.fidelity, trial.params) - one.fidelity.calibration_epochs
            ran += min(trial.n_epochs, train)
            planned += train
            n_ended += trial.state == TrialState.COMPLETE
    names = " and ".join(one.label for one, _ in seen) if len(seen) < 3 else f"{len(seen)} sprints"
    return Savings(
        epochs=ran / planned,
        ended=n_ended / n,
        words=f"counts savings by {pruner}: about {1 - ran / planned:.0%} of the epochs, from {n} trials of {names}",
    )
