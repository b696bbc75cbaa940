"""A command's environment is that of the person who started trimtab, and the documented additions, nothing else."""

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.attack.access.intruder import person

ADDED = {"PYTHONUNBUFFERED", "TRIMTAB_TRIAL", "TRIMTAB_COMMAND", "TRIMTAB_STARTED_BY", "CUDA_VISIBLE_DEVICES"}
"""What SECURITY.md lists."""

SHELL = {"_", "PWD", "SHLVL", "OLDPWD", "LC_CTYPE"}
"""What a shell or Python itself sets on the way."""

THREAD = """
thread: alpha
command: "PYTHON -E tell.py {lr}"
space:
  lr: {type: float, low: 0.1, high: 1.0}
stages:
  1E: {n_trials: 1, n_random: 1}
"""

TELL = """
import json, os, sys, signal
json.dump({"env": dict(os.environ), "path": sys.path, "umask": os.umask(0)}, open("told.json", "w"))
print(json.dumps({"epoch": 1, "score": 0.5}))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tell.py").write_text(TELL, encoding="utf-8")
    (tmp_path / "thread.yaml").write_text(THREAD.replace("PYTHON -E", "python"), encoding="utf-8")
    return tmp_path


def told(trimtab: str, folder: Path, *, detached: bool, **more: str) -> dict[str, object]:
    """What a command of a sprint found around it."""
    environment = person(**more)
    (folder / "told.json").unlink(missing_ok=True)
    for words in (
        "thread new thread.yaml",
        "sprint new alpha --stage 1E",
        f"sprint {'start' if detached else 'run'} 1",
    ):
        done = subprocess.run(
            [trimtab, *words.split(), "--workspace", "ws"], cwd=folder, env=environment, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=240, check=False, umask=0o027,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    for _ in range(600):
        if (folder / "told.json").exists() and (folder / "told.json").read_text():
            break
        time.sleep(0.1)
    found: dict[str, object] = json.loads((folder / "told.json").read_text())
    return found


@pytest.mark.parametrize("detached", [pytest.param(False, marks=pytest.mark.slow), True])
def test_a_command_finds_the_persons_environment(detached: bool, trimtab: str, folder: Path) -> None:
    mine = {"PYTHONPATH": "/my/modules", "OMP_WAIT_POLICY": "active", "MY_OWN": "ü"}
    found = told(trimtab, folder, detached=detached, **mine)
    environment = found["env"]
    assert isinstance(environment, dict)
    before = person(**mine)
    changed = {k for k, v in environment.items() if before.get(k) != v} - SHELL
    assert changed <= ADDED
    assert not set(before) - set(environment) - SHELL
    assert found["umask"] == 0o027
    # Libraries that the tests themselves load may have set some of them before.
    assert not [name for name in set(environment) - set(before) if name.startswith(("MALLOC_", "KMP_"))]
    assert not [path for path in found["path"] if str(Path(trimtab).parents[1]) in path and "site-packages" not in path]  # type: ignore[attr-defined]


def test_what_a_person_asks_for_reaches_the_command_and_the_gpu_is_the_workers(trimtab: str, folder: Path) -> None:
    asked = {"TRIMTAB_WORKER_ENV": "OMP_NUM_THREADS=3,MALLOC_ARENA_MAX=2", "CUDA_VISIBLE_DEVICES": "5,7"}
    environment = told(trimtab, folder, detached=True, **asked)["env"]
    assert isinstance(environment, dict)
    assert environment["OMP_NUM_THREADS"] == "3"
    assert environment["MALLOC_ARENA_MAX"] == "2"
    assert environment["CUDA_VISIBLE_DEVICES"] == "5"


def test_a_command_is_given_neither_a_module_path_nor_the_address_of_the_store(trimtab: str, folder: Path) -> None:
    (folder / "ws").mkdir()
    words = ["--store", f"sqlite:///{folder}/ws/elsewhere.db", "--workspace", "ws"]
    for verb in ("thread new thread.yaml", "sprint new alpha --stage 1E", "sprint run 1"):
        done = subprocess.run(
            [trimtab, *words, *verb.split()], cwd=folder, env=person(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    environment = json.loads((folder / "told.json").read_text())["env"]
    assert not {"TRIMTAB_STORE", "PYTHONPATH", "PYTHONSAFEPATH", "OMP_NUM_THREADS"} & set(environment)
    assert not [value for value in environment.values() if "elsewhere.db" in value]


@pytest.mark.slow
def test_a_program_of_another_interpreter_imports_its_own_packages(trimtab: str, folder: Path) -> None:
    """Today's failure: a path of ours in PYTHONPATH made a foreign interpreter import our numpy, and die."""
    (folder / "own").mkdir()
    subprocess.run(
        [str(Path(trimtab).with_name("python")), "-m", "venv", "--without-pip", str(folder / "own")], check=True
    )
    (folder / "tell.py").write_text(
        "import json\ntry:\n    import numpy\n    found = numpy.__file__\nexcept ImportError:\n    found = ''\n"
        "open('told.json', 'w').write(json.dumps({'env': {}, 'numpy': found}))\n"
        'print(json.dumps({"epoch": 1, "score": 0.5}))\n',
        encoding="utf-8",
    )
    text = (folder / "thread.yaml").read_text().replace("python tell", f"{folder}/own/bin/python tell")
    (folder / "thread.yaml").write_text(text, encoding="utf-8")
    assert told(trimtab, folder, detached=False)["numpy"] == ""
