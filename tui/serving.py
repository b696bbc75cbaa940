"""``trimtab serve``: the same interface in a browser, for whoever has the printed link, on this machine unless told so.

What textual-serve brings is the page, the socket and the process behind it; who gets in is decided here (SECURITY.md).
"""

import ipaddress
import os
import secrets
import shlex
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from engine.api import BEFORE, STORE, EngineError, own_command, own_environment
from tui.options import Options

TOKEN_BYTES = 32
"""Of the token in the link and of the cookie that takes its place."""

TEXTUAL_VARIABLES = (
    "TEXTUAL_DRIVER", "TEXTUAL_FPS", "TEXTUAL_COLOR_SYSTEM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "COLUMNS", "ROWS",
)  # fmt: skip
"""What textual-serve sets for the interface behind a page, and a trial's command must not find."""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; connect-src 'self' {socket}; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Of every answer: kept nowhere, framed nowhere, told to nobody, and nothing from elsewhere in it."""

ENTERED = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>trimtab</title>
<meta http-equiv="refresh" content="0; url={page}"></head><body></body></html>"""
"""Answer to the link. A page that goes on by itself, not a redirect: the browser then sends the strict cookie along."""

REFUSED = "trimtab: open the link that trimtab serve printed; it holds a token without which nobody gets in.\n"


class Door:
    """Who gets in: the link's token once, then a cookie; only under this machine's names, only from its own pages.

    The page lies under a path drawn at the start, and the cookie holds for that path alone: a cookie belongs to a host,
    not to a port, and another account's server on another port of this host must not be sent it.

    Args:
        host: Address the server listens on.
    """

    def __init__(self, host: str) -> None:
        self.token = secrets.token_urlsafe(TOKEN_BYTES)
        self.page = f"/{secrets.token_hex(8)}/"
        self._cookie = secrets.token_urlsafe(TOKEN_BYTES)
        self._is_open = not is_loopback(host)
        names = {"localhost", host.strip("[]").lower()}
        if self._is_open:
            names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
        self._names = names

    @property
    def cookie_header(self) -> str:
        """What hands the cookie out."""
        return f"trimtab={self._cookie}; Path={self.page}; HttpOnly; SameSite=Strict"

    def knows_host(self, header: str) -> bool:
        """Whether a request names this machine; a name that somebody points at it is none of its own."""
        try:
            name = (urlsplit(f"//{header}").hostname or "").lower()
        except ValueError:
            return False
        if name in self._names or is_loopback(name):
            return True
        return self._is_open and _is_address(name)

    def is_token(self, given: str) -> bool:
        """Whether it is the link's token; takes as long for every answer."""
        return secrets.compare_digest(given.encode(errors="replace"), self.token.encode())

    def is_cookie(self, given: str) -> bool:
        """Whether it is the cookie's secret."""
        return secrets.compare_digest(given.encode(errors="replace"), self._cookie.encode())

    @staticmethod
    def is_own_origin(origin: str, host: str) -> bool:
        """Whether a request comes from a page of this very server: its scheme is the browser's business."""
        return origin in (f"http://{host}", f"https://{host}")

    def refuses(self, request: Any) -> bool:
        """Whether a request is sent away; the link itself is let through to `enter`."""
        host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
        if not self.knows_host(host):
            return True
        if origin is not None and not self.is_own_origin(origin, host):
            return True
        if request.path == "/":
            return not self.is_token(request.query.get("token", ""))
        is_socket = request.headers.get("Upgrade", "").lower() == "websocket" or request.path == f"{self.page}ws"
        if is_socket and origin is None:  # every browser sends one
            return True
        return not request.path.startswith(self.page) or not self.is_cookie(request.cookies.get("trimtab", ""))


def serve_interface(options: Options, host: str, port: int, *, write: bool = False) -> None:
    """Serve until interrupted; every page that is opened runs an interface of its own on the workspace.

    Args:
        options: How to open the interface.
        host: Address to listen on.
        port: Port to listen on.
        write: Let the pages change things.

    Raises:
        EngineError: Without textual-serve, when the address cannot be listened on, or where pages that only look would
            find no workspace.
    """
    try:
        from aiohttp import web
        from textual_serve.server import Server
    except ImportError:
        raise EngineError("serve needs textual-serve", "pip install 'trimtab[serve]'") from None
    readonly = options.readonly or not write
    if readonly:
        from engine import api

        api.open_workspace(options.workspace, options.store_url, readonly=True)  # what a page could not say
    door = Door(host)
    os.environ.update(served_environment(options))
    server = Server(shlex.join(served_command(options, readonly=readonly)), host=host, port=port, title="trimtab")
    app = make_app(web, server, door)
    shown = host if _shows_itself(host) else socket.gethostname()
    link = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/?token={door.token}"

    async def announce(_: Any) -> None:
        if not is_loopback(host):
            _say(
                f"Warning: other machines reach {host}, and the connection is not encrypted: whoever reads it on the "
                "way gets in. Safer: leave --host out and use ssh -L.",
            )
        rights = (
            "Read-only; --write lets the browser change sprints." if readonly else "The browser can change sprints."
        )
        _say(f"Open {link}\n{rights} Whoever has this link gets in. Ctrl-C stops serving.")

    app.on_startup.append(announce)
    try:
        web.run_app(app, host=host, port=port, access_log=None, print=None, shutdown_timeout=3.0)
    except OSError as problem:
        raise EngineError(
            f"serve must be able to listen on {host}:{port}, got: {problem.strerror or problem}",
            "choose another --port",
        ) from None


def make_app(web: Any, server: Any, door: Door) -> Any:
    """The web application: the page, its files and its socket, behind the door."""
    from aiohttp_jinja2 import render_template, setup
    from jinja2 import FileSystemLoader

    async def guard(request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        if door.refuses(request):
            return close(web.Response(status=403, text=REFUSED), request)
        try:
            answer = await handler(request)
        except web.HTTPException as problem:
            close(problem, request)
            raise
        return answer if answer.prepared else close(answer, request)

    async def enter(_: Any) -> Any:
        text = ENTERED.format(page=door.page)
        return web.Response(text=text, content_type="text/html", headers={"Set-Cookie": door.cookie_header})

    async def show(request: Any) -> Any:
        scheme = "wss" if request.headers.get("X-Forwarded-Proto") == "https" else "ws"
        size = request.query.get("fontsize", "16")
        context = {
            "font_size": int(size) if size.isdigit() and len(size) < 4 else 16,
            "app_websocket_url": f"{scheme}://{request.headers['Host']}{door.page}ws",
            "config": {"static": {"url": f"{door.page}static/"}},
            "application": {"name": "trimtab"},
        }
        return render_template("app_index.html", request, context)

    def close(answer: Any, request: Any) -> Any:
        host = request.headers.get("Host", "")
        sockets = f"ws://{host} wss://{host}" if door.knows_host(host) else ""
        for name, value in HEADERS.items():
            answer.headers[name] = value.format(socket=sockets)
        return answer

    app = web.Application(middlewares=[web.middleware(guard)])
    setup(app, loader=FileSystemLoader(server.templates_path))
    app.router.add_get("/", enter)
    app.router.add_get(door.page, show)
    app.router.add_get(f"{door.page}ws", server.handle_websocket)
    app.router.add_static(f"{door.page}static", server.statics_path)
    return app


def served_command(options: Options, *, readonly: bool) -> list[str]:
    """The command that each page runs: this interface with the same options; other accounts can read its words."""
    command = [*own_command("tui"), "--workspace", str(options.workspace.expanduser().resolve())]
    command += ["--readonly"] if readonly else []
    command += ["--group"] if options.group else []
    command += ["--mouse" if options.mouse else "--no-mouse"]
    command += ["--ascii"] if options.ascii else []
    command += ["--theme", options.theme.removeprefix("trimtab-")] if options.theme else []
    return [*command, "--interval", f"{options.interval:g}"]


def served_environment(options: Options) -> dict[str, str]:
    """What the served interface finds: where the store is, and what to undo for the commands that it starts."""
    added = {**dict.fromkeys(TEXTUAL_VARIABLES, ""), STORE: options.store_url or ""}
    made = own_environment(added)
    return {STORE: made[STORE], BEFORE: made[BEFORE]}


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_address(name: str) -> bool:
    """Whether a name is an address by number, which nobody can point elsewhere."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _shows_itself(host: str) -> bool:
    """Whether a browser can be told to open that address; not where it means every address of the machine."""
    try:
        return not ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return True


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
