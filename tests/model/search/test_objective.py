"""The objective end to end: `tiny` trained through Lightning on the built-in world, stopped as the engine stops it."""

import math
from pathlib import Path
from typing import Any

import pytest

from model.errors import ModelError
from model.objective import JointExtraction

DATA = {"atlas": {"documents": 15, "seed": 5}}


@pytest.fixture(scope="module")
def objective() -> JointExtraction:
    made = JointExtraction(model={"encoder": "tiny", "batch_size": 4}, data=DATA, base_dir=Path())
    made.prepare()
    return made


def losses(trial: Any) -> list[float]:
    return [metrics["loss"] for _, _, metrics, _ in trial.reports]


def test_it_says_what_the_manifest_wants_to_know(objective: JointExtraction) -> None:
    facts = objective.prepare()
    assert (facts["n_train"], facts["n_val"]) == (12, 3)
    assert len(facts["data_hash"]) == 16
    assert facts["encoder"] == "tiny"
    assert (objective.metric, objective.direction) == ("rel_nec_f1_micro", "maximize")


def test_every_epoch_is_reported_with_its_losses_scores_and_rate(objective: JointExtraction, make_trial: Any) -> None:
    trial = make_trial(max_epochs=3)
    score = objective.run(trial)
    assert [(step, phase) for step, _, _, phase in trial.reports] == [(1, "train"), (2, "train"), (3, "train")]
    assert score == trial.reports[-1][1]
    assert losses(trial)[-1] < losses(trial)[0] - 0.05  # nine steps of a fresh network
    metrics = trial.reports[-1][2]
    assert {"loss_mention", "loss_coref", "loss_entity", "loss_relation", "lr", "docs_per_s"} <= set(metrics)
    assert {f"{task}_f1_micro" for task in ("mention", "coref", "entity", "rel", "rel_nec")} <= set(metrics)
    assert (metrics["threshold_mention"], metrics["threshold_relation"]) == (0.85, 0.6)
    total = metrics["loss_mention"] + metrics["loss_coref"] + 0.25 * metrics["loss_entity"] + metrics["loss_relation"]
    assert metrics["loss"] == pytest.approx(total)


def test_progress_moves_forward_through_training_and_validation(objective: JointExtraction, make_trial: Any) -> None:
    trial = make_trial(max_epochs=2)
    objective.run(trial)
    first = [fraction for epoch, fraction, _ in trial.progresses if epoch == 1]
    assert first == sorted(first)
    assert first[-1] == pytest.approx(1.0)
    assert len(first) == 3 + 3  # batches of four, validation documents one at a time
    assert {message for _, _, message in trial.progresses} == {"training", "validation"}


def test_the_same_seed_gives_the_same_losses_and_another_does_not(objective: JointExtraction, make_trial: Any) -> None:
    one, again, other = make_trial(), make_trial(), make_trial(seed=4)
    for trial in (one, other, again):  # what another trial did in between must not matter
        objective.run(trial)
    assert losses(one) == losses(again)
    assert losses(one) != losses(other)


@pytest.mark.parametrize(("stop", "reports"), [({"stop_at_report": 1}, 1), ({"stop_at_progress": 2}, 0)])
def test_it_stops_at_once_when_told(
    objective: JointExtraction, make_trial: Any, stop: dict[str, int], reports: int
) -> None:
    trial = make_trial(max_epochs=5, **stop)
    score = objective.run(trial)
    assert len(trial.reports) == reports
    assert math.isnan(score) or reports
    assert len(trial.progresses) == stop.get("stop_at_progress", len(trial.progresses))


@pytest.mark.parametrize(
    ("settings", "epochs"),
    [
        ({"run_to": "warmup", "max_epochs": 8, "params": {"lr": 1e-3, "pct_start": 0.25}}, 2),
        ({"run_to": "warmup", "max_epochs": 8, "params": {"lr": 1e-3, "pct_start": 0.26}}, 3),
        ({"run_to": "epochs", "epochs": 1, "max_epochs": 8}, 1),
        ({"run_to": "all", "max_epochs": 2}, 2),
    ],
)
def test_it_runs_as_far_as_the_fidelity_says(
    objective: JointExtraction, make_trial: Any, settings: dict[str, Any], epochs: int
) -> None:
    trial = make_trial(**settings)
    objective.run(trial)
    assert len(trial.reports) == epochs


def test_a_short_run_is_the_beginning_of_the_long_one(objective: JointExtraction, make_trial: Any) -> None:
    short, long = make_trial(run_to="epochs", epochs=1, max_epochs=3), make_trial(max_epochs=3)
    objective.run(short)
    objective.run(long)
    assert losses(short) == losses(long)[:1]
    assert short.reports[0][2]["lr"] == long.reports[0][2]["lr"]


def test_without_a_scheduler_the_rate_stays(objective: JointExtraction, make_trial: Any) -> None:
    trial = make_trial(scheduler=False, params={"lr": 7e-4})
    objective.run(trial)
    assert [metrics["lr"] for _, _, metrics, _ in trial.reports] == [7e-4, 7e-4]


def test_subsets_rotate_and_are_as_large_as_they_should_be(objective: JointExtraction, make_trial: Any) -> None:
    first, second = (make_trial(train_subset=(i, 3), val_subset=(i, 3), max_epochs=1) for i in (0, 1))
    objective.run(first)
    objective.run(second)
    assert "4 documents to train, 1 to validate" in first.lines[0]
    assert losses(first) != losses(second)
    with pytest.raises(ModelError, match="subset 4 of 4"):
        objective.run(make_trial(val_subset=(4, 4)))


def test_a_loss_that_is_no_number_is_a_failure_with_a_reason(objective: JointExtraction, make_trial: Any) -> None:
    with pytest.raises(ModelError, match="must stay a finite number") as raised:
        objective.run(make_trial(params={"lr": 1e30}, scheduler=False, max_epochs=3))
    assert "learning rate" in raised.value.hint
    trial = make_trial()
    objective.run(trial)  # and the next trial is none the worse for it
    assert math.isfinite(losses(trial)[-1])


def test_unknown_and_idle_parameters_are_refused(objective: JointExtraction, make_trial: Any) -> None:
    with pytest.raises(ModelError, match="w_mentions") as raised:
        objective.run(make_trial(params={"w_mentions": 1.0}))
    assert "w_mention" in raised.value.hint
    with pytest.raises(ModelError, match="lr_mention"):  # one rate for all in GLOBAL
        objective.run(make_trial(params={"lr_mention": 1e-3}))


def test_kept_checkpoints_start_other_trials(objective: JointExtraction, make_trial: Any) -> None:
    trial = make_trial(max_epochs=2, keep_checkpoint_at=(1,))
    objective.run(trial)
    folder = trial.run_dir / "checkpoint-e1"
    assert (folder / "card.json").exists()
    going_on = make_trial(checkpoint=str(folder), max_epochs=1, scheduler=False)
    objective.run(going_on)
    fresh = make_trial(max_epochs=1, scheduler=False)
    objective.run(fresh)
    assert losses(going_on)[0] < losses(trial)[0]
    assert losses(going_on)[0] < losses(fresh)[0]


@pytest.mark.parametrize(
    "options",
    [
        {"type": "JointGRC"},
        {"type": "Mention"},
        {"type": "Coref"},
        {"type": "Entity"},
        {"type": "Relation"},
        {"asl": True, "asl_tasks": ["relation", "mention", "coref"], "asl_adaptive": True, "dtl": True},
        {"grouping": "LR2-L2", "accumulate": 2, "schedule": "linear", "precision": "bf16"},
    ],
)
def test_every_option_trains(options: dict[str, Any], make_trial: Any) -> None:
    objective = JointExtraction(
        model={"encoder": "tiny", "batch_size": 2, **options}, data={"atlas": {"documents": 8}}, base_dir=Path()
    )
    trial = make_trial(max_epochs=3, params={"lr": 2e-3})
    objective.run(trial)
    tasks = objective.config.tasks
    first, last = trial.reports[0][2], trial.reports[-1][2]
    assert {key for key in first if key.startswith("loss_")} == {f"loss_{task}" for task in tasks}
    assert sum(last[f"loss_{task}"] for task in tasks) < sum(first[f"loss_{task}"] for task in tasks)
    if options.get("dtl"):
        assert {f"weight_{task}" for task in tasks} <= set(last)
        assert last["weight_relation"] != first["weight_relation"]
    assert {key for key in last if key.endswith("_f1_micro")} == set(objective.config.metrics)
    assert objective.metric in last


def test_importing_the_objective_loads_no_torch() -> None:
    import subprocess
    import sys

    code = "import sys, model.objective; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_half_precision_without_a_gpu_is_refused_with_what_to_do(make_trial: Any) -> None:
    objective = JointExtraction(model={"encoder": "tiny", "precision": "fp16"}, data=DATA, base_dir=Path())
    with pytest.raises(ModelError, match="needs a GPU"):
        objective.run(make_trial())


def test_a_slurm_job_of_many_tasks_trains_as_any_process(
    objective: JointExtraction, make_trial: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"JOB_ID": "7", "JOB_NAME": "sprint", "NTASKS": "4", "PROCID": "2", "LOCALID": "2"}.items():
        monkeypatch.setenv(f"SLURM_{name}", value)
    trial = make_trial(max_epochs=1)
    objective.run(trial)
    assert len(trial.reports) == 1
