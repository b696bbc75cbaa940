"""Cost forecasts against durations whose law is known."""

import numpy as np
import pytest

from engine.sprint.cost_forecast import Measured, forecast, work_of
from engine.trials.fidelity import Fidelity
from engine.trials.trial import TrialRecord

LOW = Fidelity(train_parts=6, val_parts=3, run_to="epochs", epochs=1, scheduler=False)
WARM = Fidelity(train_parts=6, val_parts=3, run_to="warmup")
FULL = Fidelity(calibration_epochs=7)


def measured(label, fidelity, *, n=40, n_epochs=1, start=4.0, per_epoch=60.0, noise=0.05, seed=0, state="complete"):
    """Trials that take start + per_epoch · work seconds, give or take the noise."""
    rng = np.random.default_rng(seed)
    calibration = max(0, n_epochs - fidelity.max_epochs)
    seconds = start + per_epoch * work_of(fidelity, n_epochs - calibration, calibration)
    return Measured(
        label=label,
        fidelity=fidelity,
        trials=tuple(
            TrialRecord(
                number=i,
                state=state,
                source="random",
                params={},
                score=1.0,
                n_epochs=n_epochs,
                seconds=seconds * float(1 + noise * rng.normal()),
            )
            for i in range(n)
        ),
    )


def test_without_a_measured_trial_there_is_no_forecast():
    assert forecast(LOW, 10, []) is None
    assert forecast(LOW, 10, [measured("1E_v1", LOW, state="failed")]) is None


def test_the_same_fidelity_is_forecast_by_its_mean_and_says_so():
    found = forecast(LOW, 120, [measured("1E_v1", LOW), measured("Warm_v1", WARM, n_epochs=7)])
    assert found.seconds == pytest.approx(120 * (4 + 60 * work_of(LOW, 1)), rel=0.03)
    assert found.basis == "mean of 40 trials of 1E_v1 at the same fidelity"
    assert found.low < found.seconds < found.high


def test_two_fidelities_make_a_line_that_separates_start_up_from_work():
    found = forecast(FULL, 9, [measured("1E_v1", LOW), measured("Warm_v1", WARM, n_epochs=7)])
    truth = 9 * (4 + 60 * work_of(FULL, 25, 7))
    assert found.seconds == pytest.approx(truth, rel=0.1)
    assert found.low < truth < found.high
    assert "to start" in found.basis
    assert "1E_v1 (T6_V3_M25) and Warm_v1 (T6_V3_M25)" in found.basis


def test_one_other_fidelity_is_scaled_and_a_long_way_is_called_a_guess():
    found = forecast(FULL, 9, [measured("1E_v1", LOW)])
    assert "a rough guess" in found.basis
    assert found.low < 9 * (4 + 60 * work_of(FULL, 25, 7)) < found.high
    near = forecast(WARM, 9, [measured("1E_v1", LOW)], pct_start=0.28)
    assert "scaled by 7" in near.basis
    assert near.high / near.low < found.high / found.low


def test_the_spread_shrinks_with_more_trials_and_grows_with_noisier_ones():
    def width(n, noise):
        found = forecast(LOW, n, [measured("1E_v1", LOW, noise=noise)])
        return found.high / found.low

    assert width(100, 0.2) < width(4, 0.2)
    assert width(10, 0.3) > width(10, 0.01)


def test_two_slots_take_half_as_long_and_one_trial_never_less_than_itself():
    basis = [measured("1E_v1", LOW)]
    assert forecast(LOW, 10, basis, slots=2).seconds == pytest.approx(forecast(LOW, 10, basis).seconds / 2)
    assert forecast(LOW, 1, basis, slots=4).seconds == pytest.approx(forecast(LOW, 1, basis).seconds)


def test_pruning_shortens_the_forecast_and_pruned_trials_are_not_calibrated():
    basis = [measured("Full_v1", FULL, n_epochs=32)]
    whole = forecast(FULL, 9, basis)
    pruned = forecast(FULL, 9, basis, share=0.5)
    uncalibrated = forecast(FULL, 9, basis, share=0.5, ended=0.5)
    assert uncalibrated.seconds < pruned.seconds < 0.6 * whole.seconds


def test_pruned_trials_count_by_the_epochs_they_ran():
    mixed = [
        measured("Full_v1", FULL, n_epochs=32, start=0.0),
        measured("Full_v2", FULL, n_epochs=3, start=0.0, state="pruned"),
    ]
    assert forecast(FULL, 1, mixed).seconds == pytest.approx(60 * work_of(FULL, 25, 7), rel=0.03)
