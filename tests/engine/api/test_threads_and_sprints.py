"""Threads and sprints as an interface sees them; one sprint really runs."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine import api
from engine.errors import EngineError
from engine.store.workspace import Workspace
from tests.engine.conftest import Finish, spread


def test_a_thread_shows_its_sprints_and_can_be_archived_renamed_and_annotated(
    ws: Workspace, explored: api.SprintView
) -> None:
    (view,) = api.list_threads(ws)
    assert (view.name, view.objective, view.space_number) == ("Hartmann", "engine.objectives.synthetic:Synthetic", 1)
    assert [one.id for one in view.sprints] == [explored.id]
    assert view.stages[:3] == ("1E", "Warm", "Full")
    api.archive_thread(ws, "Hartmann")
    assert api.list_threads(ws) == []
    assert api.list_sprints(ws) == []
    assert [one.name for one in api.list_threads(ws, archived=True)] == ["Hartmann"]
    api.archive_thread(ws, "Hartmann", False)
    api.set_notes(ws, "hartmann", "looks good")
    assert api.rename_thread(ws, "Hartmann", "Hart").notes == "looks good"
    with pytest.raises(EngineError, match="did you mean Hart"):
        api.get_thread(ws, "Harte")


def test_a_taken_name_is_refused(ws: Workspace, thread_file: Path) -> None:
    with pytest.raises(EngineError, match="name must be new"):
        api.create_thread(ws, api.load_thread_file(thread_file))


def test_a_sprint_is_found_by_id_label_short_label_and_thread(ws: Workspace, explored: api.SprintView) -> None:
    for ref in (explored.id, str(explored.id), explored.label, "1E_v1", "1e_v1", "Hartmann/1E_v1", "hartmann/1E_v1"):
        assert api.get_sprint(ws, ref).id == explored.id
    for wrong, hint in (("1E_v2", "did you mean 1E_v1"), ("99", "there are 1 … 1"), ("zzzz", "sprint list")):
        with pytest.raises(EngineError, match=hint):
            api.get_sprint(ws, wrong)


def test_a_sprint_counts_its_trials_and_knows_its_pace(ws: Workspace, finish: Finish) -> None:
    plan = replace(api.default_plan(ws, "Hartmann", "1E"), n_trials=20, n_random=5)
    made = api.create_sprint(ws, plan)
    view = finish(ws, made.id, [*spread(4), ({"x0": 0.5, "x1": 0.1, "x2": 0.5}, None)], state="running")
    assert (view.n_complete, view.n_failed, view.n_trials) == (4, 1, 20)
    assert len(view.scores) == 4
    assert view.seconds_per_trial == pytest.approx(2.0)
    assert view.state == "orphaned"
    failed = api.get_trial(ws, made.id, 4)
    assert (failed.state, failed.reason) == ("failed", "out of memory")
    with pytest.raises(EngineError, match="it has 0 … 4"):
        api.get_trial(ws, made.id, 5)


def test_a_finished_sprint_is_extended_but_not_started_again_without(ws: Workspace, finish: Finish) -> None:
    plan = replace(api.default_plan(ws, "Hartmann", "1E"), n_trials=4, n_random=4)
    view = finish(ws, api.create_sprint(ws, plan).id, spread(4))
    with pytest.raises(EngineError, match="used its budget"):
        api.start_sprint(ws, view.id)
    extended = api.extend_sprint(ws, view.id, 2)
    assert (extended.n_trials, extended.n_extended, view.n_extended) == (6, 2, 0)
    with pytest.raises(EngineError, match="never started"):
        api.resume_sprint(ws, api.create_sprint(ws, plan).id)


def test_an_orphaned_sprint_is_closed_by_stopping_it_and_known_as_stopped(ws: Workspace, finish: Finish) -> None:
    plan = replace(api.default_plan(ws, "Hartmann", "1E"), n_trials=5, n_random=5)
    view = finish(ws, api.create_sprint(ws, plan).id, spread(3), state="running")
    assert (view.state, view.stopped) == ("orphaned", False)
    stopped = api.stop_sprint(ws, view.id)
    assert (stopped.state, stopped.stopped, stopped.standing) == ("done", True, "done (stopped, 3 of 5)")


def test_a_sprint_whose_budget_is_used_was_not_stopped_whichever_budget_it_was(ws: Workspace, finish: Finish) -> None:
    plan = replace(api.default_plan(ws, "Hartmann", "1E"), n_trials=3, n_random=3)
    by_trials = finish(ws, api.create_sprint(ws, plan).id, spread(3))
    longer = replace(plan, n_trials=9, max_epoch_equivalents=0.5)
    by_epochs = finish(ws, api.create_sprint(ws, longer).id, spread(3))
    assert (by_trials.standing, by_epochs.standing) == ("done", "done")


def test_an_extended_sprint_goes_on_with_its_sampler_under_the_next_numbers(ws: Workspace) -> None:
    options = {"n_startup_trials": 2}
    plan = replace(
        api.default_plan(ws, "Hartmann", "1E"), n_trials=2, n_random=2, sampler="tpe", sampler_options=options
    )
    made = api.run_sprint(ws, api.create_sprint(ws, plan).id)
    api.extend_sprint(ws, made.id, 2)
    view = api.run_sprint(ws, made.id)
    assert (view.standing, view.n_complete, view.n_extended) == ("done", 4, 2)
    assert [(t.number, t.source) for t in api.list_trials(ws, made.id)] == [
        (0, "random"), (1, "random"), (2, "model"), (3, "model"),
    ]  # fmt: skip


def test_a_queued_trial_can_be_withdrawn(ws: Workspace, explored: api.SprintView) -> None:
    view = api.create_sprint(ws, api.default_plan(ws, "Hartmann", "Full"))
    assert api.stop_trial(ws, view.id, 1).state == "cancelled"
    with pytest.raises(EngineError, match="queued or running"):
        api.stop_trial(ws, view.id, 1)


def test_a_sprint_runs_in_the_foreground_and_its_events_arrive(ws: Workspace) -> None:
    plan = replace(api.default_plan(ws, "Hartmann", "1E"), n_trials=3, n_random=3, sampler="random")
    made = api.create_sprint(ws, plan)
    seen: list[str] = []
    view = api.run_sprint(ws, made.id, lambda event: seen.append(event.kind) if event is not None else None)
    assert (view.state, view.n_complete) == ("done", 3)
    assert seen.count("trial.complete") == 3
    assert view.manifest["n_train"] == 600
    first = api.list_trials(ws, made.id)[0]
    assert (first.state, first.fold, first.epoch, first.n_epochs) == ("complete", (0, 0), 1, 1)
    assert [report.step for report in api.list_epochs(ws, made.id, 0)] == [1]
    assert api.tail_log(ws, made.id, 0)


def test_doctor_looks_at_everything_and_names_orphans(ws: Workspace, finish: Finish) -> None:
    finish(ws, api.create_sprint(ws, api.default_plan(ws, "Hartmann", "1E")).id, spread(3), state="running")
    checks = api.doctor(ws)
    assert {one.name for one in checks} >= {
        "python", "packages", "encoder", "pos", "sqlite", "store", "sprints", "disk", "gpus", "environment",
    }  # fmt: skip
    (orphan,) = [one for one in checks if one.name == "sprints"]
    assert (orphan.status, orphan.hint) == ("warning", "trimtab sprint resume 1")
