"""No command runs the files of the folder it is called in, whatever they are named."""

import subprocess
import time
from pathlib import Path

import pytest

from tests.attack.access.intruder import person, ran

VERBS = ("sprint list", "--once", "data check corpus.json", "doctor", "demo --recorded --headless")
"""Of every kind of entry one: engine, interface, model, machine, recording."""

MORE_VERBS = (
    "--help", "--version", "ui", "demo --help", "serve --help", "thread list", "trial list 1", "review 1",
    "space show alpha", "space log alpha", "auto --help", "export 1 out.csv", "import none.csv", "train --help",
    "evaluate --help", "predict --help", "calibrate --help", "model --help",
)  # fmt: skip
"""All others; each starts a process or two."""

THREAD = """
thread: alpha
command: "python scripts/train.py --lr {{lr}} --epochs {{epochs}}"
space:
  lr: {{type: float, low: 0.1, high: 1.0}}
stages:
  1E: {{n_trials: 2, n_random: 2}}
"""

SCRIPT = """
import json, os, sys
import model
print(json.dumps({"epoch": 1, "score": 0.5, "own": float(model.OWN)}))
"""


def call(trimtab: str, *words: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [trimtab, *words], cwd=cwd, env=person(**more), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=240, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("words", [*VERBS, *(pytest.param(words, marks=pytest.mark.slow) for words in MORE_VERBS)])
def test_no_verb_runs_what_lies_in_the_folder(words: str, trimtab: str, hostile: Path) -> None:
    (hostile / "corpus.json").write_text("[]", encoding="utf-8")
    done = call(trimtab, *words.split(), cwd=hostile)
    assert ran(hostile) == []
    assert "TRAP" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_sprint_of_a_command_runs_nothing_of_the_folder_and_the_script_imports_its_own(
    trimtab: str, hostile: Path
) -> None:
    scripts = hostile / "scripts"
    scripts.mkdir()
    (scripts / "train.py").write_text(SCRIPT, encoding="utf-8")
    (scripts / "model.py").write_text("OWN = 1\n", encoding="utf-8")
    (hostile / "thread.yaml").write_text(THREAD.replace("{{", "{").replace("}}", "}"), encoding="utf-8")
    for words in ("thread new thread.yaml", "sprint new alpha --stage 1E", "sprint start 1"):
        done = call(trimtab, *words.split(), "--workspace", str(hostile / "ws"), cwd=hostile)
        assert done.returncode == 0, done.stderr
    shown = until_done(trimtab, hostile / "ws", hostile)
    assert "complete" in shown
    assert ran(hostile) == []


def until_done(trimtab: str, ws: Path, cwd: Path) -> str:
    """The trials of sprint 1 once it has ended."""
    for _ in range(240):
        listed = call(trimtab, "sprint", "list", "--json", "--workspace", str(ws), cwd=cwd).stdout
        if '"done"' in listed or '"failed"' in listed:
            break
        time.sleep(0.25)
    return call(trimtab, "trial", "list", "1", "--workspace", str(ws), cwd=cwd).stdout


CLASS = """
import model

class Task:
    metric, direction = "score", "maximize"

    def __init__(self, *, model, data, base_dir):
        pass

    def prepare(self):
        return {"n_train": 1, "n_val": 1}

    def run(self, trial):
        trial.report(1, float(model.OWN), {})
        return float(model.OWN)
"""


def test_an_objective_class_imports_its_own_model(trimtab: str, tmp_path: Path) -> None:
    folder = task_folder(tmp_path)
    (folder / "model.py").write_text("OWN = 0.75\n", encoding="utf-8")
    for words in ("thread new thread.yaml", "sprint new alpha --stage 1E", "sprint run 1"):
        done = call(trimtab, *words.split(), "--workspace", str(folder / "ws"), cwd=folder)
        assert done.returncode == 0, done.stderr
    assert "0.75" in until_done(trimtab, folder / "ws", folder)


def test_a_class_in_a_module_called_model_is_the_persons(trimtab: str, tmp_path: Path) -> None:
    folder = task_folder(tmp_path, objective="model:Task")
    (folder / "model.py").write_text(CLASS.replace("import model\n", "class own:\n    OWN = 0.75\n")
                                     .replace("model.OWN", "own.OWN"), encoding="utf-8")  # fmt: skip
    done = call(trimtab, "thread", "new", "thread.yaml", "--workspace", str(folder / "ws"), cwd=folder)
    assert done.returncode == 0, done.stderr


def test_a_folder_with_an_engine_package_of_its_own_is_refused_clearly(trimtab: str, tmp_path: Path) -> None:
    folder = task_folder(tmp_path)
    (folder / "model.py").write_text("OWN = 0.75\n", encoding="utf-8")
    (folder / "engine").mkdir()
    (folder / "engine" / "__init__.py").touch()
    done = call(trimtab, "thread", "new", "thread.yaml", "--workspace", str(folder / "ws"), cwd=folder)
    assert done.returncode == 2
    assert "engine" in done.stderr
    assert "rename" in done.stderr.lower()
    assert len(done.stderr.splitlines()) == 1


def task_folder(tmp_path: Path, objective: str = "task:Task") -> Path:
    folder = tmp_path / "task"
    folder.mkdir()
    (folder / "task.py").write_text(CLASS, encoding="utf-8")
    (folder / "thread.yaml").write_text(
        f"thread: alpha\nobjective: {objective}\nspace:\n  lr: {{type: float, low: 0.1, high: 1.0}}\n"
        "stages:\n  1E: {n_trials: 2, n_random: 2}\n",
        encoding="utf-8",
    )
    return folder


@pytest.mark.parametrize(
    "module",
    [
        "engine",
        "tui",
        "model",
        *(pytest.param(m, marks=pytest.mark.slow) for m in ("engine.worker", "engine.launchers.local")),
    ],
)
def test_a_module_started_by_hand_forgets_the_folder_before_it_imports_anything(
    module: str, trimtab: str, tmp_path: Path
) -> None:
    """Python itself looks for ``-m MODULE`` in the folder first; from there on nothing may be taken from it."""
    for name in ("click", "yaml", "argparse", "sqlmodel", "numpy"):
        (tmp_path / f"{name}.py").write_text(
            f"import os\nopen(os.path.join({str(tmp_path)!r}, 'RAN'), 'a').write('{name} ')\n", encoding="utf-8"
        )
    python = str(Path(trimtab).with_name("python"))
    subprocess.run([python, "-m", module, "--help"], cwd=tmp_path, env=person(), capture_output=True, check=False)
    assert ran(tmp_path) == []


@pytest.mark.slow
def test_what_a_served_page_runs_takes_nothing_from_the_folder(trimtab: str, hostile: Path) -> None:
    aiohttp = pytest.importorskip("aiohttp", reason="needs the extra trimtab[serve]")
    pytest.importorskip("textual_serve", reason="needs the extra trimtab[serve]")
    import asyncio

    from tests.attack.access.pages import opened_page, serving

    async def look() -> bytes:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            return await opened_page(session, served, b"\x1b[")

    made = call(trimtab, "demo", "--recorded", "--headless", "--workspace", str(hostile / "ws"), cwd=hostile)
    assert made.returncode == 0, made.stderr
    with serving([trimtab, "--workspace", str(hostile / "ws"), "serve"], hostile) as served:
        assert asyncio.run(look())
    assert ran(hostile) == []


@pytest.mark.slow
def test_ray_actors_take_nothing_from_the_folder(trimtab: str, hostile: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    from tests.attack.access.cluster import cluster

    (hostile / "thread.yaml").write_text(
        "thread: alpha\nobjective: engine.objectives.synthetic:Synthetic\nmodel: {function: hartmann3}\nspace:\n"
        "  x0: {type: float, low: 0.0, high: 1.0}\n  x1: {type: float, low: 0.0, high: 1.0}\n"
        "  x2: {type: float, low: 0.0, high: 1.0}\nstages:\n  1E: {n_trials: 2, n_random: 2}\n",
        encoding="utf-8",
    )
    with cluster(str(Path(trimtab).with_name("python"))) as address:
        for words in ("thread new thread.yaml", "sprint new alpha --stage 1E",
                      f"sprint start 1 --launcher ray --gpus 0 --address {address}"):  # fmt: skip
            done = call(trimtab, *words.split(), "--workspace", str(hostile / "ws"), cwd=hostile)
            assert done.returncode == 0, done.stderr
        shown = until_done(trimtab, hostile / "ws", hostile)
    assert "complete" in shown
    assert ran(hostile) == []
