"""The direction of imports: contracts, and what a fresh interpreter really loads."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {
    "torch",
    "optuna",
    "skopt",
    "sklearn",
    "transformers",
    "pytorch_lightning",
    "lightning",
    "spacy",
    "scipy",
    "pandas",
}


def loaded_by(statement: str) -> set[str]:
    """Top-level modules in `sys.modules` of a fresh interpreter after one statement."""
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted({{m.partition('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("statement", ["import tui.app", "import tui.cli", "import tui.demo"])
def test_the_interface_never_loads_training_or_optimizer_libraries(statement: str) -> None:
    assert not loaded_by(statement) & HEAVY


def test_the_interface_defers_the_database_until_after_its_first_frame() -> None:
    assert not loaded_by("import tui.app, engine.api") & {"sqlmodel", "sqlalchemy", "numpy"}


def test_the_first_frame_loads_no_screen_and_none_of_the_engines_records() -> None:
    statement = (
        "import sys, tui.cli, tui.app, tui.shell.splash; "
        "late = {'engine.api.views', 'tui.threads.screen', 'tui.widgets.line_table', 'yaml'}; "
        "assert not late & set(sys.modules), late & set(sys.modules)"
    )
    loaded_by(statement)


def test_the_command_line_loads_no_screen_and_no_table_before_it_prints_one() -> None:
    """So --version, --help, completions and refusals come at once."""
    no_table = "; assert 'rich.console' not in sys.modules"
    late = {"textual", "sqlmodel", "sqlalchemy", "numpy", "scipy"}
    assert not loaded_by(f"import sys, tui.entry, tui.cli{no_table}") & late
    assert not loaded_by(f"import sys, engine.cli.sprints, engine.cli.threads{no_table}") & late
    assert not loaded_by("import tui.entry") & {"click"}


def test_the_names_of_themes_that_the_command_line_knows_are_those_that_there_are() -> None:
    from tui.drawing.theme import THEMES
    from tui.options import THEME_NAMES

    assert tuple(THEMES) == THEME_NAMES


def test_engine_and_model_never_meet() -> None:
    assert "model" not in loaded_by("import engine.api, engine.worker, engine.cli.main")
    assert not loaded_by("import model.objective") & {"engine", "tui"}


def test_using_the_api_for_a_review_loads_no_optimizer(tmp_path: Path) -> None:
    statement = (
        "from pathlib import Path; from engine import api; "
        f"ws = api.open_workspace(Path({str(tmp_path)!r}), create=True); api.list_threads(ws); "
        "api.review; api.preview_plan"
    )
    assert not loaded_by(statement) & {"torch", "optuna", "skopt", "sklearn"}


def test_the_import_contracts_hold() -> None:
    if "CI" not in os.environ:  # there a check that is skipped is a check that fails
        pytest.importorskip("importlinter", reason="installed with the dev extra; .ci/run calls it too")
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
