"""``trimtab serve`` as a process, and a client that is no browser."""

import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.attack.access.intruder import person

LINK = re.compile(r"https?://\S+\?token=\S+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """A server that runs.

    Attributes:
        port: Where it listens.
        link: What it printed for the person; without a token where it printed none.
        pid: Its process.
    """

    port: int
    link: str
    pid: int

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def token(self) -> str:
        return (parse_qs(urlsplit(self.link).query).get("token") or [""])[0]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(command: list[str], cwd: Path, **environment: str) -> Iterator[Served]:
    """``trimtab … serve`` on a free port until the block ends."""
    port, log = free_port(), cwd / "serve.log"
    with log.open("wb") as out:
        child = subprocess.Popen(
            [*command, "--port", str(port)], cwd=cwd, env=person(COLUMNS="300", **environment), stdout=out, stderr=out,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 180
        while True:
            assert child.poll() is None, f"serve ended at once: {log.read_text()}"
            assert time.monotonic() < deadline, "serve never listened"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        found = LINK.search(log.read_text())
        yield Served(port=port, link=found.group(0) if found else f"http://127.0.0.1:{port}/", pid=child.pid)
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(60)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


async def signed_in(session: Any, served: Served) -> str:
    """Open the link as a browser does; the address of the page, under which its socket lies as ``ws``."""
    async with session.get(served.link) as answer:
        assert answer.status == 200, await answer.text()
        text = await answer.text()
    refresh = re.search(r"url=([^\"'>]+)", text)
    return f"{served.origin}{refresh.group(1)}" if refresh else f"{served.origin}/"


async def opened_page(session: Any, served: Served, wanted: bytes, keys: str = "", seconds: float = 90.0) -> bytes:
    """Open the page and its socket, press keys once something is drawn, and read until something shows."""
    page = await signed_in(session, served)
    seen = b""
    async with session.ws_connect(f"{page}ws?width=120&height=40", headers={"Origin": served.origin}) as socket_:
        deadline = time.monotonic() + seconds
        while wanted not in seen or keys:
            assert time.monotonic() < deadline, f"never shown: {wanted!r} in {seen[-2000:]!r}"
            try:
                message = await socket_.receive(timeout=1.0)
            except TimeoutError:
                if keys and seen:
                    await socket_.send_json(["stdin", keys[0]])
                    keys = keys[1:]
                continue
            if isinstance(message.data, bytes):
                seen += message.data
            elif message.data is None or message.type.name.startswith("CLOS"):
                break
    return seen
