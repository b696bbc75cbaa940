"""What a trial leaves in its folder agrees with what it reported, in every way thresholds may move."""

import json
from pathlib import Path
from typing import Any

import pytest

from model.evaluation.examples import MOST_BYTES
from model.objective import JointExtraction

DATA = {"atlas": {"documents": 20, "seed": 5}}


def left(trial: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return tuple(json.loads((trial.run_dir / f"{name}.json").read_text()) for name in ("examples", "thresholds"))


def f1(rows: list[dict[str, Any]]) -> float:
    gold, right = sum(r["gold"] for r in rows), sum(r["right"] for r in rows)
    predicted = right + sum(r["spurious"] + r["wrong_type"] for r in rows)
    return 200 * right / (gold + predicted) if gold + predicted else 0.0


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        ({"threshold_mention": 0.3, "threshold_relation": 0.2}, {}),
        ({"thresholds": "algorithm-2"}, {}),
        ({"thresholds": "exact", "class_thresholds": True}, {}),
        ({"thresholds": "algorithm-2"}, {"calibration_epochs": 2}),
        ({"calibration": "exact"}, {"calibration_epochs": 2}),
    ],
)
def test_files_agree_with_the_reported_scores(
    options: dict[str, Any], settings: dict[str, Any], make_trial: Any
) -> None:
    objective = JointExtraction(
        model={"encoder": "tiny", "batch_size": 4, "negative_mentions": 20, **options}, data=DATA, base_dir=Path()
    )
    trial = make_trial(params={"lr": 3e-3}, max_epochs=3, **settings)
    objective.run(trial)
    assert not [line for line in trial.lines if "no examples" in line]
    examples, thresholds = left(trial)
    metrics = trial.reports[-1][2]
    relations = [row for row in examples["classes"] if row["task"] == "relation"]
    entities = [row for row in examples["classes"] if row["task"] == "entity"]
    assert f1(relations) == pytest.approx(metrics["rel_nec_f1_micro"])
    assert f1(entities) == pytest.approx(metrics["entity_f1_micro"])
    assert sum(row["right"] for row in thresholds["classes"]) == sum(row["right"] for row in relations)
    assert examples["n_documents"] == 4
    assert thresholds["thresholds"]["mention"] == pytest.approx(metrics["threshold_mention"], abs=1e-6)
    curve = thresholds["scut"]
    (at_force,) = [p for p in curve["points"] if p[0] == pytest.approx(curve["in_force"], abs=1e-6)]
    assert at_force[1] == pytest.approx(metrics["mention_f1_micro"], abs=0.01)
    moved = options.get("thresholds", "fixed") != "fixed"
    assert curve["used"] is moved
    assert bool(thresholds["rounds"]) is (moved or bool(settings))
    size = sum((trial.run_dir / f"{name}.json").stat().st_size for name in ("examples", "thresholds"))
    assert size < MOST_BYTES + 64 * 1024


@pytest.mark.parametrize("kind", ["Mention", "Coref", "Entity", "Relation"])
def test_a_model_of_one_task_leaves_its_own_mistakes(kind: str, make_trial: Any) -> None:
    objective = JointExtraction(
        model={"encoder": "tiny", "type": kind, "batch_size": 4}, data={"atlas": {"documents": 8}}, base_dir=Path()
    )
    trial = make_trial(max_epochs=1)
    objective.run(trial)
    examples, thresholds = left(trial)
    item = {"Mention": "mention", "Coref": "entity", "Entity": "entity", "Relation": "relation"}[kind]
    assert {row["task"] for row in examples["errors"]} == {item}
    assert (thresholds["scut"] is None) is (kind != "Mention")


def test_a_stopped_trial_leaves_nothing(make_trial: Any) -> None:
    objective = JointExtraction(model={"encoder": "tiny"}, data={"atlas": {"documents": 8}}, base_dir=Path())
    trial = make_trial(stop_at_report=1)
    objective.run(trial)
    assert not (trial.run_dir / "examples.json").exists()


def test_what_goes_wrong_with_the_files_does_not_cost_the_score(
    make_trial: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("model.search.artifacts.write_json", full)
    objective = JointExtraction(model={"encoder": "tiny"}, data={"atlas": {"documents": 8}}, base_dir=Path())
    trial = make_trial(max_epochs=1)
    assert objective.run(trial) == trial.reports[-1][1]
    assert any("no space left" in line for line in trial.lines)
