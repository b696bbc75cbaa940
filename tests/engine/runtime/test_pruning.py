"""Pruning in a running sprint: rungs, primed trials, calibration."""

from pathlib import Path
from typing import Any

from engine.pruners.brackets import bracket_of, make_brackets
from engine.store import claims, commands, queries
from engine.store.database import reading, writing
from engine.store.driver_connection import raw
from engine.store.tables import TrialRow
from engine.trials.fidelity import Fidelity
from engine.worker.context import TrialContext
from engine.worker.interrupts import Interrupts

FULL = {"max_epochs": 25, "calibration_epochs": 7}


def test_a_hyperband_sprint_prunes_at_rungs_and_says_why(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=40, pruner="hyperband", fidelity=FULL, study_key="k")
    assert lab.work(sprint_id) == "done"
    trials = lab.trials(sprint_id)
    pruned = [t for t in trials if t.state == "pruned"]
    assert {t.state for t in trials} == {"pruned", "complete"}
    assert {t.n_reports for t in pruned} <= {1, 3, 9}
    for trial in pruned:
        bracket = bracket_of(make_brackets(1, 32, 3), "k", trial.number)
        assert trial.reason.startswith(f"bracket {bracket.index}, rung ")
        assert trial.n_reports in bracket.rungs
        assert trial.score is not None


def test_calibration_epochs_are_run_and_never_pruned(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=12, pruner="halving", fidelity={"max_epochs": 2, "calibration_epochs": 7})
    lab.work(sprint_id)
    trials = lab.trials(sprint_id)
    complete = [t for t in trials if t.state == "complete"]
    assert {t.n_reports for t in complete} == {9}, "rungs 3 and 9 lie in calibration"
    assert {t.n_reports for t in trials if t.state == "pruned"} == {1}
    with reading(lab.ws) as session:
        phases = [report.phase for report in queries.epochs(session, complete[0])]
    assert phases == ["train"] * 2 + ["calibration"] * 7


def test_warm_primed_trials_compete_in_rungs_with_their_copied_epochs(lab: Any) -> None:
    """In Optuna added trials are invisible to rungs (notes 2); good ones here raise the cut for those that come."""
    first = lab.sprint(n_trials=20, fidelity=FULL)
    lab.work(first)
    best = sorted(lab.trials(first), key=lambda t: -(t.score or 0))[:6]
    plain = lab.sprint(n_trials=8, pruner="halving", fidelity=FULL, seed=9)
    lab.work(plain)
    primed = lab.sprint(n_trials=8, pruner="halving", fidelity=FULL, seed=9)
    with writing(lab.ws) as session:
        warm = [
            TrialRow(
                params=t.params, source="primed-warm", source_trial_id=t.id, state="complete", score=t.score,
                sprint_id=0, number=0,
            )
            for t in best
        ]  # fmt: skip
        commands.add_trials(session, queries.sprint(session, primed), warm)
    lab.work(primed)
    own = [t for t in lab.trials(primed) if t.source != "primed-warm"]
    assert len(own) == 8, "warm trials do not count against the budget"
    n_pruned_at_once = sum(t.state == "pruned" and t.n_reports == 1 for t in own)
    assert n_pruned_at_once > sum(t.state == "pruned" and t.n_reports == 1 for t in lab.trials(plain))


def test_tpe_sees_the_whole_sprint_not_its_bracket(lab: Any) -> None:
    sprint_id = lab.sprint(
        n_trials=14,
        n_random=0,
        sampler="tpe",
        sampler_options={"n_startup_trials": 4},
        pruner="hyperband",
        fidelity=FULL,
    )
    lab.work(sprint_id)
    assert [t.source for t in lab.trials(sprint_id)] == ["random"] * 4 + ["model"] * 10


def test_the_last_training_epoch_is_never_judged_even_when_calibration_follows(lab: Any, tmp_path: Path) -> None:
    """A trial that has trained to its end is calibrated, whatever the pruner would say."""
    sprint_id = lab.sprint(trials=1)
    asked: list[int] = []
    with writing(lab.ws) as session:
        claim = claims.claim_queued(raw(session), sprint_id, 1, 60.0)
    assert claim is not None
    trial = TrialContext(
        lab.ws, claim, fidelity=Fidelity(max_epochs=3, calibration_epochs=2), checkpoint=None, keep_checkpoint_at=(),
        names=(), open_test=False, device="cpu", trial_seconds=None, interrupts=Interrupts(),
        judge=lambda step: asked.append(step) or "",
    )  # fmt: skip
    for step in (1, 2, 3):
        assert trial.report(step, 1.0, {})
    assert trial.report(4, 1.0, {}, phase="calibration")
    trial.close()
    assert asked == [1, 2]
