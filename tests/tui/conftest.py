"""A real store with a finished sprint, copied for every test, and the interface on it."""

import math
import random
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from engine import api
from engine.api import Workspace
from tui.app import TrimtabApp
from tui.options import Options

THREAD = """
thread: alpha
objective: bowl:Bowl
space:
  lr: {type: float, low: 1e-5, high: 1e-2, log: true, domain: [1e-9, 1], note: "a source"}
  weight_decay: {type: float, low: 1e-4, high: 1e-1, log: true}
  layers: {type: int, low: 1, high: 8, domain: [1, 64]}
  head: {type: categorical, choices: [linear, mlp, bilinear]}
stages:
  1E: {n_trials: 24, n_random: 12}
"""

BOWL = '''
"""A bowl in the logarithm of lr."""

import math
import time


class Bowl:
    metric = "height"
    direction = "maximize"
    declaration = {"units": "documents", "units_short": "docs", "rate": "docs_per_s"}

    def __init__(self, model, data, base_dir):
        self.sleep = float(dict(data).get("sleep", 0.0))

    def prepare(self):
        return {"n_train": 240, "n_val": 60}

    def run(self, trial):
        score = 70 - 20 * abs(math.log10(trial.params["lr"]) + 3)
        for epoch in range(1, (trial.epochs or 1) + 1):
            until = time.monotonic() + self.sleep
            while time.monotonic() < until:
                if not trial.progress(epoch, 1 - (until - time.monotonic()) / self.sleep, "training"):
                    return score
                time.sleep(0.02)
            if not trial.report(epoch, score, {"loss": 100 - score, "loss_mention": 1.0, "docs_per_s": 9.0}):
                return score
        return score
'''

N_TRIALS = 24

DECLARATION = {
    "units": "documents",
    "units_short": "docs",
    "rate": "docs_per_s",
    "metrics": [
        {"name": "loss", "head": "LOSS", "group": "losses"},
        {"name": "loss_mention", "group": "losses"},
        {"name": "lr", "head": "LR", "group": "learning rate"},
        {"name": "threshold_mention", "group": "thresholds"},
    ],
    "views": ["examples", "thresholds"],
}
"""What the objective of the template's sprint says of itself."""


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the state of the person who runs it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "TMUX"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with thread alpha and its finished sprint 1E_v1."""
    folder = tmp_path_factory.mktemp("template")
    (folder / "bowl.py").write_text(BOWL, encoding="utf-8")
    (folder / "alpha.yaml").write_text(THREAD, encoding="utf-8")
    ws = api.open_workspace(folder, create=True)
    thread = api.create_thread(ws, api.load_thread_file(folder / "alpha.yaml"))
    sprint = api.create_sprint(ws, api.default_plan(ws, thread.name, "1E"))
    fill(ws, sprint.id)
    return folder


@pytest.fixture
def ws(template: Path, tmp_path: Path) -> Workspace:
    """A copy of the template."""
    folder = tmp_path / "work"
    shutil.copytree(template, folder)
    return api.open_workspace(folder)


@pytest.fixture
def empty_ws(tmp_path: Path) -> Workspace:
    """A workspace without any thread."""
    return api.open_workspace(tmp_path / "empty", create=True)


def fill(ws: Workspace, sprint_id: int, n: int = N_TRIALS, state: str = "done") -> None:
    """Write trials as workers would have: scores peak at lr = 1e-3, the best heads are linear."""
    from engine.store.database import writing
    from engine.store.tables import EpochRow, SprintRow, TrialRow

    rng = random.Random(5)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    with writing(ws) as session:
        for number in range(n):
            params = {
                "lr": 10 ** rng.uniform(-5, -2),
                "weight_decay": 10 ** rng.uniform(-4, -1),
                "layers": rng.randint(1, 8),
                "head": rng.choice(["linear", "mlp", "bilinear"]),
            }
            score = 70 - 20 * abs(math.log10(params["lr"]) + 3) + 3 * (params["head"] == "linear") + rng.random()
            row = TrialRow(
                sprint_id=sprint_id, number=number, state="complete", source="random" if number < n // 2 else "model",
                params=params, score=score, attempt=1, epoch=1, n_epochs=1, n_reports=1, seconds=12.0, seed=number,
                started_at=begin + timedelta(seconds=12 * number),
                finished_at=begin + timedelta(seconds=12 * number + 12),
            )  # fmt: skip
            session.add(row)
            session.flush()
            metrics = {"loss": 100 - score, "loss_mention": 1.5, "lr": params["lr"], "threshold_mention": 0.85}
            session.add(EpochRow(trial_id=row.id, attempt=1, step=1, score=score, metrics=metrics))
        sprint = session.get(SprintRow, sprint_id)
        assert sprint is not None
        sprint.state = state
        sprint.metric = "height"
        sprint.started_at = begin
        sprint.finished_at = begin + timedelta(seconds=12 * n)
        sprint.manifest = {"n_train": 240, "n_val": 60, "declaration": DECLARATION}
        session.add(sprint)


Opener = Callable[..., AbstractAsyncContextManager[Pilot[Any]]]


@pytest.fixture
def open_app() -> Opener:
    """Opens the interface on a workspace and waits until its first screen has its data."""

    @asynccontextmanager
    async def opened(ws: Workspace, size: tuple[int, int] = (120, 40), **options: Any) -> AsyncIterator[Pilot[Any]]:
        app = TrimtabApp(Options(workspace=ws.path, interval=0.25, **options))
        async with app.run_test(size=size, notifications=True) as pilot:
            await until(pilot, lambda: app.ready)
            await settle(pilot)
            yield pilot

    return opened


async def until(pilot: Pilot[Any], condition: Callable[[], bool], seconds: float = 90.0) -> None:
    """Wait for a condition on the interface.

    Raises:
        AssertionError: When it does not come true.
    """
    for _ in range(int(seconds / 0.05)):
        if condition():
            return
        await pilot.pause(0.05)
    raise AssertionError(f"never came true; the screen shows:\n{screen_text(pilot)}")


async def settle(pilot: Pilot[Any]) -> None:
    """Let workers end and their messages arrive."""
    for _ in range(2):
        for _ in range(100):
            try:
                await pilot.app.workers.wait_for_complete()
                break
            except WorkerCancelled:  # a newer read took its place; the others still work
                await pilot.pause()
        await pilot.pause()


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys one after another, each with its consequences."""
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


def screen_text(pilot: Pilot[Any]) -> str:
    """What the screen shows, as text."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


Waiter = Callable[..., Awaitable[None]]
