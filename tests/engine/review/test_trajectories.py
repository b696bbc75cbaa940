"""Trajectories of made-up checkpoint sprints whose schedule is known."""

import math

import numpy as np
import pytest

from engine.review.schedule_fit import suggest_schedule
from engine.review.trajectories import CheckpointSprint, trajectories
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.trials.trial import TrialRecord

SPACE = Space(
    dimensions=(
        Dimension(name="lr", kind="float", low=1e-6, high=1e-2, log=True),
        Dimension(name="dropout", kind="float", low=0.0, high=0.5),
        Dimension(name="warmup", kind="int", low=6, high=8, frozen=7),
        Dimension(name="pooling", kind="categorical", choices=("max", "mean")),
    )
)
EPOCHS = (0, 4, 8, 12, 16, 20, 24)


def one_cycle(epoch, *, peak=3e-4, at=8.0, final=0.02):
    """Log-linear rise from a hundredth of the peak, then log-linear fall to ``final`` of it at epoch 24."""
    share = epoch / at if epoch <= at else (24 - epoch) / (24 - at)
    floor = 0.01 if epoch <= at else final
    return peak * floor ** (1 - share)


def sprint_from(epoch, best_lr, *, seed, noise=0.05, n=60):
    rng = np.random.default_rng([seed, epoch])
    trials = []
    for number in range(n):
        lr, dropout = 10 ** rng.uniform(-6, -2), rng.uniform(0, 0.5)
        miss = 0.0 if best_lr is None else math.log10(lr / best_lr)
        trials.append(
            TrialRecord(
                number=number,
                state="complete",
                source="random",
                params={"lr": lr, "dropout": dropout, "warmup": 7, "pooling": "max"},
                score=float(-(miss**2) + noise * rng.normal()),
            )
        )
    return CheckpointSprint(epoch=epoch, label=f"traj_E{epoch}", space=SPACE, trials=trials)


def test_the_schedule_behind_the_checkpoints_is_found_with_its_spread():
    found = suggest_schedule([sprint_from(e, one_cycle(e), seed=0) for e in EPOCHS], max_epochs=25)
    assert found.warnings == ()
    assert found.max_lr.low <= 3e-4 * 1.5
    assert found.max_lr.high >= 3e-4 / 1.5
    assert found.max_lr.value == pytest.approx(3e-4, rel=0.5)
    assert found.pct_start.value == pytest.approx(8 / 25, abs=0.08)
    assert found.final_decay.low < found.final_decay.value < found.final_decay.high
    assert 0.005 < found.final_decay.value < 0.08


def test_noise_is_called_noise():
    warned = 0
    for seed in range(20):
        sprints = [sprint_from(e, None, seed=seed, noise=1.0) for e in EPOCHS]
        warned += bool(suggest_schedule(sprints, max_epochs=25).warnings)
    assert warned >= 18  # Kruskal–Wallis lets 5 % through, and those mostly fail on the spread


def test_a_peak_at_the_last_checkpoint_is_named_as_open():
    found = suggest_schedule([sprint_from(e, 1e-6 * 10 ** (e / 10), seed=1) for e in EPOCHS], max_epochs=25)
    assert "last checkpoint" in found.refusal


def test_a_peak_at_the_end_of_the_searched_range_is_no_peak():
    found = suggest_schedule([sprint_from(e, one_cycle(e, peak=3e-2), seed=0) for e in EPOCHS], max_epochs=25)
    assert "upper bound" in found.refusal


def test_two_checkpoints_suggest_no_schedule():
    assert suggest_schedule([sprint_from(e, 1e-4, seed=0) for e in (0, 8)], max_epochs=25) is None


def test_the_course_shows_free_numbers_only_with_their_top_ranges_in_order_of_epoch():
    found = {t.dimension: t for t in trajectories([sprint_from(e, one_cycle(e), seed=0) for e in reversed(EPOCHS)])}
    assert set(found) == {"lr", "dropout"}
    lr = found["lr"]
    assert [s.epoch for s in lr.stretches] == list(EPOCHS)
    assert lr.warning == ""
    assert lr.log
    for stretch in lr.stretches:
        assert stretch.bounds[0] <= stretch.low <= stretch.lower <= stretch.median <= stretch.upper <= stretch.high
        assert stretch.n == 10
    assert lr.stretches[2].median > 5 * lr.stretches[0].median
    assert "chance" in found["dropout"].warning


def test_sprints_without_trials_leave_an_empty_course_not_an_error():
    bare = CheckpointSprint(epoch=0, label="x", space=SPACE, trials=())
    (lr, dropout) = trajectories([bare])
    assert lr.stretches == dropout.stretches == ()
    assert "(has 0)" in lr.warning
    assert trajectories([]) == ()
