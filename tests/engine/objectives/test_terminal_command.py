"""``tty: true``: programs that buffer what goes to a pipe report live; ``shell: true``: a shell runs the command."""

import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from engine.objectives.command import CommandObjective
from tests.engine.objectives.test_objectives import Recorded

BUFFERING = """
import sys, time
assert sys.stdout.isatty()
print('{"epoch": 1, "score": 2}')
sys.stdout.write('no line end')
time.sleep(60)
"""


def objective(folder: Path, command: str, **options: Any) -> CommandObjective:
    return CommandObjective(model={"command": command, "command_options": options}, data={}, base_dir=folder)


@pytest.mark.parametrize("program", ["python", "awk"])
def test_a_program_that_buffers_reports_live_on_a_terminal(tmp_path: Path, program: str) -> None:
    if shutil.which(program) is None and program != "python":
        pytest.skip(f"no {program} here")
    (tmp_path / "train.py").write_text(BUFFERING)
    (tmp_path / "train.awk").write_text("""BEGIN { print "{\\"epoch\\": 1, \\"score\\": 2}"; while (1) x++ }""")
    command = "python train.py" if program == "python" else "awk -f train.awk"
    trial = Recorded(run_dir=tmp_path, stop_at=1)
    trial.deadline = time.monotonic() + 30
    began = time.monotonic()
    assert objective(tmp_path, command, tty=True, env={"PYTHONUNBUFFERED": ""}).run(trial) == 2
    assert time.monotonic() - began < 25
    assert [report[:2] for report in trial.reports] == [(1, 2.0)]


def test_what_a_terminal_gets_is_what_was_written(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        "import sys\nprint('a\\tb')\nprint('{\"epoch\": 1, \"score\": 2}')\nsys.stdout.write('last')\n"
        "sys.stdout.flush()\nprint('err', file=sys.stderr)\n"
    )
    trial = Recorded(run_dir=tmp_path)
    assert objective(tmp_path, "python train.py", tty=True).run(trial) == 2
    assert sorted(trial.lines[1:]) == ["a\tb", "err", "last"]


def test_a_shell_runs_a_command_with_its_values_quoted(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import sys\nprint(sys.argv[1:])\n")
    command = """cd . && LEVEL=3 python train.py {aug} {flag:?--with 'two words'} --w {warm} > said.txt
echo '{{"epoch": 1, "score": '$(grep -c "" said.txt)'}}' | cat"""
    nasty = "mix up; touch gone $(touch gone)"
    trial = Recorded(run_dir=tmp_path, params={"aug": nasty, "flag": True}, inactive=("warm",))
    assert objective(tmp_path, command, shell=True).run(trial) == 1
    assert (tmp_path / "said.txt").read_text() == f"{[nasty, '--with', 'two words']}\n"
    assert not (tmp_path / "gone").exists()
