import subprocess
import sys
from collections.abc import Iterator

import pytest

from engine import api
from engine.processes import identify
from engine.store.database import writing
from engine.store.outages import StoreDiskError
from engine.store.patience import Outages, notice_file
from engine.store.tables import RunRow, WorkerRow
from tests.tui.conftest import Opener, fill, screen_text, settle, until
from tui.shell import poller
from tui.shell.messages import StoreChanged, StoreLost
from tui.shell.poller import Poller

Process = subprocess.Popen[bytes]


@pytest.fixture
def launcher() -> Iterator[Process]:
    with started() as process:
        yield process
        process.kill()


@pytest.fixture
def worker() -> Iterator[Process]:
    with started() as process:
        yield process
        process.kill()


def started() -> Process:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])


@pytest.fixture
def at_work(ws: api.Workspace, launcher: Process, worker: Process) -> int:
    """A sprint that a living launcher and a living worker work on."""
    sprint = api.create_sprint(ws, api.default_plan(ws, "alpha", "1E")).id
    fill(ws, sprint, 5, state="running")
    with writing(ws) as session:
        for table, process in ((RunRow, launcher), (WorkerRow, worker)):
            found = identify(process.pid)
            assert found is not None
            session.add(
                table(
                    sprint_id=sprint,
                    host=found.host,
                    boot_id=found.boot_id,
                    pid=found.pid,
                    start_time=found.start_time,
                    state="running",
                )
            )
    return sprint


def kill(*processes: Process) -> None:
    for process in processes:
        process.kill()
        process.wait()


async def test_a_sprint_whose_launcher_and_workers_are_killed_is_orphaned_without_a_key(
    ws: api.Workspace, at_work: int, launcher: Process, worker: Process, open_app: Opener
) -> None:
    async with open_app(ws, (80, 24)) as pilot:
        pilot.app.show_sprint("live", "alpha", at_work)
        await settle(pilot)
        assert "● running" in screen_text(pilot)
        kill(launcher, worker)
        await until(pilot, lambda: "orphaned" in screen_text(pilot), seconds=15)
        assert "The launcher has died, nothing is running: R resume" in screen_text(pilot)
        await until(
            pilot, lambda: "is orphaned: best" in " ".join(notice.message for notice in pilot.app._notifications)
        )


async def test_the_live_screen_says_that_workers_wait_for_the_store(
    ws: api.Workspace, at_work: int, open_app: Opener
) -> None:
    """Whoever holds the lock or fills the disk stops nobody from reading, so the screen would stand still."""
    outages = Outages(ws, str, notice=notice_file(ws, at_work, "0"))
    async with open_app(ws, (120, 40)) as pilot:
        pilot.app.show_sprint("live", "alpha", at_work)
        await settle(pilot)
        assert "Store unavailable" not in screen_text(pilot)
        ws.logs.mkdir(exist_ok=True)
        outages.began(StoreDiskError("the disk is full"))
        await until(pilot, lambda: "Store unavailable since" in screen_text(pilot), seconds=15)
        outages.over()
        await until(pilot, lambda: "Store unavailable" not in screen_text(pilot), seconds=15)


def test_a_killed_sprint_is_reported_once_and_a_quiet_store_costs_nothing(
    ws: api.Workspace, at_work: int, launcher: Process, worker: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poller, "QUIET", 0.0)
    posted: list[StoreChanged | StoreLost] = []
    looking = Poller(ws, 0.25, posted.append)
    looking.look()
    looking.look()
    assert len(posted) == 1, "a store that was never read is new"
    kill(launcher)
    looking.look()
    assert len(posted) == 1, "a worker still works"
    kill(worker)
    looking.look()
    assert len(posted) == 2
    monkeypatch.setattr(api, "list_sprints", lambda _ws: pytest.fail("nothing is at work any more"))
    looking.look()
    assert len(posted) == 2
