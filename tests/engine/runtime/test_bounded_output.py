"""A command that prints without end takes neither the worker's memory nor the disk, and still hears a stop."""

import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine.store import log_file
from engine.store.log_file import MAX_LINE, LogFile, bound_log, cut_line, shorten

MIB = 1 << 20

ENDLESS = {
    "lines": "while True: print('x' * 100)",
    "one line": "import sys\nwhile True: sys.stdout.write('x' * 65536)",
    "errors": "import sys\nwhile True: sys.stderr.write('y' * 1000 + chr(10))",
    "a progress bar": "import sys\nwhile True: sys.stdout.write(chr(13) + 'z' * 200)",
}


@pytest.mark.parametrize("how", ENDLESS)
def test_a_command_that_prints_without_end_is_bounded(lab: Any, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setattr(log_file, "MAX_BYTES", 2 * MIB)
    monkeypatch.setattr(log_file, "HEAD_BYTES", 64 * 1024)
    monkeypatch.setattr(log_file, "TAIL_BYTES", 256 * 1024)
    (lab.ws.path / "endless.py").write_text(ENDLESS[how])
    sprint_id = lab.sprint(
        objective="engine.objectives.command:CommandObjective", n_trials=1,
        options={"model": {"command": f"{sys.executable} endless.py"}}, limits={"trial_seconds": 4.0},
    )  # fmt: skip
    me, most = psutil.Process(), [0]
    ended = threading.Event()
    before = me.memory_info().rss

    def watch() -> None:
        while not ended.wait(0.05):
            most[0] = max(most[0], me.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.monotonic()
    lab.work(sprint_id)
    ended.set()
    watcher.join()
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.error_kind) == ("failed", "timeout")
    assert time.monotonic() - started < 30
    assert (most[0] - before) / MIB < 200
    assert lab.ws.trial_log(sprint_id, 0).stat().st_size <= 2 * MIB + 2 * MAX_LINE


def test_a_log_keeps_both_ends_and_counts_what_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_file, "MAX_BYTES", 10_000)
    monkeypatch.setattr(log_file, "HEAD_BYTES", 1_000)
    monkeypatch.setattr(log_file, "TAIL_BYTES", 3_000)
    path = tmp_path / "log.txt"
    log = LogFile(path)
    total = 0
    for n in range(5_000):
        line = f"line {n}"
        total += len(line) + 1
        log.write(line)
        assert path.stat().st_size <= 10_100
    log.close()
    lines = path.read_text().splitlines()
    assert lines[:3] == ["line 0", "line 1", "line 2"]
    assert lines[-3:] == ["line 4997", "line 4998", "line 4999"]
    [note] = [line for line in lines if "left out" in line]
    kept = sum(len(line) + 1 for line in lines if line != note)
    assert note == f"… {total - kept} bytes left out …"
    numbers = [int(line.split()[1]) for line in lines if line != note]
    assert numbers == sorted(set(numbers)), "whole lines, in order, once"


def test_a_line_without_end_keeps_both_its_ends() -> None:
    cut = cut_line(b"a" * 100_000 + b"b" * 100_000)
    assert len(cut) < MAX_LINE + 100
    assert cut.startswith(b"aaa")
    assert cut.endswith(b"bbb")
    assert "134464 bytes left out" in cut.decode()


def test_a_log_that_another_process_writes_is_bounded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_file, "MAX_BYTES", 10_000)
    monkeypatch.setattr(log_file, "HEAD_BYTES", 1_000)
    monkeypatch.setattr(log_file, "TAIL_BYTES", 3_000)
    path = tmp_path / "worker.log"
    with path.open("ab", buffering=0) as other:
        other.write(b"first\n" + b"x\n" * 10_000 + b"last\n")
        bound_log(path)
        other.write(b"after\n")
    assert path.stat().st_size < 5_000
    assert path.read_bytes().startswith(b"first\n")
    assert path.read_bytes().endswith(b"last\nafter\n")
    assert shorten(tmp_path / "worker.log") == path.stat().st_size
    bound_log(tmp_path / "none.log")


def test_a_full_disk_never_fails_the_training_that_logs(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log.txt")
    real = log._file
    with Path("/dev/full").open("ab", buffering=0) as full:
        log._file = full
        log.write("lost")
        log.write("lost, too")
    log._file = real
    log.write("there")
    log.close()
    assert (tmp_path / "log.txt").read_text() == "… 2 lines could not be written\nthere\n"
