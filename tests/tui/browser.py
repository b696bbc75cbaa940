"""Headless Chromium by its DevTools protocol: opens a page, types, sees what its socket brings, takes pictures."""

import asyncio
import base64
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pyte

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
"""The browser; empty where there is none."""

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic", "--disable-dev-shm-usage",
    "--remote-debugging-port=0", "--window-size=1200,800",
)  # fmt: skip


class Browser:
    """One page.

    Attributes:
        terminal: What the frames that the page received draw, as a terminal would.
    """

    def __init__(self, size: tuple[int, int] = (200, 60)) -> None:
        self.terminal = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.terminal)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._number = 0

    async def __aenter__(self) -> "Browser":
        import aiohttp

        self._profile = tempfile.TemporaryDirectory(prefix="trimtab-chromium-", ignore_cleanup_errors=True)
        self._process = await asyncio.create_subprocess_exec(
            CHROMIUM, *FLAGS, f"--user-data-dir={self._profile.name}", "about:blank",
            stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            if b"DevTools listening on " in line:
                port = line.decode().split("//")[1].split("/")[0].rpartition(":")[2]
                break
        self._drain = asyncio.create_task(self._process.stderr.read())
        self._session = aiohttp.ClientSession()
        async with self._session.get(f"http://127.0.0.1:{port}/json") as answer:
            page = next(one for one in await answer.json() if one["type"] == "page")
        self._socket = await self._session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0)
        self._reader = asyncio.create_task(self._read())
        await self.call("Network.enable")
        await self.call("Page.enable")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reader.cancel()
        await self._session.close()
        self._process.kill()
        await self._process.wait()
        self._drain.cancel()
        self._profile.cleanup()

    async def _read(self) -> None:
        async for message in self._socket:
            event = json.loads(message.data)
            if "id" in event:
                self._answers.pop(event["id"]).set_result(event.get("result", event.get("error")))
            elif event["method"] == "Network.webSocketFrameReceived":
                frame = event["params"]["response"]
                if frame["opcode"] == 2:
                    self._stream.feed(base64.b64decode(frame["payloadData"]))

    async def call(self, method: str, **params: Any) -> Any:
        """A command of the protocol and its answer."""
        self._number += 1
        answer = self._answers[self._number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        return await asyncio.wait_for(answer, 60)

    @property
    def text(self) -> str:
        """What the page's terminal shows."""
        return "\n".join(row.rstrip() for row in self.terminal.display)

    async def until(self, wanted: str, seconds: float = 180.0) -> None:
        """Wait until the page's terminal shows a text.

        Raises:
            AssertionError: When it never does.
        """
        for _ in range(int(seconds * 10)):
            if wanted in self.text:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"never shown in the browser: {wanted}\n{self.text}")

    async def press(self, key: str) -> None:
        """Press and let go a key that types itself."""
        await self.call("Runtime.evaluate", expression="document.querySelector('textarea').focus()")
        await self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def picture(self, path: Path) -> bytes:
        """A PNG of the page."""
        png = base64.b64decode((await self.call("Page.captureScreenshot", format="png"))["data"])
        path.write_bytes(png)
        return png
