"""Readings become epochs and one score: counting, shifting, fractions, repeats, ranks, and what is a finding."""

import math
from collections.abc import Sequence
from typing import Any

import pytest

from engine.metric_sources.numbers import read_number
from engine.metric_sources.reading import Reading
from engine.metric_sources.report_options import ReportOptions
from engine.metric_sources.reported_epochs import ReportedEpochs
from engine.trials.states import Direction


class Trained:
    """The epochs that a row of readings becomes."""

    def __init__(
        self, *readings: Reading, n_epochs: int | None = None, direction: str = "maximize", **options: Any
    ) -> None:
        self.reported: list[tuple[int, float]] = []
        self.progressed: list[tuple[int, float]] = []
        self.metrics: list[dict[str, float]] = []
        epochs = ReportedEpochs(
            options=ReportOptions(**options),
            direction=Direction(direction),
            report=self.report,
            progress=self.progress,
            n_epochs=n_epochs,
        )
        for reading in readings:
            assert epochs.take(reading)
        epochs.close()
        self.score = epochs.score
        self.findings = epochs.findings(is_complete=True)

    def report(self, epoch: int, score: float, metrics: Any, phase: str) -> bool:
        self.reported.append((epoch, score))
        self.metrics.append(dict(metrics))
        return True

    def progress(self, epoch: int, fraction: float, message: str) -> bool:
        self.progressed.append((epoch, fraction))
        return True


def scored(*scores: float, at: Sequence[float | None] | None = None, **facts: Any) -> list[Reading]:
    """Readings with these scores, of these epochs."""
    return [Reading(score=s, epoch=at[i] if at else None, **facts) for i, s in enumerate(scores)]


def test_epochs_are_counted_where_the_script_names_none() -> None:
    assert Trained(*scored(0.1, 0.2, 0.3)).reported == [(1, 0.1), (2, 0.2), (3, 0.3)]


@pytest.mark.parametrize(
    ("at", "options", "epochs"),
    [
        ([1, 2, 3], {}, [1, 2, 3]),
        ([0, 1, 2], {}, [1, 2, 3]),
        ([0.0, 1.0, 2.0], {}, [1, 2, 3]),
        ([0, 1, 2], {"first_epoch": 0}, [1, 2, 3]),
        ([0, 1, 2], {"first_epoch": 1}, [1, 2]),
        ([0.0, 0.5, 1.0], {}, [1]),
        ([0.5, 1.0, 1.5], {}, [1, 2]),
        ([0.98, 1.96, 2.94], {}, [1, 2, 3]),
        ([5, 6, 7], {"first_epoch": 5}, [1, 2, 3]),
    ],
)
def test_what_a_script_calls_its_epochs_counts_from_one(at: list[float], options: Any, epochs: list[int]) -> None:
    assert [epoch for epoch, _ in Trained(*scored(0.1, 0.2, 0.3, at=at), **options).reported] == epochs


def test_a_first_epoch_that_is_the_only_one_counts_even_when_it_is_zero() -> None:
    for zero in (0, 0.0):
        assert Trained(*scored(0.5, at=[zero])).reported == [(1, 0.5)]


def test_steps_make_epochs_and_step_zero_is_before_training() -> None:
    readings = [Reading(score=n / 10, step=250 * n) for n in range(4)]
    assert Trained(*readings, every=250).reported == [(1, 0.1), (2, 0.2), (3, 0.3)]


def test_an_evaluation_within_an_epoch_is_progress_until_the_epoch_ends() -> None:
    trained = Trained(*scored(0.1, 0.2, 0.3, at=[0.25, 0.5, 1.0]))
    assert trained.reported == [(1, 0.3)]
    assert trained.progressed == [(1, 0.25), (1, 0.5)]
    assert trained.findings == []


@pytest.mark.parametrize(
    ("take", "direction", "score"),
    [("last", "maximize", 0.2), ("best", "maximize", 0.9), ("best", "minimize", 0.1), ("mean", "maximize", 0.4)],
)
def test_take_says_which_score_is_the_trials(take: Any, direction: str, score: float) -> None:
    assert Trained(*scored(0.1, 0.9, 0.2), take=take, direction=direction).score == pytest.approx(score)


def test_a_score_that_is_no_number_is_the_last_but_never_the_best() -> None:
    assert math.isnan(Trained(*scored(0.1, math.nan)).score or 0.0)
    assert Trained(*scored(0.1, math.nan), take="best").score == 0.1


def test_metrics_without_a_score_join_the_next_report() -> None:
    trained = Trained(Reading(metrics={"loss": 2.0}, epoch=1), *scored(0.4, at=[1], metrics={"f1": 0.3}))
    assert trained.metrics == [{"loss": 2.0, "f1": 0.3}]


def test_an_epoch_reported_twice_with_one_score_is_one_report_and_with_two_a_finding() -> None:
    same = Trained(*scored(0.1, 0.1, 0.2, 0.2, at=[1, 1, 2, 2]))
    assert (same.reported, same.findings) == ([(1, 0.1), (2, 0.2)], [])
    other = Trained(*scored(0.1, 0.3, 0.2, 0.4, at=[1, 1, 2, 2]))
    assert other.score == 0.4
    [finding] = other.findings
    assert finding.startswith("Epochs 1, 2 were reported more than once with different scores (0.1, 0.3)")
    assert "rank 0 only" in finding


def test_a_missing_epoch_is_a_finding() -> None:
    assert Trained(*scored(0.1, 0.3, at=[1, 3])).findings == ["Epoch 2 was never reported, though epoch 3 was."]
    assert Trained(*scored(0.1, at=[1]), n_epochs=3).findings == ["The last report is of epoch 1; 3 epochs asked for."]


def test_epochs_beyond_what_was_asked_for_are_a_finding_that_names_the_way_out() -> None:
    [finding] = Trained(*scored(0.1, 0.2, at=[0, 1]), n_epochs=1).findings
    assert finding == "2 epochs reported, 1 epoch asked for. Set from: 1 if epoch 0 comes before training."


def test_only_rank_0_counts_and_what_others_said_is_a_finding() -> None:
    trained = Trained(*scored(0.1, at=[1]), *scored(0.7, at=[1], rank=1), *scored(0.2, at=[2]))
    assert (trained.reported, trained.score) == ([(1, 0.1), (2, 0.2)], 0.2)
    assert trained.findings == ["1 report of rank 1 not counted: only rank 0 counts."]


def test_a_summary_without_an_epoch_does_not_replace_the_score_of_the_last_epoch() -> None:
    trained = Trained(*scored(0.1, 0.2, at=[1, 2]), *scored(0.9))
    assert (trained.score, len(trained.reported)) == (0.2, 2)
    assert trained.findings == ["1 score without an epoch not counted: others name theirs."]


def test_the_score_of_the_whole_training_is_that_of_its_last_epoch() -> None:
    assert Trained(Reading(score=0.4, is_whole=True), n_epochs=25).reported == [(25, 0.4)]


def test_epochs_that_come_late_are_a_finding_and_the_highest_is_the_last() -> None:
    trained = Trained(*scored(0.1, 0.3, 0.2, at=[1, 3, 2]))
    assert trained.score == 0.3
    assert trained.findings == ["Epoch 2 was reported after a later epoch."]


def test_a_text_of_more_than_two_hundred_characters_is_no_number() -> None:
    assert read_number("0" * 199 + "7") == 7
    assert read_number("0" * 200 + "7") is None
