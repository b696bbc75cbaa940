import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import api
from tests.tui.browser import CHROMIUM, Browser
from tui.options import Options
from tui.serving import is_loopback, served_command

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def served(ws: api.Workspace, tmp_path: Path) -> Iterator[int]:
    """The port of ``trimtab serve`` on the finished sprint."""
    pytest.importorskip("textual_serve", reason="needs the extra trimtab[serve]")
    port = free_port()
    command = [sys.executable, "-m", "tui", "--workspace", str(ws.path), "serve", "--port", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        for _ in range(1800):
            assert child.poll() is None, "serve ended at once"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        os.killpg(child.pid, signal.SIGTERM)
        try:
            child.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")
@pytest.mark.timeout(300)
async def test_the_interface_works_in_a_browser(served: int, tmp_path: Path) -> None:
    pictures = Path(os.environ.get("TRIMTAB_PICTURES", tmp_path))
    async with Browser() as browser:
        await browser.call("Page.navigate", url=f"http://127.0.0.1:{served}")
        await browser.until("1E_v1")
        await asyncio.sleep(1.0)
        first = await browser.picture(pictures / "browser-threads.png")
        await browser.press("2")
        await browser.until("▓ top")
        await browser.press("j")
        await browser.until("weight_decay  histogram")
        await asyncio.sleep(1.0)
        second = await browser.picture(pictures / "browser-review.png")
        await browser.press("?")
        await browser.until("review.freeze")
    assert len(first) > 5_000
    assert first != second


def test_only_loopback_addresses_need_no_warning() -> None:
    assert all(is_loopback(host) for host in ("127.0.0.1", "localhost", "::1", "127.8.8.8"))
    assert not any(is_loopback(host) for host in ("0.0.0.0", "::", "192.168.1.7", "box.example"))


def test_each_page_runs_the_interface_with_the_same_options(tmp_path: Path) -> None:
    options = Options(workspace=tmp_path, readonly=True, ascii=True, theme="trimtab-light", interval=0.5)
    command = served_command(options)
    assert command[1:5] == ["-m", "tui", "--workspace", str(tmp_path)]
    assert command[5:] == ["--readonly", "--ascii", "--theme", "light", "--interval", "0.5"]


def test_an_address_that_others_reach_is_warned_about(tmp_path: Path) -> None:
    pytest.importorskip("textual_serve", reason="needs the extra trimtab[serve]")
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "tui", "serve", "--host", "0.0.0.0", "--port", str(port)],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=240,
            check=False,
        )  # fmt: skip
    assert "reached from other machines" in done.stderr
    assert done.returncode == 2, done.stderr
    assert "choose another --port" in done.stderr
