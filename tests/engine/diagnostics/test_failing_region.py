"""The finding that says where trials fail, and the cut that leaves it out."""

import random
from dataclasses import replace

from engine.diagnostics.failing_region import N_NAMED, failing_region
from engine.diagnostics.sample import take_sample
from engine.review.findings import Finding
from engine.space.dimension import Dimension
from engine.space.edits import apply_proposal
from engine.space.space import Space
from engine.trials.trial import TrialRecord

SPACE = Space(
    dimensions=(
        Dimension(name="batch", kind="int", low=2, high=40, step=2),
        Dimension(name="lr", kind="float", low=1e-5, high=1e-1, log=True),
        Dimension(name="optimizer", kind="categorical", choices=("adam", "sgd", "lion")),
    )
)


def sprint(n: int, failing: dict[str, object], seed: int = 0) -> list[TrialRecord]:
    """Trials drawn at random; those that meet every item of ``failing`` run out of memory."""
    rng = random.Random(seed)
    trials = []
    for number in range(n):
        params = {d.name: d.from_share(rng.random()) for d in SPACE}
        fails = bool(failing) and all(
            params[name] >= limit if isinstance(limit, int | float) else params[name] == limit
            for name, limit in failing.items()
        )
        trials.append(
            TrialRecord(
                number=number,
                state="failed" if fails else "complete",
                source="random",
                params=params,
                score=None if fails else rng.random(),
                failure="oom" if fails else "",
            )
        )
    return trials


def found(trials: list[TrialRecord]) -> tuple[Finding, ...]:
    return failing_region(take_sample(SPACE, trials, settings={}))


def test_failures_beyond_a_bound_are_counted_and_the_cut_loses_nothing() -> None:
    trials = sprint(80, {"batch": 28})
    odd = next(trial for trial in trials if trial.state == "complete")
    trials[odd.number] = replace(odd, state="failed", score=None, failure="oom")
    [finding] = found(trials)
    n = sum(trial.state == "failed" for trial in trials)
    assert finding.text == (
        f"{n - 1} of {n} failures have batch ≥ 28 (out of memory). Narrow to 26: loses none of the complete trials."
    )
    assert finding.severity == "warning"
    assert finding.proposal is not None
    assert apply_proposal(SPACE, finding.proposal)[0]["batch"].bounds == (2, 26)


def test_a_cut_that_costs_trials_says_which() -> None:
    trials = sprint(80, {"batch": 28})
    best = max((t for t in trials if t.state == "complete"), key=lambda t: t.score or 0.0)
    spared = next(trial for trial in trials if trial.state == "failed" and trial.params["batch"] > 30)
    trials[spared.number] = replace(spared, state="complete", score=(best.score or 0.0) + 1, failure="")
    [finding] = found(trials)
    assert (
        f"loses 1 of {sum(t.state == 'complete' for t in trials)} complete trials, #{spared.number} (rank 1)"
        in finding.text
    )


def test_a_category_that_fails_is_dropped() -> None:
    [finding] = found(sprint(80, {"optimizer": "sgd"}))
    assert "failures have optimizer = sgd (out of memory). Drop sgd: loses none" in finding.text
    assert finding.proposal is not None
    assert finding.proposal.choices == ("adam", "lion")


def test_kinds_of_failure_are_told_apart() -> None:
    trials = sprint(120, {"batch": 28})
    hot = [t for t in trials if t.state == "complete" and t.params["lr"] > 2e-2]  # type: ignore[operator]
    for trial in hot:
        trials[trial.number] = replace(trial, state="failed", score=None, failure="nan")
    texts = [finding.text for finding in found(trials)]
    assert any("batch ≥ 28 (out of memory)" in text for text in texts)
    assert any("have lr ≥" in text and "(diverged)" in text for text in texts)


def test_failures_that_fall_by_lot_are_no_region() -> None:
    false = 0
    for seed in range(200):
        rng = random.Random(seed + 1000)
        trials = [
            replace(trial, state="failed", score=None, failure="lost") if rng.random() < 0.3 else trial
            for trial in sprint(50, {}, seed)
        ]
        false += bool(found(trials))
    assert false <= 6, f"{false} of 200; at most 2 are expected at a hundredth"


def test_the_alarm_tells_timeouts_from_memory() -> None:
    from engine.diagnostics.alarms import alarms_among

    trials = sprint(30, {"batch": 30})
    first = next(trial for trial in trials if trial.state == "failed")
    trials[first.number] = replace(first, failure="timeout")
    n = sum(trial.state == "failed" for trial in trials)
    text = next(finding.text for finding in alarms_among(trials) if finding.kind == "failing")
    assert f"{n} of 30 trials failed ({n - 1} out of memory, 1 time limit)" in text


def test_the_best_ten_trials_are_those_that_a_cut_must_not_lose_unsaid() -> None:
    """A complete trial of rank 10 inside the failing region is named, one of rank 11 is not."""
    assert N_NAMED == 10
