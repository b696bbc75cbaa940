"""Our own exports come back whole, and times and places are right for whoever reads them."""

import json
import os
import subprocess
import sys
import time
import warnings
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import optuna
import pytest

from engine import api
from engine.api.exchange import read_import, sprint_content
from engine.exchange import optuna_study
from engine.store import queries
from engine.store.database import writing
from engine.store.workspace import Workspace

THREAD = """\
thread: Typed
objective: engine.objectives.synthetic:Synthetic
model: {function: branin}
space:
  x0: {type: float, low: -5, high: 10}
  x1: {type: float, low: 0, high: 15}
  code: {type: categorical, choices: ["1", "01", "true", "None"]}
  flag: {type: categorical, choices: [true, false]}
  extra: {type: int, low: 1, high: 9, active_when: {flag: true}}
  layers: {type: categorical, choices: [[64, 64], [128], null]}
  rate: {type: float, low: 0.1, high: 0.5, step: 0.1}
"""
POINTS: list[tuple[dict[str, Any], float | None]] = [
    ({"x0": 1.0, "x1": 0.1 + 0.2, "code": "1", "flag": True, "extra": 3, "layers": [64, 64], "rate": 0.1}, 0.5),
    ({"x0": 2.0, "x1": 5.0, "code": "01", "flag": False, "layers": None, "rate": 0.3}, 0.75),
    ({"x0": 3.0, "x1": 6.0, "code": "true", "flag": False, "layers": [128], "rate": 0.2}, None),
    ({"x0": 4.0, "x1": 7.0, "code": "None", "flag": True, "extra": 9, "layers": None, "rate": 0.5}, 1 / 3),
]


@pytest.fixture
def typed(ws: Workspace, tmp_path: Path, finish: Any) -> api.SprintView:
    """A finished sprint whose choices look like other types."""
    path = tmp_path / "typed.yaml"
    path.write_text(THREAD)
    api.create_thread(ws, api.load_thread_file(path))
    sprint = api.create_sprint(ws, api.default_plan(ws, "Typed", "1E"))
    view: api.SprintView = finish(ws, sprint.id, POINTS)
    with writing(ws) as session:
        for number in range(len(POINTS)):
            row = queries.trial(session, view.id, number)
            assert row is not None
            row.started_at = datetime.fromisoformat("2024-05-03T10:00:00+00:00")
            row.seconds = 12.5
            session.add(row)
    return view


@pytest.mark.parametrize("suffix", ["csv", "tsv", "json", "parquet"])
def test_our_own_export_comes_back_whole_by_the_types_of_its_thread(
    ws: Workspace, typed: api.SprintView, tmp_path: Path, suffix: str
) -> None:
    if suffix == "parquet":
        pytest.importorskip("pyarrow")
    place = tmp_path / "p%41x q?x 'it\"s' #é {0}"
    place.mkdir()
    target = place / f"out.{suffix}"
    api.export_sprint(ws, typed.id, str(target))
    assert [path.name for path in place.iterdir()] == [f"out.{suffix}"]
    back = api.import_sprint(ws, "Typed", str(target))
    before, after = sprint_content(ws, typed.id).trials, sprint_content(ws, back.id).trials
    facts = ("number", "state", "source", "params", "score", "seed", "fold", "seconds", "n_epochs", "started_at")
    for name in facts:
        assert [getattr(t, name) for t in before] == [getattr(t, name) for t in after], name
    assert [[type(v) for v in t.params.values()] for t in before] == [
        [type(v) for v in t.params.values()] for t in after
    ]
    assert back.manifest["n_outside_space"] == 0


def test_json_brings_its_space_into_a_new_thread(ws: Workspace, typed: api.SprintView, tmp_path: Path) -> None:
    api.export_sprint(ws, typed.id, str(tmp_path / "out.json"))
    back = api.import_sprint(ws, "Another", str(tmp_path / "out.json"))
    assert sprint_content(ws, back.id).space == sprint_content(ws, typed.id).space
    assert back.fidelity == typed.fidelity


def test_a_define_by_run_study_comes_in_with_what_is_active_when(ws: Workspace, tmp_path: Path) -> None:
    def objective(trial: optuna.Trial) -> float:
        if trial.suggest_categorical("classifier", ["SVC", "RF"]) == "SVC":
            return trial.suggest_float("svc_c", 1e-10, 1e10, log=True) % 1
        return trial.suggest_int("depth", 2, 32, log=True) / 40 + trial.suggest_float("rate", 0.1, 0.9, step=0.2)

    path = tmp_path / "define.db"
    sampler = optuna.samplers.RandomSampler(seed=1)
    study = optuna.create_study(study_name="cond", storage=f"sqlite:///{path}", sampler=sampler)
    study.optimize(objective, n_trials=12)
    view = api.import_sprint(ws, "new", str(path))
    assert (view.n_complete, view.direction) == (12, "minimize")
    space = sprint_content(ws, view.id).space
    assert space["rate"].step == 0.2
    assert (space["svc_c"].active_when, space["depth"].active_when) == ({"classifier": "SVC"}, {"classifier": "RF"})


def test_lists_among_choices_come_in_without_a_warning(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "nets.db"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna's own, of lists
        study = optuna.create_study(study_name="nets", storage=f"sqlite:///{path}", direction="maximize")
        choices: Any = [(64, 64), (128,)]
        with suppress(ValueError):  # Optuna's own, when it meets its choices again as lists
            study.optimize(lambda trial: sum(trial.suggest_categorical("layers", choices)), n_trials=6)
    view = api.import_sprint(ws, "nets", str(path))  # warnings are errors here
    assert view.n_complete > 0
    assert {str(trial.params["layers"]) for trial in api.list_trials(ws, view.id)} <= {"[64, 64]", "[128]"}


@pytest.mark.filterwarnings("ignore:Choices for a categorical distribution")
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_a_study_has_local_times_of_each_trials_own_start(
    ws: Workspace, typed: api.SprintView, tmp_path: Path, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        api.export_sprint(ws, typed.id, str(tmp_path / "tz.db"))
        study = optuna.load_study(study_name=typed.label, storage=f"sqlite:///{tmp_path / 'tz.db'}")
        local = datetime.fromisoformat("2024-05-03T10:00:00+00:00").astimezone().replace(tzinfo=None)
        assert [trial.datetime_start for trial in study.trials] == [local] * len(POINTS)
        assert study.trials[0].duration is not None
        assert study.trials[0].duration.total_seconds() == 12.5
        back = optuna_study.read_study(f"sqlite:///{tmp_path / 'tz.db'}")
        assert back.trials[0].started_at == datetime.fromisoformat("2024-05-03T10:00:00+00:00").timestamp()
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.filterwarnings("ignore:Choices for a categorical distribution")
@pytest.mark.parametrize("folder", ["p%41x", "q?x", "a b", "it's", 'w"q', "br{ac}e", "ha#sh"])
def test_a_study_is_written_and_read_where_its_path_says(
    ws: Workspace, typed: api.SprintView, tmp_path: Path, folder: str
) -> None:
    place = tmp_path / folder
    place.mkdir()
    api.export_sprint(ws, typed.id, str(place / "study.db"))
    api.export_sprint(ws, typed.id, f"sqlite:///{place / 'study.db'}", study="again")
    assert [path.name for path in place.iterdir()] == ["study.db"]
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == sorted([folder, "ws"])
    names = {
        read_import(None, "new", str(place / "study.db"), study=name).content.label for name in ("again", typed.label)
    }
    assert names == {"again", typed.label}


def test_a_package_adds_a_format_through_its_entry_point(tmp_path: Path) -> None:
    package = tmp_path / "site"
    (package / "their-1.dist-info").mkdir(parents=True)
    (package / "their-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: their\nVersion: 1\n")
    (package / "their-1.dist-info" / "entry_points.txt").write_text(
        "[trimtab.exchange_formats]\ntheirs = their_format:FORMAT\n"
    )
    (package / "their_format.py").write_text(
        "class Theirs:\n"
        "    name, title, can_write, can_read = 'theirs', 'their text', True, False\n"
        "    def is_target(self, target): return target.text.endswith('.theirs')\n"
        "    def is_source(self, source): return False\n"
        "    def read(self, source, request): raise NotImplementedError\n"
        "    def write(self, content, target):\n"
        "        target.path.write_text(content.label); return 'a label'\n"
        "FORMAT = Theirs()\n"
    )
    code = (
        "import json; from engine.exchange.registry import *; from engine.exchange.format import ExportTarget;"
        "print(json.dumps([format_names()[0], format_to_write(ExportTarget(text='x.theirs')).title]))"
    )
    env = {**os.environ, "PYTHONPATH": f"{package}{os.pathsep}{Path(__file__).parents[3]}"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == ["theirs", "their text"]
