import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine import api
from engine.start import own_command
from tests.attack.access.pages import Served, serving
from tests.tui.browser import CHROMIUM, Browser
from tui.options import Options
from tui.serving import is_loopback, served_command

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def served(ws: api.Workspace, tmp_path: Path) -> Iterator[Served]:
    """``trimtab serve`` on the finished sprint."""
    pytest.importorskip("textual_serve", reason="needs the extra trimtab[serve]")
    command = [sys.executable, "-m", "tui", "--workspace", str(ws.path), "serve"]
    with serving(command, tmp_path, PYTHONPATH=str(ROOT)) as found:
        yield found


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")
@pytest.mark.timeout(300)
async def test_the_interface_works_in_a_browser(served: Served, tmp_path: Path) -> None:
    pictures = Path(os.environ.get("TRIMTAB_PICTURES", tmp_path))
    async with Browser() as browser:
        await browser.call("Page.navigate", url=served.link)
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
    command = served_command(options, readonly=True)
    assert command[:4] == own_command("tui")
    assert command[4:6] == ["--workspace", str(tmp_path)]
    assert command[6:] == ["--readonly", "--mouse", "--ascii", "--theme", "light", "--interval", "0.5"]
    assert "--readonly" not in served_command(options, readonly=False)
    assert "--no-mouse" in served_command(replace(options, mouse=False), readonly=False)


def test_an_address_that_others_reach_is_warned_about(ws: api.Workspace, tmp_path: Path) -> None:
    pytest.importorskip("textual_serve", reason="needs the extra trimtab[serve]")
    command = [sys.executable, "-m", "tui", "--workspace", str(ws.path), "serve", "--host", "0.0.0.0"]
    with serving(command, tmp_path, PYTHONPATH=str(ROOT)) as served:
        assert served.token
    assert "other machines reach 0.0.0.0" in (tmp_path / "serve.log").read_text()


def test_a_port_that_is_taken_is_said(ws: api.Workspace, tmp_path: Path) -> None:
    pytest.importorskip("textual_serve", reason="needs the extra trimtab[serve]")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "tui", "--workspace", str(ws.path), "serve", "--port", str(port)],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=240,
            check=False,
        )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "choose another --port" in done.stderr


def test_pages_that_only_look_need_a_workspace(tmp_path: Path) -> None:
    pytest.importorskip("textual_serve", reason="needs the extra trimtab[serve]")
    done = subprocess.run(
        [sys.executable, "-m", "tui", "--workspace", str(tmp_path / "nothing"), "serve"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "a workspace must hold store.db" in done.stderr
