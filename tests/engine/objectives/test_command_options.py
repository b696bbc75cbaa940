"""What stands beside a command in a thread file: interpreter, folder, environment, files, constants, switches."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.errors import EngineError
from engine.objectives.command import CommandObjective
from engine.objectives.constants import with_constants
from engine.objectives.file_settings import with_settings
from engine.objectives.template import fill, split_template
from engine.sprint.thread_file import ThreadSpec, parse_thread
from tests.engine.objectives.recorded_trial import Recorded

SAYS = "import json, os, sys; print(json.dumps({'score': 1})); print(json.dumps([sys.argv[1:], os.getcwd()]))\n"
SPACE = "space: {lr: {type: float, low: 0.1, high: 0.3}, aug: {type: categorical, choices: [true, false]}}\n"


def run(folder: Path, command: Any, trial: Recorded, **options: Any) -> list[str]:
    """Run a command with options; what it printed that is no report."""
    trial.run_dir.mkdir(parents=True, exist_ok=True)
    objective = CommandObjective(
        model={"command": command, "command_options": options}, data={}, base_dir=folder.resolve()
    )
    assert objective.run(trial) == 1
    return trial.lines[1:]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "train.py").write_text(SAYS)
    return folder


@pytest.fixture
def trial(tmp_path: Path) -> Recorded:
    return Recorded(run_dir=tmp_path / "run", params={"lr": 0.2, "aug": True})


def thread(text: str, folder: Path) -> ThreadSpec:
    return parse_thread(f"thread: t\n{text}{SPACE}", "t.yaml", folder)


@pytest.mark.parametrize(
    ("template", "values", "words"),
    [
        ("x {aug:?--no-aug} y", {"aug": True}, ["x", "--no-aug", "y"]),
        ("x {aug:?--no-aug} y", {"aug": False}, ["x", "y"]),
        ("x {aug:?--amp --level O1} y", {"aug": True}, ["x", "--amp", "--level", "O1", "y"]),
        ("x '{aug:?--amp --level O1}' y", {"aug": True}, ["x", "--amp", "--level", "O1", "y"]),
        ("x {aug:?--aug|--no-aug}", {"aug": True}, ["x", "--aug"]),
        ("x {aug:?--aug|--no-aug}", {"aug": False}, ["x", "--no-aug"]),
        ("x {aug:?|--no-aug}", {"aug": False}, ["x", "--no-aug"]),
        ("x --aug={aug:True|False}", {"aug": False}, ["x", "--aug=False"]),
        ("x --aug {aug:yes|no}", {"aug": True}, ["x", "--aug", "yes"]),
        ("x --aug {aug}", {"aug": True}, ["x", "--aug", "true"]),
        ("x {aug:?--aug}", {"aug": None}, ["x"]),
    ],
)
def test_switches_stand_for_words(template: str, values: dict[str, Any], words: list[str]) -> None:
    assert fill(split_template(template), values, ()) == words


def test_a_switch_of_something_inactive_is_left_out() -> None:
    assert fill(split_template("x {aug:?--aug|--no-aug} y"), {}, ("aug",)) == ["x", "y"]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("python train.py {lr:?--lr}", "line 2: command: .* needs a hyperparameter that is true or false, got 0.2"),
        ("python train.py --x={aug:?--y}", "line 2: command: a switch must stand by itself"),
        ("python train.py {file.hyp}", "line 2: command: unknown key 'file.hyp'"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused_with_its_line(project: Path, command: str, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        thread(f'command: "{command}"\n', project)


def test_the_environment_is_filled_in_and_null_takes_a_variable_away(project: Path, trial: Recorded) -> None:
    (project / "train.py").write_text(
        "import os; print('{\"score\": 1}'); print(*(os.environ.get(n) for n in ('A', 'B', 'C', 'GONE')))"
    )
    os.environ["GONE"] = "here"
    try:
        said = run(project, "python train.py", trial, env={"A": "{lr}/{number}", "B": 1, "C": False, "GONE": None})
    finally:
        del os.environ["GONE"]
    assert said == ["0.2/3 1 false None"]


def test_python_is_the_one_that_is_named_also_for_programs_beside_it(project: Path, trial: Recorded) -> None:
    bin_ = project / "venv" / "bin"
    bin_.mkdir(parents=True)
    (project / "venv" / "pyvenv.cfg").write_text("")
    for name in ("python", "torchrun"):
        (bin_ / name).write_text('#!/bin/sh\necho \'{"score": 1}\'\necho "$0 $VIRTUAL_ENV"\n')
        (bin_ / name).chmod(0o755)
    for python in ("venv/bin/python", str(bin_ / "python"), "venv"):
        for word in ("python", "torchrun"):
            told = Recorded(run_dir=trial.run_dir)
            assert run(project, f"{word} train.py", told, python=python) == [f"{bin_ / word} {project / 'venv'}"]
    with pytest.raises(EngineError, match="line 3: python must be a Python that can be run, got 'venv/bin/pyton'"):
        thread('command: "python train.py"\npython: venv/bin/pyton\n', project)


def test_a_command_runs_in_the_folder_that_is_named_and_finds_its_files_from_there(
    project: Path, trial: Recorded
) -> None:
    (project / "conf").mkdir()
    (project / "conf" / "a.yaml").write_text("")
    words = ["python", "train.py", "conf/a.yaml", "--conf=conf/a.yaml", "new.txt"]
    [said] = run(project, words, trial, cwd="{run_dir}/inside")
    named, folder = json.loads(said)
    assert Path(folder) == (trial.run_dir / "inside").resolve()
    assert named == [str(project / "conf/a.yaml"), f"--conf={project / 'conf/a.yaml'}", "new.txt"]
    with pytest.raises(EngineError, match="line 3: cwd must be a folder, got 'srk'"):
        thread('command: "python train.py"\ncwd: srk\n', project)


def test_an_isolated_trial_works_in_its_own_copy_and_leaves_what_it_wrote(project: Path, trial: Recorded) -> None:
    (project / "train.py").write_text(
        "from pathlib import Path; import helper\n"
        "here = Path(__file__).parent; (here / 'out.txt').write_text('x'); (here / 'seen.txt').write_text('mine')\n"
        "(here / 'sub').mkdir(); (here / 'sub' / 'deep.txt').write_text('y'); print(Path.cwd().name, helper.NAME)\n"
        "print('{\"score\": 1}')"
    )
    (project / "helper.py").write_text("NAME = 'helped'\n")
    (project / "seen.txt").write_text("theirs")
    for left_out in (".git", "__pycache__", "ws", "venv"):
        (project / left_out).mkdir()
        (project / left_out / "file").write_text("")
    (project / "ws" / "store.db").write_text("")
    (project / "venv" / "pyvenv.cfg").write_text("")
    (project / "data").symlink_to(trial.run_dir.parent / "elsewhere")
    assert run(project, "python train.py", trial, isolated=True) == ["copy helped"]
    copy = trial.run_dir / "copy"
    left = {str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file() and path.parent.name[0] != "_"}
    assert left == {"out.txt", "seen.txt", "sub/deep.txt"}, "what it left as it was is not kept twice"
    assert (project / "seen.txt").read_text() == "theirs"
    assert not (project / "out.txt").exists()


def test_a_folder_too_large_for_a_copy_is_refused(
    project: Path, trial: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.objectives.workplace.LARGEST_COPY", 10)
    with pytest.raises(EngineError, match="project must hold at most 0 GiB"):
        run(project, "python train.py", trial, isolated=True)


YAML = "# start\nlr0: 0.01  # rate\nloss: {gamma: 1.5, name: 'focal'}\nlayers:\n  - width: 64\n    act: relu\nempty:\n"


@pytest.mark.parametrize(
    ("name", "text", "settings", "changed"),
    [
        ("a.yaml", YAML, {"lr0": 1e-05}, YAML.replace("lr0: 0.01", "lr0: 1.0e-05")),
        ("a.yml", YAML, {"loss.gamma": 2}, YAML.replace("gamma: 1.5", "gamma: 2")),
        ("a.yaml", YAML, {"loss.name": "no"}, YAML.replace("'focal'", "'no'")),
        ("a.yaml", YAML, {"layers.0.width": 128, "empty": True},
         YAML.replace("64", "128").replace("empty:", "empty: true")),
        ("a.yaml", YAML, {"loss": {"gamma": 1}}, YAML.replace("{gamma: 1.5, name: 'focal'}", "{gamma: 1}")),
        ("a.yaml", YAML, {"layers": [1, 2], "lr0": None},
         YAML.replace("0.01", "null").replace("  - width: 64\n    act: relu\n", "  [1, 2]\n")),
        ("a.json", '{"a": {"b.c": 1}, "d": [1, 2]}', {"a.b.c": 0.5, "d.1": "x"},
         '{\n  "a": {\n    "b.c": 0.5\n  },\n  "d": [\n    1,\n    "x"\n  ]\n}\n'),
        ("a.toml", "# top\nlr = 0.1 # rate\n[loss]\ngamma = 1.5\n", {"lr": 0.2, "loss.gamma": 2.5},
         "# top\nlr = 0.2 # rate\n[loss]\ngamma = 2.5\n"),
        ("a.ini", "; top\n[train]\nLR = 0.1\nname: x\n[eval]\nLR = 1\n", {"train.LR": 0.2, "train.name": True},
         "; top\n[train]\nLR = 0.2\nname: true\n[eval]\nLR = 1\n"),
    ],
)  # fmt: skip
def test_settings_change_in_a_copy_and_all_else_stays(
    tmp_path: Path, name: str, text: str, settings: dict[str, object], changed: str
) -> None:
    (tmp_path / name).write_text(text)
    assert with_settings(tmp_path / name, settings) == changed
    assert (tmp_path / name).read_text() == text


@pytest.mark.parametrize(
    ("name", "text", "settings", "message"),
    [
        ("a.yaml", YAML, {"loss.gama": 1}, "files: a.yaml: unknown key 'loss.gama'"),
        ("a.json", "{}", {"lr": 1}, "files: a.json: unknown key 'lr'"),
        ("a.toml", "lr = 1", {"lr": None}, "TOML has no null"),
        ("a.yaml", "a: [", {"a": 1}, "a.yaml must be YAML"),
        ("a.txt", "", {}, "a.txt must end in one of .yaml"),
        ("b.yaml", None, {}, "b.yaml must be a file"),
    ],
)
def test_a_setting_that_is_not_there_is_refused(
    tmp_path: Path, name: str, text: str | None, settings: dict[str, object], message: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(EngineError, match=message):
        with_settings(tmp_path / name, settings)


def test_a_copied_file_is_named_in_the_command_and_keeps_what_is_inactive(project: Path, trial: Recorded) -> None:
    (project / "hyp.yaml").write_text("lr0: 0.01  # rate\ngamma: 1.5\nname: x\n")
    (project / "train.py").write_text("import sys; print(open(sys.argv[1]).read()); print('{\"score\": 1}')")
    trial.inactive = ("gamma",)
    settings = {"lr0": "{lr}", "gamma": "{gamma}", "name": "lr-{lr:.1f}"}
    said = run(project, "python train.py {file.hyp}", trial, files={"hyp": {"from": "hyp.yaml", "set": settings}})
    assert said == ["lr0: 0.2  # rate", "gamma: 1.5", "name: lr-0.2", ""]
    assert (trial.run_dir / "hyp.yaml").exists()


SCRIPT = '''"""Constants."""
LR: float = 1e-3  # läuft
BATCH, WIDTH = 32, 64
NAME = (
    "long"
    " text"
)
for STEP in range(3):
    pass
if LR > 1:
    MODE = "a"
else:
    MODE = "b"
DEPTH = len(NAME)


def main(SIZE=3):
    SEED = 1
'''


def test_constants_change_in_the_source_and_nothing_else() -> None:
    changed = with_constants(SCRIPT.encode(), {"LR": 0.5, "NAME": "it's"}, where="train.py").decode()
    assert changed == SCRIPT.replace("1e-3", "0.5").replace('"long"\n    " text"', '"it\'s"')


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("SEED", "unknown key 'SEED'"),
        ("LRR", "constants: train.py: unknown key 'LRR'"),
        ("MODE", "must assign MODE once, it does 2 times"),
        ("DEPTH", "must assign a literal to DEPTH"),
        ("BATCH", "must assign a literal to BATCH"),
        ("STEP", "must assign a literal to STEP"),
        ("main", "must assign a literal to main"),
    ],
)
def test_a_constant_that_is_not_there_or_twice_or_no_literal_is_refused(name: str, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        with_constants(SCRIPT.encode(), {name: 1}, where="train.py")


def test_a_script_with_other_constants_still_imports_what_lies_beside_it(project: Path, trial: Recorded) -> None:
    (project / "train.py").write_text("import helper\nLR = 1\nprint(LR, helper.X)\nprint('{\"score\": 1}')")
    (project / "helper.py").write_text("X = 5\n")
    assert run(project, "python ./train.py", trial, constants={"train.py": {"LR": "{lr}"}}) == ["0.2 5"]
    assert "LR = 1" in (project / "train.py").read_text()


def test_constants_of_a_module_that_the_script_imports_need_a_copy_of_the_folder(
    project: Path, trial: Recorded
) -> None:
    (project / "train.py").write_text("import config\nprint(config.LR)\nprint('{\"score\": 1}')")
    (project / "config.py").write_text("LR = 1\n")
    constants = {"config.py": {"LR": "{lr}"}}
    with pytest.raises(EngineError, match=r"constants: the command must name config\.py") as caught:
        run(project, "python train.py", trial, constants=constants)
    assert "isolated: true" in caught.value.hint
    told = Recorded(run_dir=trial.run_dir, params=trial.params)
    assert run(project, "python train.py", told, constants=constants, isolated=True) == ["0.2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("isolated: maybe\n", "line 3: isolated must be true or false"),
        ("env: [A]\n", "line 3: env must be a mapping"),
        ("env: {A: [1]}\n", "env: A must be text or a number"),
        ("env: {A: '{lrr}'}\n", "unknown key 'lrr'"),
        ("files: {hyp: {form: x}}\n", "line 3: files: hyp: unknown key 'form'"),
        ("files: {hyp: {from: no.yaml}}\n", "no.yaml must be a file"),
        ("constants: {train.py: {LR: 1}}\n", "line 3: constants: train.py: unknown key 'LR'"),
        ("constants: {no.py: {LR: 1}}\n", "no.py must be a file"),
        ("report: {regex: 'x'}\n", "line 3: report: regex must have a group named score"),
        ("direction: minimize\nreport: {json: true, direction: maximize}\n", "direction must be the same wherever"),
    ],
)
def test_what_a_thread_file_says_wrong_beside_its_command_is_refused_with_its_line(
    project: Path, text: str, message: str
) -> None:
    with pytest.raises(EngineError, match=message):
        thread(f'command: "python train.py {{lr}} {{aug}}"\n{text}', project)


def test_keys_of_a_command_beside_an_objective_are_refused(project: Path) -> None:
    with pytest.raises(EngineError, match="line 3: env belongs to a command"):
        thread("objective: a:B\nenv: {A: 1}\n", project)


def test_the_direction_may_stand_with_the_report_and_steps_count_by_every(project: Path, trial: Recorded) -> None:
    spec = thread(
        'command: "python train.py {lr} {aug} --steps {steps}"\n'
        "report: {json: true, every: 100, direction: minimize}\n",
        project,
    )
    assert spec.direction == "minimize"
    [said] = run(project, spec.command, trial, **spec.command_options)
    assert json.loads(said)[0] == ["0.2", "true", "--steps", "400"]


def test_python_without_a_key_is_the_one_trimtab_runs_in(project: Path, trial: Recorded) -> None:
    (project / "train.py").write_text("import sys; print(sys.executable); print('{\"score\": 1}')")
    assert run(project, "python train.py", trial) == [sys.executable]
