"""Plans: what a template makes of a thread, what a preview tells, what becomes of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine import api
from engine.errors import EngineError
from engine.space.proposal import Proposal
from engine.store.workspace import Workspace
from tests.engine.conftest import Finish, spread


def test_the_label_is_the_threads_slug_fidelity_stage_and_version(ws: Workspace) -> None:
    plan = api.default_plan(ws, "Hartmann", "1e")
    assert (plan.stage, plan.n_trials, plan.n_random) == ("1E", 120, 60)
    assert api.preview_plan(ws, plan).label == "Hartmann-T6_V3_M25-E0_S0-1E_v1"
    first = api.create_sprint(ws, plan)
    assert (first.label, first.state, first.short_label) == ("Hartmann-T6_V3_M25-E0_S0-1E_v1", "ready", "1E_v1")
    assert api.create_sprint(ws, plan).short_label == "1E_v2"


def test_two_threads_may_have_the_same_label(ws: Workspace, thread_file: object) -> None:
    spec = api.load_thread_file(thread_file)  # type: ignore[arg-type]
    model = {"type": "JointMRC", "encoder": "minilm"}
    for name in ("a", "b"):
        api.create_thread(ws, replace(spec, name=name, objective="model.objective:JointExtraction", model=model))
        api.create_sprint(ws, api.default_plan(ws, name, "1E"))
    labels = {view.label for view in api.list_sprints(ws)}
    assert labels == {"JointMRC-MiniLM-GLOBAL-T6_V3_M25-E0_S0-1E_v1"}
    with pytest.raises(EngineError, match="say which: a/1E_v1, b/1E_v1"):
        api.get_sprint(ws, "1E_v1")
    assert api.get_sprint(ws, "b/1E_v1").thread == "b"


def test_the_next_stage_is_primed_cold_from_the_one_before(ws: Workspace, explored: api.SprintView) -> None:
    plan = api.default_plan(ws, "Hartmann", "Full")
    assert (plan.prime, plan.prime_from, plan.top_n) == ("cold", explored.id, 3)
    preview = api.preview_plan(ws, plan)
    assert [one.number for one in preview.primed] == [26, 25, 27]
    assert all(one.source == "primed-cold" and not one.warm for one in preview.primed)
    assert preview.n_train == 600
    assert preview.forecast_seconds is not None
    assert "1E_v1" in preview.forecast_basis
    view = api.create_sprint(ws, plan)
    assert (view.n_queued, view.priming) == (3, "cold, top 3 of 1E_v1")
    trials = api.list_trials(ws, view.id)
    assert [one.source_trial for one in trials] == ["1E_v1 #26", "1E_v1 #25", "1E_v1 #27"]
    assert all(one.params["pct_start"] == pytest.approx(0.28) for one in trials)
    assert [one.fold for one in trials] == [(0, 0)] * 3


def test_a_part_without_a_document_is_no_plan(ws: Workspace, explored: api.SprintView) -> None:
    plan = api.default_plan(ws, "Hartmann", "Full")
    fidelity = replace(plan.fidelity, train_parts=601)
    (error,) = api.preview_plan(ws, replace(plan, fidelity=fidelity)).errors
    assert error == "T601 leaves a trial no training example: there are 600, so T600 is the smallest part"
    assert not api.preview_plan(ws, replace(plan, fidelity=replace(fidelity, train_parts=600))).errors


def test_a_stage_without_its_templates_pruner_makes_a_plan_that_is_accepted(ws: Workspace, thread_file: Path) -> None:
    stages = {"Full": {"pruner": "none", "sampler": "random"}}
    api.create_thread(ws, replace(api.load_thread_file(thread_file), name="calm", stages=stages))
    view = api.create_sprint(ws, api.default_plan(ws, "calm", "Full"))
    assert (view.pruner, view.pruner_options, view.sampler_options) == ("none", {}, {})


def test_a_full_stage_without_anything_before_it_is_not_primed(ws: Workspace) -> None:
    assert api.default_plan(ws, "Hartmann", "Full").prime == "none"


def test_points_outside_the_trimmed_space_are_listed_and_never_run(ws: Workspace, explored: api.SprintView) -> None:
    api.apply_edit(ws, "Hartmann", Proposal(action="narrow", dimension="x0", low=0.0, high=0.86))
    plan = replace(api.default_plan(ws, "Hartmann", "Warm", "cold"), top_n=2)
    preview = api.preview_plan(ws, plan)
    assert [number for number, _ in preview.dropped] == [26, 27]
    assert preview.dropped[0][1].startswith("x0 = 0.8833 is outside")
    assert [one.number for one in preview.primed] == [25, 24]


def test_warm_priming_takes_scores_over_without_counting_them(ws: Workspace, explored: api.SprintView) -> None:
    same = replace(api.default_plan(ws, "Hartmann", "1E", "warm"), n_trials=5, n_random=5, top_n=4)
    view = api.create_sprint(ws, same)
    assert (view.n_warm, view.n_complete, view.n_queued) == (4, 0, 0)
    assert view.best_score == explored.best_score
    warm = api.list_trials(ws, view.id)
    assert all(one.warm and one.state == "complete" for one in warm)


def test_warm_priming_across_fidelities_is_refused_with_the_field(ws: Workspace, explored: api.SprintView) -> None:
    plan = api.default_plan(ws, "Hartmann", "Warm", "warm")
    errors = api.preview_plan(ws, plan).errors
    assert any("fidelity.run_to differs: 'epochs' there, 'warmup' here" in error for error in errors)
    with pytest.raises(EngineError, match="warm priming is refused"):
        api.create_sprint(ws, replace(plan, allow_changed_space=True))


def test_warm_priming_into_a_changed_space_needs_a_persons_word(ws: Workspace, explored: api.SprintView) -> None:
    api.apply_edit(ws, "Hartmann", Proposal(action="narrow", dimension="x0", low=0.2, high=1.0))
    plan = replace(api.default_plan(ws, "Hartmann", "1E", "warm"), n_trials=5, n_random=5)
    assert "the space differs (x0)" in api.preview_plan(ws, plan).errors[0]
    confirmed = api.preview_plan(ws, replace(plan, allow_changed_space=True))
    assert confirmed.errors == ()
    assert len(confirmed.primed) == 24


def test_threads_share_no_trials(ws: Workspace, explored: api.SprintView, thread_file: object) -> None:
    spec = api.load_thread_file(thread_file)  # type: ignore[arg-type]
    api.create_thread(ws, replace(spec, name="other"))
    plan = replace(api.default_plan(ws, "other", "Full"), prime="cold", prime_from=explored.id)
    assert "threads share no trials" in api.preview_plan(ws, plan).errors[0]


def test_hand_typed_trials_run_first(ws: Workspace, explored: api.SprintView) -> None:
    plan = replace(api.default_plan(ws, "Hartmann", "1E", "cold"), manual=({"x0": 0.1, "x1": 0.1, "x2": 0.1},), top_n=2)
    view = api.create_sprint(ws, plan)
    assert [one.source for one in api.list_trials(ws, view.id)] == ["manual", "primed-cold", "primed-cold"]
    wrong = replace(plan, manual=({"x0": 7.0, "x1": 0.1, "x2": 0.1},))
    assert "hand-typed trial 1" in api.preview_plan(ws, wrong).errors[0]


def test_confirming_runs_each_configuration_with_different_seeds(ws: Workspace, explored: api.SprintView) -> None:
    plan = replace(api.default_plan(ws, "Hartmann", "confirm"), top_n=2, repeats=3, n_trials=6)
    trials = api.list_trials(ws, api.create_sprint(ws, plan).id)
    assert [one.source_trial for one in trials] == ["1E_v1 #26", "1E_v1 #25"] * 3
    assert len({one.seed for one in trials}) == 6


def test_more_primed_trials_than_budget_is_an_error(ws: Workspace, explored: api.SprintView) -> None:
    plan = replace(api.default_plan(ws, "Hartmann", "1E", "cold"), n_trials=5, n_random=0, top_n=9)
    assert "do not fit a budget of 5" in api.preview_plan(ws, plan).errors[0]


def test_unknown_samplers_pruners_and_options_are_errors_of_the_preview(ws: Workspace) -> None:
    plan = api.default_plan(ws, "Hartmann", "1E")
    for changed in ({"sampler": "gpp"}, {"sampler_options": {"acq_fun": "EI"}}, {"pruner": "hyperbnd"}):
        (error,) = api.preview_plan(ws, replace(plan, **changed)).errors
        assert "did you mean" in error


def test_a_budget_without_guided_trials_is_warned_of(ws: Workspace) -> None:
    plan = replace(api.default_plan(ws, "Hartmann", "1E"), n_trials=6, n_random=6)
    assert any("no trial is left for the sampler" in warning for warning in api.preview_plan(ws, plan).warnings)


def test_a_sprint_keeps_the_space_it_began_with(ws: Workspace) -> None:
    first = api.create_sprint(ws, api.default_plan(ws, "Hartmann", "1E"))
    api.apply_edit(ws, "Hartmann", Proposal(action="narrow", dimension="x0", high=0.5))
    second = api.create_sprint(ws, api.default_plan(ws, "Hartmann", "1E"))
    assert (first.space_number, second.space_number) == (1, 2)
    assert api.get_sprint(ws, first.id).space_number == 1


def test_budgets_are_stored_with_the_sprint(ws: Workspace, finish: Finish) -> None:
    plan = replace(api.default_plan(ws, "Hartmann", "1E"), max_seconds=60.0, max_epoch_equivalents=2.0, keep_top=2)
    view = api.create_sprint(ws, plan)
    assert (view.max_seconds, view.max_epoch_equivalents) == (60.0, 2.0)
    done = finish(ws, view.id, spread(6))
    assert done.used_seconds == pytest.approx(2.0, abs=0.2), "six trials of 2 s side by side"
    assert done.used_epoch_equivalents == pytest.approx(1.0)


def test_brackets_and_rungs_are_shown_before_the_run(ws: Workspace, explored: api.SprintView) -> None:
    preview = api.preview_plan(ws, api.default_plan(ws, "Hartmann", "Full"))
    assert [one.rungs for one in preview.brackets] == [(1, 3, 9, 27), (3, 9, 27), (9, 27), (27,)]
    assert sum(one.n_trials for one in preview.brackets) == 9
    assert sum(one.share for one in preview.brackets) == pytest.approx(1.0)
    assert api.preview_plan(ws, api.default_plan(ws, "Hartmann", "1E")).brackets == ()


def test_a_forecast_counts_what_hyperband_leaves_out_and_says_from_where(
    ws: Workspace, explored: api.SprintView
) -> None:
    plan = api.default_plan(ws, "Hartmann", "Full")
    with_pruner, without = api.preview_plan(ws, plan), api.preview_plan(ws, replace(plan, pruner="none"))
    assert with_pruner.forecast_seconds is not None
    assert without.forecast_seconds is not None
    assert with_pruner.forecast_seconds < without.forecast_seconds
    assert without.epoch_equivalents == 9 * 25
    saved = 1 - with_pruner.epoch_equivalents / without.epoch_equivalents
    assert f"counts savings by hyperband: about {saved:.0%} of the epochs, from the brackets" in (
        with_pruner.forecast_basis
    )
    assert "leaves out" not in without.forecast_basis


def test_a_sampler_that_never_leaves_its_startup_is_warned_of(ws: Workspace) -> None:
    plan = api.default_plan(ws, "Hartmann", "Full")
    assert not any("never guides" in one for one in api.preview_plan(ws, plan).warnings)
    ten = replace(plan, sampler_options={"n_startup_trials": 10})
    assert any("with 9 it never guides" in one for one in api.preview_plan(ws, ten).warnings)


def test_a_wall_clock_budget_caps_the_forecast_and_says_so(ws: Workspace, explored: api.SprintView) -> None:
    plan = replace(api.default_plan(ws, "Hartmann", "1E"), n_trials=30, n_random=15)
    free = api.preview_plan(ws, plan)
    assert free.forecast_seconds == pytest.approx(60.0), "30 trials of 2 s"
    capped = api.preview_plan(ws, replace(plan, max_seconds=30.0))
    assert capped.forecast_seconds == 30.0
    assert "2 times the wall-clock budget" in capped.forecast_basis


def test_a_stage_of_the_thread_file_brings_its_budgets_and_limits(ws: Workspace, thread_file: Path) -> None:
    stage = "{from: baseline, n_trials: 5, max_seconds: 60, max_epoch_equivalents: 3, limits: {trial_seconds: 9}}"
    thread_file.write_text(thread_file.read_text().replace("Hartmann", "Short") + f"stages:\n  brief: {stage}\n")
    api.create_thread(ws, api.load_thread_file(thread_file))
    made = api.create_sprint(ws, api.default_plan(ws, "Short", "brief"))
    assert (made.n_trials, made.max_seconds, made.max_epoch_equivalents) == (5, 60, 3)
    assert made.limits == {"trial_seconds": 9}
    for wrong, message in (("max_seconds: -1", "a finite number above 0"), ("limits2: 1", "limits")):
        bad = thread_file.read_text().replace("max_seconds: 60", wrong).replace("Short", "Bad")
        thread_file.write_text(bad)
        with pytest.raises(api.EngineError, match=message):
            api.load_thread_file(thread_file)
        thread_file.write_text(bad.replace(wrong, "max_seconds: 60").replace("Bad", "Short"))


def test_constraints_that_no_draw_holds_forbid_the_sprint_and_rare_ones_are_told(ws: Workspace) -> None:
    plan = api.default_plan(ws, "Hartmann", "1E")
    api.constrain(ws, "Hartmann", ["x2 < x1"])
    assert not any("break a constraint" in warning for warning in api.preview_plan(ws, plan).warnings)
    api.apply_edit(ws, "Hartmann", Proposal(action="narrow", dimension="x1", high=0.012))
    assert any("of random points break a constraint" in warning for warning in api.preview_plan(ws, plan).warnings)
    api.apply_edit(ws, "Hartmann", Proposal(action="narrow", dimension="x1", high=0.0101))
    api.constrain(ws, "Hartmann", ["x2 < x1", "x0 < x2"])
    with pytest.raises(EngineError, match="some point must hold the constraints, got none in 10,000 random draws"):
        api.create_sprint(ws, plan)
    api.constrain(ws, "Hartmann", ["sum(x0, x2) == 1", "sum(x0, x1) == 0.5"])
    assert "a dimension may be in one sum only" in api.preview_plan(ws, plan).errors[0]


def test_a_checkpoint_after_the_last_epoch_is_told(ws: Workspace) -> None:
    plan = api.default_plan(ws, "Hartmann", "1E")
    for epochs, told in (((1,), False), ((1, 2), True)):
        warnings = api.preview_plan(ws, replace(plan, keep_checkpoint_at=epochs)).warnings
        assert any("no trial reaches epoch 2" in warning and "end at 1" in warning for warning in warnings) == told
    warm = replace(api.default_plan(ws, "Hartmann", "Warm"), keep_checkpoint_at=(8,))
    assert not any("no trial reaches" in warning for warning in api.preview_plan(ws, warm).warnings)
