import math
from pathlib import Path
from typing import Any

import pytest
import torch

from model.calibration.fit import BestEpoch, ThresholdTuner, threshold_metrics
from model.config import CALIBRATIONS, POLICIES, ModelConfig
from model.errors import ModelError
from model.hyperparameters import Hyperparameters
from model.thresholds.policy import PRESETS
from model.thresholds.report import METHODS
from model.thresholds.thresholds import ThresholdSet
from model.training.training_session import Session


def test_names_in_the_configuration_are_those_of_the_library() -> None:
    assert set(POLICIES) == set(PRESETS)
    assert set(CALIBRATIONS) == set(METHODS) - {"fixed"}


def test_every_epoch_reports_the_thresholds_in_force(trained: Any) -> None:
    epochs = trained.recorder.of("train")
    assert [step for _, step, _, _ in epochs] == [1, 2, 3, 4, 5, 6, 7]
    for _, _, score, metrics in epochs:
        assert score == metrics["rel_nec_f1_micro"]
        assert 0 < metrics["threshold_mention"] < 1
        assert {"mention_f1_micro", "coref_f1_micro", "entity_f1_micro", "rel_f1_micro", "loss"} <= set(metrics)
    assert len({metrics["threshold_mention"] for _, _, _, metrics in epochs}) > 1


def test_calibration_is_reported_in_its_own_phase_and_never_lowers_the_score(trained: Any) -> None:
    rounds = trained.recorder.of("calibration")
    assert 1 <= len(rounds) <= 3
    assert [step for _, step, _, _ in rounds] == list(range(8, 8 + len(rounds)))
    best = max(score for _, _, score, _ in trained.recorder.of("train"))
    scores = [score for _, _, score, _ in rounds]
    assert scores == sorted(scores)
    assert scores[0] >= best > 0
    assert trained.outcome.score == scores[-1]


def test_the_checkpoint_holds_the_best_epoch_with_the_calibrated_thresholds(trained: Any) -> None:
    epochs = trained.recorder.of("train")
    assert trained.card["epoch"] == max(epochs, key=lambda row: (row[2], row[1]))[1]
    thresholds = ThresholdSet.from_dict(trained.card["thresholds"])
    assert thresholds == trained.outcome.thresholds
    last = trained.recorder.reports[-1][3]
    assert threshold_metrics(thresholds).items() <= last.items()
    assert trained.card["metrics"]["rel_nec_f1_micro"] == trained.outcome.score


def test_a_listener_may_stop_calibration_but_what_was_reached_stays(tmp_path: Path, make_listener: Any) -> None:
    session = Session(
        model={"encoder": "tiny", "thresholds": "algorithm-2", "class_thresholds": True, "negative_mentions": 20},
        data={"atlas": {"documents": 8, "seed": 1}},
        base_dir=tmp_path,
        device="cpu",
    )
    recorder = make_listener(stop_at=2)
    outcome = session.train(
        Hyperparameters.from_params({"lr": 1e-3}, session.workbench.config),
        epochs=1,
        max_epochs=1,
        scheduler=True,
        seed=0,
        listener=recorder,
        calibration_epochs=5,
    )
    assert [phase for phase, *_ in recorder.reports] == ["train", "calibration"]
    assert outcome.score == recorder.reports[-1][2]
    assert "threshold_relation_least" in recorder.reports[-1][3]


@pytest.mark.parametrize("kind", ["Mention", "Coref", "Entity"])
def test_thresholds_do_not_move_where_no_relation_judges_them(kind: str) -> None:
    with pytest.raises(ModelError, match="move by the relations"):
        ModelConfig.from_mapping({"type": kind, "thresholds": "exact"})


def test_a_policy_that_moves_nothing_yet_lets_validation_stream() -> None:
    def moving(name: str) -> list[int]:
        config = ModelConfig.from_mapping({"thresholds": name})
        tuner = ThresholdTuner.of(config, ThresholdSet())
        return [epoch for epoch in (1, 2, 10, 11, 12) if tuner.moves(epoch)]

    assert moving("fixed") == []
    assert moving("exact") == [1, 2, 10, 11, 12]
    assert moving("b14") == [1, 2, 10, 11, 12]


def test_of_equal_epochs_the_later_is_best_and_its_weights_come_back() -> None:
    network, best = torch.nn.Linear(1, 1, bias=False), BestEpoch()
    for epoch, score in ((1, math.nan), (2, 5.0), (3, 5.0), (4, 4.0)):
        with torch.no_grad():
            network.weight.fill_(epoch)
        best.offer(epoch, score, ThresholdSet(mention=epoch / 10), network)
    assert (best.epoch, best.score) == (3, 5.0)
    assert best.thresholds == ThresholdSet(mention=0.3)
    best.restore(network)
    assert network.weight.item() == 3
