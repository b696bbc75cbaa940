"""The seam between engine and model: mypy checks the model's class against the engine's protocol."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
from pathlib import Path
import engine.objectives.protocol
import model.objective

def build(kind: type[engine.objectives.protocol.Objective]) -> engine.objectives.protocol.Objective:
    return kind(model={}, data={}, base_dir=Path())

def run(objective: engine.objectives.protocol.Objective, trial: engine.objectives.protocol.Trial) -> float:
    return objective.run(trial)

built: engine.objectives.protocol.Objective = build(model.objective.JointExtraction)
"""


def test_the_model_satisfies_the_objective_protocol_by_shape(tmp_path: Path) -> None:
    if "CI" not in os.environ:  # there a check that is skipped is a check that fails
        pytest.importorskip("mypy", reason="installed with the dev extra; .ci/run checks types too")
    program = tmp_path / "seam.py"
    program.write_text(PROGRAM, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(program)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
