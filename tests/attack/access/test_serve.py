"""``trimtab serve`` lets nobody in but who has the printed link: another account, another site, another name."""

import asyncio
import http.client
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.attack.access.intruder import as_another_account, person
from tests.attack.access.pages import Served, free_port, opened_page, serving, signed_in
from tests.tui.browser import CHROMIUM, Browser

pytest.importorskip("textual_serve", reason="needs the extra trimtab[serve]")
aiohttp = pytest.importorskip("aiohttp", reason="needs the extra trimtab[serve]")

UPGRADE = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}  # fmt: skip


@pytest.fixture(scope="module")
def workspace(trimtab: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with finished sprints."""
    folder = tmp_path_factory.mktemp("served")
    words = [trimtab, "demo", "--recorded", "--headless", "--workspace", str(folder / "ws")]
    subprocess.run(words, cwd=folder, env=person(), check=True, capture_output=True)
    return folder / "ws"


@pytest.fixture(scope="module")
def served(trimtab: str, workspace: Path) -> Iterator[Served]:
    with serving([trimtab, "--workspace", str(workspace), "serve"], workspace.parent) as found:
        yield found


def status(served: Served, path: str, **headers: str) -> int:
    """The status of one request, as any program of this machine can make it."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    found = connection.getresponse().status
    connection.close()
    return found


@pytest.mark.parametrize(
    "path", ["/", "/ws", "/static/", "/static/js/textual.js", "/download/1", "/?token=", "/?token=x"]
)
def test_without_the_token_every_address_is_refused(path: str, served: Served) -> None:
    assert status(served, path) in (403, 404)
    assert status(served, path, Origin=served.origin, **UPGRADE) in (403, 404)


def test_another_account_gets_neither_in_nor_at_the_token(served: Served, workspace: Path) -> None:
    def intrude() -> dict[str, Any]:
        process = Path(f"/proc/{served.pid}")
        shown: dict[str, Any] = {"words": process.joinpath("cmdline").read_bytes()}
        for name, read in (
            ("environment", process.joinpath("environ").read_bytes),
            ("store", (workspace / "store.db").read_bytes),
            ("memory", process.joinpath("mem").read_bytes),
        ):
            try:
                shown[name] = len(read())
            except OSError as error:
                shown[name] = type(error).__name__
        shown["page"] = status(served, "/")
        shown["socket"] = status(served, "/ws", Origin="http://evil.example", Host="evil.example", **UPGRADE)
        return shown

    shown = as_another_account(intrude)
    assert shown["page"] == shown["socket"] == 403
    assert served.token
    assert served.token.encode() not in shown["words"]
    assert [shown[name] for name in ("environment", "store", "memory")] == ["PermissionError"] * 3


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", ""])
async def test_a_page_of_another_origin_opens_no_socket_even_with_the_cookie(origin: str, served: Served) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        page = await signed_in(session, served)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{page}ws", headers={"Origin": origin} if origin else {})
        assert refused.value.status == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:{port}", ""])
def test_a_name_that_somebody_points_here_is_refused_even_with_the_token(host: str, served: Served) -> None:
    given = host.format(port=served.port)
    assert status(served, f"/?token={served.token}", Host=given) in (400, 403)


async def test_the_link_becomes_a_cookie_that_scripts_and_other_ports_do_not_see(served: Served) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with session.get(served.link) as answer:
            cookie = answer.headers["Set-Cookie"]
            page = str(answer.url)
        entered = await signed_in(session, served)
        async with session.get(entered) as answer:
            assert answer.status == 200
            headers = answer.headers
            text = await answer.text()
    assert "httponly" in cookie.lower()
    assert "samesite=strict" in cookie.lower()
    assert "path=/;" not in cookie.lower() + ";"  # a server on another port of this host would get it
    assert served.token not in cookie + entered + text
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert page


async def test_a_served_page_only_looks_unless_writing_is_asked_for(
    trimtab: str, workspace: Path, served: Served
) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        seen = await opened_page(session, served, b"\x1b[", keys="n")
    assert b"read" in seen.lower()
    with serving([trimtab, "--workspace", str(workspace), "serve", "--write"], workspace.parent) as writable:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            assert b"ead-only" not in await opened_page(session, writable, b"\x1b[", keys="n")


@pytest.mark.slow
def test_an_address_that_other_machines_reach_needs_the_token_as_well(trimtab: str, workspace: Path) -> None:
    command = [trimtab, "--workspace", str(workspace), "serve", "--host", "0.0.0.0"]
    with serving(command, workspace.parent) as served:
        assert status(served, "/") == 403
        assert status(served, "/", Host="192.0.2.7") == 403
        assert status(served, f"/?token={served.token}", Host="evil.example") == 403
        assert status(served, f"/?token={served.token}", Host="192.0.2.7") == 200


@pytest.mark.slow
def test_the_log_of_the_server_holds_the_link_once(trimtab: str, workspace: Path) -> None:
    with serving([trimtab, "--workspace", str(workspace), "serve"], workspace.parent) as served:
        assert status(served, f"/?token={served.token}") == 200
        assert status(served, "/?token=wrong") == 403
        time.sleep(0.2)
    assert (workspace.parent / "serve.log").read_text().count(served.token) == 1


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")
@pytest.mark.timeout(300)
async def test_a_real_browser_gets_in_by_the_link_and_a_foreign_page_in_it_does_not(served: Served) -> None:
    from aiohttp import web

    tried: list[str] = []
    seen_cookies: list[str] = []

    async def evil(request: Any) -> Any:
        seen_cookies.append(request.headers.get("Cookie", ""))
        return web.Response(text="<title>evil</title>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/{any:.*}", evil)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        async with Browser() as browser:
            await browser.call("Page.navigate", url=served.link)
            await browser.until("threads")
            address = (await browser.call("Runtime.evaluate", expression="location.href"))["result"]["value"]
            cookie = (await browser.call("Runtime.evaluate", expression="document.cookie"))["result"]["value"]
            assert served.token not in address
            assert cookie == ""
            # The same host, another port: a browser calls that the same site.
            await browser.call("Page.navigate", url=f"http://127.0.0.1:{port}/")
            await asyncio.sleep(1.0)
            path = address.removeprefix(served.origin)
            for target in ("/ws", f"{path}ws"):
                script = f"""new Promise(done => {{
                    const socket = new WebSocket("ws://127.0.0.1:{served.port}{target}?width=80&height=24");
                    socket.onmessage = () => done("in");
                    socket.onerror = () => done("refused");
                    socket.onopen = () => done("in");
                }})"""
                answer = await browser.call("Runtime.evaluate", expression=script, awaitPromise=True)
                tried.append(answer["result"]["value"])
    finally:
        await runner.cleanup()
    assert tried == ["refused", "refused"]
    assert seen_cookies
    assert not any(seen_cookies)
