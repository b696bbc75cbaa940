"""Importing the interface's door costs nothing, and every name behind it is there."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import engine.api
from engine import api

HEAVY = {"sqlmodel", "sqlalchemy", "numpy", "torch", "optuna", "skopt", "sklearn", "scipy", "yaml", "rich", "click"}


def test_importing_the_api_loads_only_the_standard_library_and_records() -> None:
    code = "import json, sys; from engine import api; api.SprintView, api.SprintPlan; print(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {name.partition(".")[0] for name in json.loads(done.stdout)} & HEAVY


def test_every_promised_name_can_be_had() -> None:
    for name in dir(api):
        assert getattr(api, name) is not None, name


def test_what_type_checkers_see_is_what_is_loaded() -> None:
    tree = ast.parse(Path(engine.api.__file__).read_text(encoding="utf-8"))
    seen = {
        (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("engine")
        for alias in node.names
    }
    loaded = {(module, name) for name, module in engine.api.homes().items()}
    assert seen == loaded


def test_an_unknown_name_is_an_ordinary_attribute_error() -> None:
    assert not hasattr(api, "start_sprints")
