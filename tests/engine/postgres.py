"""A real PostgreSQL server of one's own, which can be stopped and started; needs Debian's ``postgresql``."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

PROGRAMS = next(
    (p for p in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True) if (p / "initdb").exists()), None
)


def is_available() -> bool:
    """Whether a server can be started here; it refuses to run as root, so it runs as ``postgres`` then."""
    return PROGRAMS is not None and (os.geteuid() != 0 or shutil.which("su") is not None)


class PostgresServer:
    """A server on a free port of the loopback, in a folder of its own.

    It does not wait for the disk (``-F``): its processes crash here, the machine does not.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="trimtab-pg-", dir="/tmp"))
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self.folder, self._user)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._run("initdb", "-A", "trust", "-U", "postgres", "--no-sync")
        self.start()

    def url(self, database: str = "postgres") -> str:
        """SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Make an empty database; its URL."""
        import psycopg

        with psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}"'.encode())
        return self.url(database)

    def start(self) -> None:
        """Start it and wait until it serves."""
        options = f"-F -p {self.port} -k {self.folder}"
        self._run("pg_ctl", "-w", "-t600", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: ``fast`` ends sessions in good order, ``immediate`` as a crash would."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def is_running(self) -> bool:
        """Whether its process is there, serving or recovering."""
        try:
            self._run("pg_ctl", "status")
        except subprocess.SubprocessError:
            return False
        return True

    def close(self) -> None:
        """Stop it for good and remove its folder."""
        if (self.folder / "data" / "postmaster.pid").exists():
            try:
                self.stop("immediate")
            except subprocess.SubprocessError:
                os.kill(int((self.folder / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        assert PROGRAMS is not None
        subprocess.run(
            [str(PROGRAMS / program), "-D", str(self.folder / "data"), *arguments],
            user=self._user, cwd=self.folder, check=True, timeout=660,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
