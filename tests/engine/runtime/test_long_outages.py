"""Outages as long as people have them: a lock of 60 s, a server stopped three times under four workers."""

import itertools
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from engine.launchers.supervisor import Supervisor
from engine.store import queries
from engine.store.database import dispose, reading
from engine.store.workspace import open_workspace
from tests.engine.postgres import PostgresServer, is_available
from tests.engine.runtime.conftest import Lab
from tests.engine.runtime.test_outages import NO_RETRY, assert_undisturbed, locked

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def longest_epoch(lab: Lab, sprint_id: int) -> float:
    """Seconds between two reports of one trial, at most."""
    with reading(lab.ws) as session:
        curves = queries.sprint_epochs(session, sprint_id)
    times = [[report.at for report in curve] for curve in curves.values()]
    return max(b - a for one in times for a, b in itertools.pairwise(one))


def test_a_lock_held_for_a_minute_costs_no_trial_and_no_epoch(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=3, data={"sleep": 1.0}, fidelity={"max_epochs": 90}, limits=NO_RETRY)
    said: list[str] = []
    supervisor = Supervisor(lab.ws, sprint_id, slots=3, say=said.append)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    lab.until(lambda: len(lab.trials(sprint_id)) == 3 and all(t.epoch > 2 for t in lab.trials(sprint_id)))
    with locked(lab.ws):
        time.sleep(60.0)
    thread.join(600)
    assert lab.row(sprint_id).state == "done"
    assert_undisturbed(lab, sprint_id, 3, 90)
    assert longest_epoch(lab, sprint_id) < 10.0, "training went on"
    assert any(text.startswith("Store unavailable") for text in said)


def test_a_server_stopped_three_times_under_four_workers_costs_no_trial_and_no_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psycopg")
    if not is_available():
        pytest.skip("no PostgreSQL server here")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    server = PostgresServer()
    lab = Lab(open_workspace(tmp_path / "ws", server.create("long"), create=True))
    try:
        sprint_id = lab.sprint(n_trials=12, data={"sleep": 1.0}, fidelity={"max_epochs": 25}, limits=NO_RETRY)
        thread = threading.Thread(target=Supervisor(lab.ws, sprint_id, slots=4, say=lambda text: None).run)
        thread.start()
        for n, (mode, seconds) in enumerate((("fast", 2.0), ("immediate", 15.0), ("fast", 20.0))):
            lab.until(lambda n=n: sum(t.state == "complete" for t in lab.trials(sprint_id)) >= 3 * n)
            lab.until(lambda: any(t.state == "running" for t in lab.trials(sprint_id)))
            server.stop(mode)
            time.sleep(seconds)
            server.start()
        thread.join(600)
        assert not thread.is_alive()
        assert lab.row(sprint_id).state == "done"
        assert_undisturbed(lab, sprint_id, 12, 25)
        assert longest_epoch(lab, sprint_id) < 10.0, "training went on"
    finally:
        lab.kill_all()
        dispose(lab.ws)
        server.close()
