"""Listings read again and again: what has not changed is the same object, what has changed is seen."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine import api
from engine.diagnostics.alarms import alarms, alarms_among
from engine.diagnostics.sample import take_sample
from engine.store import queries
from engine.store.database import reading, writing
from engine.store.workspace import Workspace
from tests.engine.conftest import Finish, spread


@pytest.fixture
def running(ws: Workspace, explored: api.SprintView, finish: Finish) -> api.SprintView:
    """A second sprint of the thread, at work, after the ended one."""
    made = api.create_sprint(ws, replace(api.default_plan(ws, "Hartmann", "1E"), n_trials=20, n_random=5))
    return finish(ws, made.id, spread(4), state="running")


def test_an_ended_sprint_is_the_same_object_while_another_goes_on(
    ws: Workspace, explored: api.SprintView, running: api.SprintView
) -> None:
    before = api.list_sprints(ws)
    with writing(ws) as session:
        trial = queries.trial(session, running.id, 3)
        assert trial is not None
        trial.state, trial.score, trial.fraction = "running", None, 0.5
        session.add(trial)
    after = api.list_sprints(ws)
    assert after[0] is before[0]
    assert (before[1].n_complete, after[1].n_complete, after[1].n_running) == (4, 3, 1)
    assert api.list_sprints(ws, "Hartmann")[0] is before[0]


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (lambda ws, one: api.mark_reviewed(ws, one.id), lambda view: view.reviewed),
        (lambda ws, one: api.rename_thread(ws, one.thread, "Hart"), lambda view: view.thread == "Hart"),
        (lambda ws, one: api.extend_sprint(ws, one.id, 5), lambda view: view.n_trials == 35),
        (
            lambda ws, one: api.create_sprint(ws, api.replacement_plan(ws, one.id)),
            lambda view: view.replaced_by == "1E_v2",
        ),
        (
            lambda ws, one: api.add_trial(ws, one.id, {"x0": 0.5, "x1": 0.1, "x2": 0.5}),
            lambda view: view.n_queued == 1,
        ),
    ],
    ids=["reviewed", "renamed", "extended", "replaced", "added to"],
)
def test_what_happens_to_an_ended_sprint_is_seen(
    ws: Workspace,
    explored: api.SprintView,
    change: Callable[[Workspace, api.SprintView], object],
    seen: Callable[[api.SprintView], bool],
) -> None:
    assert not seen(api.list_sprints(ws)[0])
    change(ws, explored)
    assert seen(api.list_sprints(ws)[0])
    assert seen(api.list_threads(ws)[0].sprints[0])


def test_a_thread_is_the_same_object_until_it_or_one_of_its_sprints_changes(
    ws: Workspace, explored: api.SprintView
) -> None:
    (before,) = api.list_threads(ws)
    assert api.list_threads(ws)[0] is before
    api.set_notes(ws, "Hartmann", "looks good")
    noted = api.list_threads(ws)[0]
    assert (noted.notes, noted.sprints[0]) == ("looks good", before.sprints[0])
    api.mark_reviewed(ws, explored.id)
    assert api.list_threads(ws)[0].sprints[0].reviewed


def test_a_trial_is_the_same_object_until_its_row_changes(ws: Workspace, running: api.SprintView) -> None:
    before = api.list_trials(ws, running.id)
    with writing(ws) as session:
        trial = queries.trial(session, running.id, 1)
        assert trial is not None
        trial.checkpoint = "kept"
        session.add(trial)
    after = api.list_trials(ws, running.id)
    assert [a is b for a, b in zip(after, before, strict=True)] == [True, False, True, True]
    assert after[1] == replace(before[1], checkpoint="kept")


def test_alarms_need_no_more_than_how_the_trials_ended(ws: Workspace, finish: Finish) -> None:
    made = api.create_sprint(ws, replace(api.default_plan(ws, "Hartmann", "1E"), n_trials=20, n_random=5))
    point = {"x0": 0.5, "x1": 0.1, "x2": 0.5}
    view = finish(ws, made.id, [*[(point, 0.25)] * 6, *[(point, None)] * 3], state="running")
    with reading(ws) as session:
        row = queries.sprint(session, made.id)
        records = queries.trial_records(session, made.id)
        sample = take_sample(queries.space(session, row.space_id), records, settings={})
        assert alarms_among(queries.trial_endings(session, made.id)) == alarms(sample)
    assert [one.partition(":")[0] for one in view.alarms] == [
        "the last 3 trials failing",
        "6 of 6 trials have exactly the same score, 0.25",
    ]


def test_the_end_of_a_long_log_is_read_from_its_end(ws: Workspace, running: api.SprintView) -> None:
    path = ws.trial_log(running.id, 0)
    path.parent.mkdir(parents=True)
    lines = [f"line {n} grüßt" for n in range(20_000)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert api.tail_log(ws, running.id, 0, 3) == lines[-3:]
    assert api.tail_log(ws, running.id, 0, 15_000) == lines[-15_000:]
    assert api.tail_log(ws, running.id, 0, 30_000) == lines
    path.write_bytes(b"10 %\r20 %\rdone\r\nend")
    assert api.tail_log(ws, running.id, 0, 10) == ["10 %", "20 %", "done", "end"]
    path.write_bytes(b"")
    assert api.tail_log(ws, running.id, 0, 10) == []
