"""The core runs without torch: a virtual environment holds what the core needs, and nothing of the extra ``model``."""

import os
import subprocess
import sys
import tomllib
import venv
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

requirements = pytest.importorskip("packaging.requirements")

ROOT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MOST_PACKAGES = 50
"""The core has about forty packages with all that these need."""

HEAVY = ("torch", "transformers", "pytorch-lightning", "spacy", "safetensors", "jaxtyping")
"""The extra ``model``."""


def closure(wanted: list[str]) -> dict[str, Distribution]:
    """Installed distributions that requirements need, directly and through others."""
    found: dict[str, Distribution] = {}
    todo = list(wanted)
    while todo:
        requirement = requirements.Requirement(todo.pop())
        name = requirement.name.lower().replace("_", "-")
        if name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue  # for another platform
        todo += [text for text in found[name].requires or () if "extra ==" not in text]
    return found


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with links to the core's packages."""
    folder = tmp_path_factory.mktemp("core") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    site = next(folder.glob("lib/python*/site-packages"))
    for installed in closure(PROJECT["dependencies"]).values():
        for file in installed.files or ():
            top = file.parts[0]
            target = Path(str(installed.locate_file(top)))
            if top != ".." and top != "__pycache__" and target.exists() and not (site / top).is_symlink():
                (site / top).symlink_to(target)
    return folder / "bin" / "python"


def run(core: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("TRIMTAB", "PYTHONPATH"))}
    command = [str(core), "-c", "from tui.cli import main; main()", *words]
    return subprocess.run(
        command, cwd=folder, env={**env, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )


def test_the_core_names_no_package_of_the_model_and_the_extra_names_them_all() -> None:
    extras = PROJECT["optional-dependencies"]
    core = {requirements.Requirement(text).name for text in PROJECT["dependencies"]}
    assert not core & set(HEAVY)
    assert {requirements.Requirement(text).name for text in extras["model"]} == set(HEAVY)
    assert "trimtab[model]" in extras["offline"]
    everything = closure(PROJECT["dependencies"])
    assert not set(everything) & set(HEAVY)
    assert len(everything) <= MOST_PACKAGES, sorted(everything)


@pytest.mark.timeout(900)  # eight programs are started, each with its imports
def test_a_command_is_searched_reviewed_and_exported_without_torch(core: Path, tmp_path: Path) -> None:
    none = subprocess.run([core, "-c", "import torch"], capture_output=True, text=True, check=False)
    assert "No module named 'torch'" in none.stderr
    (tmp_path / "train.py").write_text(
        'import sys\nprint(\'{"epoch": 1, "score": %f}\' % -(float(sys.argv[1]) - 0.3) ** 2)\n'
    )
    (tmp_path / "thread.yaml").write_text(
        "thread: light\ncommand: python train.py {lr} {epochs}\nspace:\n  lr: {type: float, low: 0, high: 1}\n"
    )
    for words in (
        ("thread", "new", "thread.yaml"),
        ("sprint", "new", "light", "--trials", "3", "--random", "2", "--sampler", "gp"),
        ("sprint", "run", "1", "--quiet"),
        ("review", "1"),
        ("export", "1", "out.csv"),
    ):
        done = run(core, tmp_path, *words)
        assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "out.csv").read_text().count(",complete,") == 3


@pytest.mark.parametrize("words", [("train", "joint.yaml"), ("evaluate", "nowhere"), ("thread", "new", "joint.yaml")])
def test_asking_for_the_joint_model_says_what_to_install(core: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "joint.yaml").write_text(
        "thread: joint\nobjective: model.objective:JointExtraction\nmodel: {encoder: tiny}\n"
        "data: {atlas: {documents: 8}}\nspace:\n  lr: {type: float, low: 1.0e-5, high: 1.0e-3, log: true}\n"
    )
    done = run(core, tmp_path, *words)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr
    assert "pip install 'trimtab[model]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_corpus_is_written_and_checked_without_torch(core: Path, tmp_path: Path) -> None:
    assert run(core, tmp_path, "data", "sample", "--documents", "6", "--out", "c.json").returncode == 0
    done = run(core, tmp_path, "data", "check", "c.json")
    assert done.returncode == 0, done.stderr


def test_the_interface_starts_and_the_doctor_says_what_is_missing(core: Path, tmp_path: Path) -> None:
    loaded = subprocess.run(
        [core, "-c", "import tui.app, engine.api; print('loaded')"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert loaded.stdout == "loaded\n", loaded.stderr
    done = run(core, tmp_path, "doctor")
    assert "JEREX-L is not installed" in done.stdout, done.stdout + done.stderr
    assert sys.prefix not in done.stdout.splitlines()[0]
