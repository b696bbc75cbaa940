from pathlib import Path
from typing import Any

import pytest

from model.checkpoint import read_card
from model.data.atlas import generate
from model.data.docred import write_docred
from model.objective import JointExtraction


@pytest.fixture(scope="module")
def objective(tmp_path_factory: pytest.TempPathFactory) -> JointExtraction:
    base = tmp_path_factory.mktemp("data")
    world = generate(16, seed=2)
    for name, part in (("train", world[:8]), ("validation", world[8:12]), ("test", world[12:])):
        write_docred(part, base / f"{name}.json")
    return JointExtraction(
        model={"encoder": "tiny", "thresholds": "algorithm-2", "negative_mentions": 20},
        data={name: f"{name}.json" for name in ("train", "validation", "test")},
        base_dir=base,
    )


def test_a_trial_with_calibration_reports_the_phase_and_keeps_the_best_checkpoint(
    objective: JointExtraction, make_trial: Any
) -> None:
    trial = make_trial(calibration_epochs=2)
    score = objective.run(trial)
    phases = [phase for *_, phase in trial.reports]
    assert phases[:2] == ["train", "train"]
    assert set(phases[2:]) == {"calibration"}
    assert [step for step, *_ in trial.reports] == list(range(1, len(phases) + 1))
    assert score == trial.reports[-1][1]
    card = read_card(trial.run_dir / "checkpoint-best")
    assert card["thresholds"]["mention"] == trial.reports[-1][2]["threshold_mention"]
    assert card["test_openings"] == []
    assert Path(card["origin"]["test"]["file"]).name == "test.json"


def test_a_trial_without_calibration_keeps_nothing_and_a_pruned_one_is_not_calibrated(
    objective: JointExtraction, make_trial: Any
) -> None:
    trial = make_trial(stop_at_report=1, calibration_epochs=2)
    objective.run(trial)
    assert [phase for *_, phase in trial.reports] == ["train"]
    assert not (trial.run_dir / "checkpoint-best").exists()


def test_a_kept_epoch_has_the_thresholds_it_was_validated_with(objective: JointExtraction, make_trial: Any) -> None:
    trial = make_trial(keep_checkpoint_at=(1, 2))
    objective.run(trial)
    for step, _, metrics, _ in trial.reports:
        kept = read_card(trial.run_dir / f"checkpoint-e{step}")["thresholds"]
        assert kept["mention"] == metrics["threshold_mention"]


def test_only_a_trial_that_may_opens_the_test_split(objective: JointExtraction, make_trial: Any) -> None:
    trial = make_trial(calibration_epochs=1, max_epochs=1, open_test=True)
    objective.run(trial)
    (told,) = trial.openings
    (opening,) = read_card(trial.run_dir / "checkpoint-best")["test_openings"]
    assert told.items() <= opening.items()
    assert "test_rel_nec_f1_micro" in told
    assert any("test split opened" in line for line in trial.lines)
