"""An objective objects before a thread is stored, in a process of its own."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.errors import EngineError
from engine.exchange.imported import Imported
from engine.objectives.protocol import load_objective
from engine.objectives.validation import check_objective

MODEL = {"type": "JointMRC", "encoder": "minilm"}
DATA = {"atlas": {"documents": 20, "seed": 1}}
JOINT = "model.objective:JointExtraction"


def check(name: str, folder: Path, model: Any = MODEL, data: Any = DATA) -> None:
    check_objective(name, model=model, data=data, base_dir=folder, env=os.environ)


def test_a_good_thread_passes_and_this_process_loads_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "private_objective.py").write_text(
        "class Mine:\n    def __init__(self, *, model, data, base_dir): ...\n"
    )
    check("private_objective:Mine", tmp_path)
    assert "private_objective" not in sys.modules
    check(JOINT, tmp_path)


@pytest.mark.parametrize(
    ("name", "model", "data", "told"),
    [
        ("model.objective:JointExtractoin", MODEL, DATA, "did you mean model.objective:JointExtraction"),
        ("model.objectives:JointExtraction", MODEL, DATA, "no module model.objectives"),
        (JOINT, {**MODEL, "groping": "GLOBAL"}, DATA, "grouping"),
        (JOINT, {**MODEL, "type": "JointMRX"}, DATA, "JointMRC"),
        (JOINT, MODEL, {"atlas": {"documants": 20}}, "documents"),
    ],
)
def test_what_it_objects_to_is_told(tmp_path: Path, name: str, model: Any, data: Any, told: str) -> None:
    with pytest.raises(EngineError, match=told):
        check(name, tmp_path, model, data)


def test_a_module_that_breaks_on_import_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "broken_objective.py").write_text("print('hello')\n1 / 0\n")
    with pytest.raises(EngineError, match="ZeroDivisionError") as caught:
        check("broken_objective:Mine", tmp_path)
    assert "\n" not in str(caught.value)


def test_one_that_ends_the_process_is_told_too(tmp_path: Path) -> None:
    (tmp_path / "ending_objective.py").write_text("import os\nos._exit(7)\n")
    with pytest.raises(EngineError, match="exit status 7"):
        check("ending_objective:Mine", tmp_path)


def test_a_store_of_an_earlier_version_names_an_objective_where_it_was_then() -> None:
    assert load_objective("engine.export.imported:Imported") is Imported
