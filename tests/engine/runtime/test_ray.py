"""The Ray launcher: what an actor does, which actors are asked for, and what is said where there is no cluster.

A real cluster takes ten processes and half a minute to start: `test_a_real_cluster_runs_a_sprint` needs ``ray``.
"""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine import api
from engine.cli.main import main
from engine.errors import EngineError
from engine.launchers import local
from engine.launchers.ray import keep_slot, start
from engine.store import queries
from engine.store.database import reading


class AuthenticationError(Exception):
    """Named as Ray's own."""


PLAIN = {"address": "auto", "gpus": 1.0, "cpus": 0.0, "resources": ""}


class FakeRay(SimpleNamespace):
    """Remembers what was asked of it."""

    def __init__(self, reachable: bool = True, has_token: bool = True) -> None:
        super().__init__(addresses=[], actors=[])
        self.reachable, self.has_token = reachable, has_token

    def init(self, *, address: str, **options: Any) -> None:
        if not self.reachable:
            raise ConnectionError("nobody answers")
        if not self.has_token:
            raise AuthenticationError("Authentication required but no token was given")
        self.addresses.append(address)

    def remote(self, kind: type) -> Any:
        def options(**given: Any) -> Any:
            return SimpleNamespace(remote=lambda *words: self.actors.append((given, words)))

        return SimpleNamespace(options=options)


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> FakeRay:
    fake = FakeRay()
    monkeypatch.setitem(sys.modules, "ray", fake)
    return fake


@pytest.fixture
def address() -> Iterator[str]:
    """Where something listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_what_an_actor_does_runs_a_sprint_beside_another_slot(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=3)
    assert keep_slot(lab.ws, sprint_id, 3) == "done"
    assert {worker.slot for worker in lab.workers(sprint_id, living=False)} == {3}
    with reading(lab.ws) as session:
        assert queries.runs(session, sprint_id)[0].launcher == "ray"


def test_one_detached_actor_a_slot_is_asked_for_and_never_restarted(lab: Any, ray: FakeRay, address: str) -> None:
    sprint_id = lab.sprint(state="draft")
    names = start(lab.ws, sprint_id, 2, {"address": address, "gpus": 0.5, "cpus": 2.0, "resources": "a100=1"}).actors
    assert list(names) == [f"sprint-{sprint_id}-slot-{slot}" for slot in (0, 1)]
    assert ray.addresses == [address]
    for slot, (options, words) in enumerate(ray.actors):
        assert (options["lifetime"], options["max_restarts"], options["get_if_exists"]) == ("detached", 0, True)
        assert (options["name"], options["num_gpus"]) == (names[slot], 0.5)
        assert (options["num_cpus"], options["resources"]) == (2.0, {"a100": 1.0})
        assert words == (str(lab.ws.path), sprint_id, slot, 0.5)
    assert lab.row(sprint_id).state == "running"


def test_the_command_names_the_actors_and_json_has_them(
    lab: Any, ray: FakeRay, capsys: pytest.CaptureFixture[str]
) -> None:
    sprint_id = lab.sprint(state="draft")
    words = [str(sprint_id), "--launcher", "ray", "--gpus", "0", "--workspace", str(lab.ws.path)]
    assert main(["sprint", "start", *words]) == 0
    out = capsys.readouterr().out
    assert out == f"started sprint {sprint_id}: actors sprint-{sprint_id}-slot-0 on the Ray cluster auto\n"
    assert main(["sprint", "resume", *words, "--slots", "2", "--json"]) == 0
    assert f"sprint-{sprint_id}-slot-1" in capsys.readouterr().out


def test_without_ray_the_command_says_what_to_install(
    lab: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    sprint_id = lab.sprint(state="draft")
    words = ["sprint", "start", str(sprint_id), "--launcher", "ray", "--workspace", str(lab.ws.path)]
    assert main(words) == 2
    assert "pip install 'trimtab[ray]'" in capsys.readouterr().err
    assert lab.row(sprint_id).state == "draft"


def test_without_a_cluster_it_says_how_to_start_one(lab: Any, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", FakeRay(reachable=False))
    sprint_id = lab.sprint(state="draft")
    for given, why in ((address, "nobody answers"), ("127.0.0.1:1", "refused"), ("no.such.host.invalid:1", "")):
        with pytest.raises(EngineError, match=f"{given}: .*{why}.* – .*ray start --head"):
            start(lab.ws, sprint_id, 1, {**PLAIN, "address": given})
    assert lab.row(sprint_id).state == "draft"


def test_a_cluster_that_asks_for_a_token_is_one_sentence(
    lab: Any, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", FakeRay(has_token=False))
    sprint_id = lab.sprint(state="draft")
    with pytest.raises(EngineError, match="asks for a token") as error:
        start(lab.ws, sprint_id, 1, {**PLAIN, "address": address})
    assert "RAY_AUTH_TOKEN" in error.value.hint
    assert lab.row(sprint_id).state == "draft"


def test_a_resume_on_ray_stays_on_ray_with_its_options(lab: Any, ray: FakeRay) -> None:
    sprint_id = lab.sprint(state="draft")
    api.start_sprint(lab.ws, sprint_id, launcher="ray", options={"gpus": 2.0})
    assert api.resume_sprint(lab.ws, sprint_id, 2).launcher == "ray"
    assert [given["num_gpus"] for given, _ in ray.actors] == [2.0, 2.0, 2.0]


def test_a_sprint_that_a_local_launcher_keeps_is_not_placed_twice(lab: Any, ray: FakeRay) -> None:
    sprint_id = lab.sprint(n_trials=50, data={"sleep": 0.2})
    local.start_launcher(lab.ws, sprint_id)
    with pytest.raises(EngineError, match="must have no other launcher"):
        start(lab.ws, sprint_id, 1, PLAIN)
    assert not ray.actors


@pytest.fixture
def cluster() -> Iterator[str]:
    """Address of a cluster that ends with the test; ``ray stop`` would end everybody's on this machine."""
    pytest.importorskip("ray")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    folder = Path(tempfile.mkdtemp(prefix="ray"))  # pytest's own are too deep for the names of Ray's sockets
    start = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--num-cpus=2", "--block"]
    start += ["--include-dashboard=false", "--node-ip-address=127.0.0.1", f"--port={address.partition(':')[2]}"]
    with (folder / "log").open("wb") as log:
        head = subprocess.Popen([*start, f"--temp-dir={folder}"], stdout=log, stderr=log)
    try:
        until = time.monotonic() + 120
        while b"runtime started" not in (folder / "log").read_bytes():
            assert head.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < until, (folder / "log").read_text()
            time.sleep(0.2)
        yield address
    finally:
        head.terminate()  # it ends what it started
        head.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
def test_a_real_cluster_runs_a_sprint(lab: Any, cluster: str) -> None:
    sprint_id = lab.sprint(n_trials=4)
    code = "from engine import api; from engine.store.workspace import open_workspace; from pathlib import Path; "
    options = {"address": cluster, "gpus": 0}
    code += f"ws = open_workspace(Path({str(lab.ws.path)!r})); "
    code += f"api.start_sprint(ws, {sprint_id}, 2, launcher='ray', options={options!r})"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)  # the driver is gone after this
    assert lab.until_ended(sprint_id).state == "done"
    view = api.get_sprint(lab.ws, sprint_id)
    assert (view.n_complete, view.stopped) == (4, False)
