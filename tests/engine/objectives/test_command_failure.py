"""A command's failure in its own words: the exception line first, its last lines of stderr whole, nothing of ours."""

from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.objectives.command import CommandObjective
from engine.worker.failures import Failure, describe_failure
from tests.engine.objectives.test_objectives import Recorded


def failure(folder: Path, code: str) -> Failure:
    (folder / "train.py").write_text(code)
    with pytest.raises(EngineError) as raised:
        CommandObjective(model={"command": "python train.py"}, data={}, base_dir=folder).run(Recorded(run_dir=folder))
    return describe_failure(raised.value)


def test_a_python_exception_is_told_by_its_own_line_and_traceback(tmp_path: Path) -> None:
    long = "x" * 600
    code = f"import sys\nprint('ok')\ndef train():\n    raise ValueError('shapes differ {long}')\ntrain()\n"
    found = failure(tmp_path, code)
    assert found.kind == "objective"
    assert found.reason.startswith("Command exited with code 1: ValueError: shapes differ")
    first, second, third, *_ = found.text.splitlines()
    assert first == f"ValueError: shapes differ {long}", "whole, and first"
    assert (second, third) == ("Last lines of stderr:", "Traceback (most recent call last):")
    assert "engine" not in found.text, "our own traceback tells nothing"


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("import argparse; argparse.ArgumentParser(prog='t').parse_args(['-x'])",
         "t: error: unrecognized arguments: -x"),
        ("import sys; print('Error in fit(x) : no data', file=sys.stderr); sys.exit(1)", "Error in fit(x) : no data"),
        ("import sys; sys.exit('torch.OutOfMemoryError: CUDA out of memory\\nbye')",
         "torch.OutOfMemoryError: CUDA out of memory"),
        ("import sys; print('epoch 1'); print('gave up'); sys.exit(4)", "gave up"),
    ],
)  # fmt: skip
def test_other_programs_are_told_by_the_line_that_names_what_went_wrong(tmp_path: Path, code: str, line: str) -> None:
    found = failure(tmp_path, code)
    assert found.text.splitlines()[0] == line
    assert line in found.reason
    assert (found.kind == "oom") == ("out of memory" in line)


def test_a_command_that_reports_nothing_is_told_without_a_traceback(tmp_path: Path) -> None:
    found = failure(tmp_path, "import sys; print('warming up', file=sys.stderr)")
    assert found.reason.startswith("the command must print a line")
    assert "warming up" in found.text
    assert "Traceback" not in found.text
