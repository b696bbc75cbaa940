"""A PostgreSQL server of its own that wants a password."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PASSWORD = "tr0ub4dor-and-3"

PROGRAMS = next(
    (p for p in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True) if (p / "initdb").exists()), None
)


@contextmanager
def guarded_server() -> Iterator[int]:
    """The port of a server whose user ``postgres`` has `PASSWORD`; it refuses to run as root."""
    if PROGRAMS is None:
        pytest.skip("no PostgreSQL server here")
    folder = Path("/tmp") / f"trimtab-guarded-{os.getpid()}"
    folder.mkdir()
    user = "postgres" if os.geteuid() == 0 else None
    (folder / "password").write_text(PASSWORD)
    if user:
        for path in (folder, folder / "password"):
            shutil.chown(path, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])

    def pg(program: str, *arguments: str) -> None:
        assert PROGRAMS is not None
        subprocess.run(
            [str(PROGRAMS / program), "-D", str(folder / "data"), *arguments], user=user, cwd=folder, check=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60,
        )  # fmt: skip

    try:
        pg("initdb", "-A", "scram-sha-256", "-U", "postgres", f"--pwfile={folder / 'password'}")
        pg("pg_ctl", "-w", "-l", str(folder / "log"), "-o", f"-p {port} -k {folder} -h 127.0.0.1", "start")
        try:
            yield port
        finally:
            pg("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
