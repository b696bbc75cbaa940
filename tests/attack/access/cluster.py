"""A Ray cluster of its own that ends with a block; ``ray stop`` would end everybody's on this machine."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.attack.access.intruder import person


@contextmanager
def cluster(python: str) -> Iterator[str]:
    """Address of the cluster's head."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="ray"))  # pytest's own are too deep for the names of Ray's sockets
    start = [python, "-P", "-m", "ray.scripts.scripts", "start", "--head", "--num-cpus=2", "--block"]
    start += ["--include-dashboard=false", "--node-ip-address=127.0.0.1", f"--port={port}", f"--temp-dir={folder}"]
    with (folder / "log").open("wb") as log:
        head = subprocess.Popen(start, stdout=log, stderr=log, env=person(), cwd=folder)
    try:
        until = time.monotonic() + 120
        while b"runtime started" not in (folder / "log").read_bytes():
            assert head.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < until, (folder / "log").read_text()
            time.sleep(0.2)
        yield f"127.0.0.1:{port}"
    finally:
        head.terminate()  # it ends what it started
        head.wait(60)
        shutil.rmtree(folder, ignore_errors=True)
