"""Where a store elsewhere is: its URL checked before anything is opened, and why a server cannot be used."""

import socket
from pathlib import Path
from typing import Any

from engine.errors import EngineError

SERVERS = ("postgresql+psycopg", "postgresql", "postgres")
"""Schemes of a PostgreSQL server; the shorter ones are what other programs call it."""

EXAMPLES = "sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE"

WHERE = "see --store and TRIMTAB_STORE"

PORT = 5432
"""Where PostgreSQL listens unless its URL says otherwise."""

ANSWER_SECONDS = 5.0
"""How long a server may take to answer when it is asked why it cannot be used."""


def checked_address(url: str) -> str:
    """The URL as it is used: a file absolute, a server with our driver.

    Raises:
        EngineError: For a text that is no URL, or one of another database.
    """
    scheme, mark, rest = url.partition("://")
    if not mark:
        raise EngineError(f"The store must be a URL such as {EXAMPLES}, got text without ://", WHERE)
    if scheme == "sqlite":
        file = rest.removeprefix("/")
        if not rest.startswith("/") or not file:
            raise EngineError(f"The store must name a file, got {url!r}", f"write {EXAMPLES}")
        return f"sqlite:///{Path(file).expanduser().absolute()}"
    if scheme not in SERVERS:
        raise EngineError(f"The store's URL must begin as {EXAMPLES}, got the scheme {scheme!r}", WHERE)
    return f"{SERVERS[0]}://{rest}"


def server_refusal(url: str, error: BaseException) -> EngineError:
    """Why a database server cannot be used, as one of three sentences: out of reach, no such database, no login.

    Args:
        url: Of the store.
        error: What the driver raised.
    """
    from sqlalchemy.engine import make_url

    address: Any = make_url(url)
    told = " ".join(str(getattr(error, "orig", None) or error).split())
    reason = told.rpartition("FATAL:")[2].strip() or told
    host = address.host or address.query.get("host", "") or "localhost"
    where = f"{host}:{address.port or PORT}"
    silence = "" if host.startswith("/") else _silence(host, address.port or PORT)
    if silence:
        return EngineError(
            f"The store's server must be reachable, got no answer from {where}: {silence}",
            f"start it, or check host and port; {WHERE}",
        )
    if "does not exist" in reason and "database" in reason:
        return EngineError(f"The store's database must exist on {where}, got: {reason}", "create it, or name another")
    user = address.username or "no user"
    return EngineError(
        f"The store's server at {where} must accept the login of {user}, got: {reason}",
        f"check user and password; {WHERE}",
    )


def _silence(host: str, port: int) -> str:
    """Why nobody answers there; empty where somebody does."""
    try:
        socket.create_connection((host, port), timeout=ANSWER_SECONDS).close()
    except OSError as error:
        return error.strerror or str(error) or type(error).__name__
    return ""
