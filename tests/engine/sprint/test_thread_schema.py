"""Editors check thread files by a schema that is made from the classes that read them."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from engine.boundary.yaml_text import read_yaml
from engine.errors import EngineError
from engine.metric_sources.report_options import ReportOptions
from engine.objectives.command_options import CommandOptions
from engine.space.dimension import Dimension
from engine.sprint.stages import BUILT_IN, Stage
from engine.sprint.thread_file import ThreadSpec, parse_thread
from engine.sprint.thread_schema import described, thread_schema
from engine.trials.fidelity import Fidelity
from engine.trials.limits import Limits

ROOT = Path(__file__).resolve().parents[3]
FILES = [path for path in sorted((ROOT / "docs").rglob("*.yaml")) if "thread:" in path.read_text(encoding="utf-8")]

SCHEMA = thread_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)

PLAIN: dict[str, Any] = {
    "thread": "net",
    "command": "python train.py --lr {lr} --epochs {epochs}",
    "space": {"lr": {"type": "float", "low": 1e-5, "high": 0.1, "log": True}},
}


def test_it_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_thread_file_of_the_documentation_is_valid(path: Path) -> None:
    VALIDATOR.validate(read_yaml(path.read_text(encoding="utf-8"), str(path), EngineError).plain)


def test_the_built_in_stages_are_valid() -> None:
    VALIDATOR.validate(PLAIN | {"stages": {stage.name: stage.to_dict() for stage in BUILT_IN}})


@pytest.mark.parametrize(
    "change",
    [
        {"sapce": {}},
        {"objective": "net:Net"},
        {"command": None},
        {"thread": None},
        {"direction": "up"},
        {"isolated": "yes"},
        {"space": {"lr": {"type": "float", "low": 0}}},
        {"space": {"lr": {"type": "flaot", "low": 0, "high": 1}}},
        {"space": {"lr": {"type": "float", "low": 0, "high": 1, "choices": [1, 2]}}},
        {"space": {"lr": {"type": "categorical", "choices": ["a", "b"], "low": 0}}},
        {"space": {"lr": {"type": "float", "low": 0, "high": 1, "lgo": True}}},
        {"stages": {"1E": {"n_trial": 4}}},
        {"stages": {"1E": {"n_trials": 0}}},
        {"stages": {"1E": {"fidelity": {"epoch": 1}}}},
        {"stages": {"1E": {"limits": {"trial_second": 1}}}},
        {"report": {"take": "worst"}},
        {"files": {"hyp": {"form": "hyp.yaml"}}},
        {"constraints": "a < b"},
    ],
    ids=str,
)
def test_what_the_reader_refuses_an_editor_marks(change: dict[str, Any]) -> None:
    plain = {key: value for key, value in (PLAIN | change).items() if value is not None}
    assert list(VALIDATOR.iter_errors(plain)) != []
    with pytest.raises(EngineError):
        parse_thread(json.dumps(plain), "thread.yaml", ROOT)


@pytest.mark.parametrize("kind", [CommandOptions, Dimension, Fidelity, Limits, ReportOptions, Stage, ThreadSpec])
def test_every_attribute_of_its_classes_has_a_description(kind: type) -> None:
    assert [name for name in kind.__dataclass_fields__ if not described(kind).get(name)] == []  # type: ignore[attr-defined]


def test_the_page_beside_the_documentation_is_this_one() -> None:
    kept = json.loads((ROOT / "docs" / "thread.schema.json").read_text(encoding="utf-8"))
    assert kept == SCHEMA, "run: trimtab thread schema > docs/thread.schema.json"
