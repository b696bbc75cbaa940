"""Stage templates: the paper's numbers, and a thread's own on top."""

import pytest

from engine.errors import EngineError
from engine.sprint.stages import BUILT_IN, all_stages, find_stage, next_stage
from engine.trials.fidelity import WARMUP_END


def test_the_three_phases_have_the_papers_numbers() -> None:
    first, warm, full = (find_stage(name, {}) for name in ("1E", "Warm", "Full"))
    assert (first.sampler, first.n_trials, first.n_random) == ("gp", 120, 60)
    assert (first.fidelity.code, first.fidelity.n_epochs(), first.fidelity.scheduler) == ("T6_V3_M25", 1, False)
    assert (warm.sampler, warm.n_trials, warm.n_random, warm.prime) == ("gp", 90, 30, "none")
    assert (warm.fidelity.code, warm.fidelity.run_to, warm.fidelity.scheduler) == ("T6_V3_M25", "warmup", True)
    assert [warm.fidelity.n_epochs(w) for w in (0.24, 0.28, 0.32)] == [6, 7, 8]
    assert (full.sampler, full.pruner, full.n_trials, full.prime, full.top_n) == ("tpe", "hyperband", 9, "cold", 3)
    assert (full.fidelity.code, full.fidelity.n_epochs(), full.fidelity.calibration_epochs) == ("T1_V1_M25", 25, 7)
    assert full.pruner_options["max_resource"] == 32
    assert full.sampler_options["n_startup_trials"] == 4


def test_a_thread_may_change_a_stage_and_add_its_own() -> None:
    own = {
        "1E": {"n_trials": 60},
        "half": {"from": "Full", "n_trials": 5, "fidelity": {"train_parts": 2}},
        "quick": {"sampler": "random", "n_trials": 4, "n_random": 4, "fidelity": {"epochs": 2, "max_epochs": 2}},
    }
    stages = all_stages(own)
    assert (stages["1E"].n_trials, stages["1E"].n_random) == (60, 30)
    assert (stages["half"].fidelity.code, stages["half"].sampler, stages["half"].n_trials) == ("T2_V1_M25", "tpe", 5)
    assert stages["quick"].fidelity.n_epochs() == 2
    assert set(stages) == {*(stage.name for stage in BUILT_IN), "half", "quick"}


def test_another_pruner_or_sampler_does_not_inherit_the_options_of_the_one_it_replaces() -> None:
    own = {
        "Full": {"pruner": "none"},
        "half": {"from": "1E", "sampler": "tpe", "sampler_options": {"n_startup_trials": 3}},
        "gp": {"from": "half", "sampler": "gp"},
        "same": {"from": "half", "sampler": "tpe", "n_trials": 9},
    }
    stages = all_stages(own)
    assert (stages["Full"].pruner_options, stages["Full"].sampler_options) == ({}, {"n_startup_trials": 4})
    assert stages["gp"].sampler_options == {}
    assert stages["same"].sampler_options == {"n_startup_trials": 3}


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"1E": {"n_trails": 5}}, "did you mean n_trials"),
        ({"x": {"from": "Fulll"}}, "did you mean Full"),
        ({"x": {"fidelity": {"train_part": 2}}}, "did you mean train_parts"),
        ({"x": {"n_trials": 5, "n_random": 9}}, "n_random must be at most n_trials, 5, got 9"),
        ({"x": {"prime": "hot"}}, "none, cold or warm"),
    ],
)
def test_a_wrong_stage_is_refused_with_a_hint(own: dict[str, dict[str, object]], message: str) -> None:
    with pytest.raises(EngineError) as error:
        all_stages(own)
    assert message in str(error.value)


def test_stages_are_found_whatever_the_case_and_the_nearest_is_named() -> None:
    assert find_stage("1e", {}).name == "1E"
    with pytest.raises(EngineError, match="did you mean Warm"):
        find_stage("wrm", {})


def test_checkpoints_are_kept_at_epochs_by_number_or_name() -> None:
    own = {"Full": {"keep_checkpoint_at": ["warmup", "mid", "late", 3]}}
    assert find_stage("Full", own).keep_checkpoint_at == (WARMUP_END, 3, 13, 23)
    with pytest.raises(EngineError, match="warmup, mid or late"):
        find_stage("Full", {"Full": {"keep_checkpoint_at": ["soon"]}})


def test_the_next_stage_follows_the_furthest_one_done() -> None:
    assert [next_stage(done) for done in ((), ("1E",), ("1E", "baseline", "Warm"), ("Full",))] == [
        "1E",
        "Warm",
        "Full",
        "Full",
    ]
