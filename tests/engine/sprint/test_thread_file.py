"""Thread files: what a person writes, and the line that is wrong when it is."""

from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.objectives.named_spaces import catalogue, space_from
from engine.space.space import Space
from engine.sprint.thread_file import parse_thread, read_thread_file

GOOD = """\
thread: MiniLM-GLOBAL
objective: model.objective:JointExtraction
model: {type: JointMRC, encoder: minilm, grouping: GLOBAL}
data: {train: dev_revised.json}
space:
  lr:            {type: float, low: 1e-6, high: 1e-3, log: true, domain: [1e-9, 1], note: "JEREX default 5e-5"}
  weight_decay:  {type: float, low: 1e-4, high: 1e-1, log: true}
  w_mention:     {type: float, low: 0.1, high: 2.0}
  pct_start:     {type: float, low: 0.24, high: 0.32, active_when: {scheduler: true}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "dev_revised.json").write_text("[]")
    return tmp_path


def refusal(text: str, folder: Path) -> str:
    with pytest.raises(EngineError) as error:
        parse_thread(text, "t.yaml", folder)
    return str(error.value)


def test_the_files_example_is_read(folder: Path) -> None:
    (folder / "t.yaml").write_text(GOOD)
    spec = read_thread_file(folder / "t.yaml")
    assert (spec.name, spec.objective) == ("MiniLM-GLOBAL", "model.objective:JointExtraction")
    assert spec.space["lr"].bounds == (1e-6, 1e-3)
    assert spec.space["lr"].domain == (1e-9, 1.0)
    assert spec.space["pct_start"].active_when == {"scheduler": True}
    assert spec.data == {"train": str((folder / "dev_revised.json").resolve())}
    assert spec.base_dir == folder.resolve()


@pytest.mark.parametrize("number", ["1e-6", "1E-6", "1.0e-6", ".000001", "1_0e-7"])
def test_every_way_to_write_a_small_number_is_a_number(number: str, folder: Path) -> None:
    spec = parse_thread(GOOD.replace("low: 1e-6", f"low: {number}"), "t.yaml", folder)
    assert spec.space["lr"].low == pytest.approx(1e-6)


def test_quoted_text_stays_text_and_other_yaml_values_keep_their_type(folder: Path) -> None:
    text = GOOD.replace("grouping: GLOBAL", "grouping: GLOBAL, run: '1e-6', n: 3, on_cpu: true, nothing: null")
    assert parse_thread(text, "t.yaml", folder).model == {
        "type": "JointMRC",
        "encoder": "minilm",
        "grouping": "GLOBAL",
        "run": "1e-6",
        "n": 3,
        "on_cpu": True,
        "nothing": None,
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("objective:", "objektive:", "t.yaml, line 2: thread file: unknown key 'objektive' – did you mean objective?"),
        ("high: 0.32", "hihg: 0.32", "t.yaml, line 9: dimension pct_start: unknown key 'hihg' – did you mean high?"),
        ("low: 0.1", "low: 3.1", "t.yaml, line 8: w_mention: low must be below high, got 3.1 and 2"),
        ("low: 1e-4", "low: 0", "t.yaml, line 7: weight_decay: a log range must begin above 0"),
        ("low: 1e-4", "low: small", "t.yaml, line 7: weight_decay: low must be a number"),
        ("dev_revised.json", "absent.json", "t.yaml, line 4: data.train: no file absent.json"),
        ("thread: MiniLM-GLOBAL", "thread:", "t.yaml, line 1: a thread needs a name"),
        ("model.objective:JointExtraction", "jointextraction", "module:Class"),
        ("type: float, low: 0.1", "type: flot, low: 0.1", "t.yaml, line 8: w_mention: type must be"),
        ("model: {type", "model: [type", "t.yaml, line 3"),
        ("space:", "space: {", "t.yaml, line 7: not readable as YAML"),
        ("data: {train", "model: {}\ndata: {train", "t.yaml, line 4: 'model' is given twice"),
    ],
)
def test_an_error_names_the_line_and_the_nearest_key(old: str, new: str, message: str, folder: Path) -> None:
    assert message in refusal(GOOD.replace(old, new, 1), folder)


@pytest.mark.parametrize(
    ("dimension", "message"),
    [
        ("{type: float, low: 0, high: 1, domain: [0]}", "domain must be [low, high], got [0]"),
        ("{type: float, low: 0, high: 1, domain: 5}", "domain must be [low, high], got 5"),
        ("{type: float, low: 0, high: 1, domain: [2, 0]}", "bounds must lie inside the domain [2.0, 0.0]"),
        ("{type: float, low: 0, high: 1, frozen: abc}", "frozen must be a number, got 'abc'"),
        ("{type: float, low: 0, high: 1, frozen: .nan}", "a frozen value must be a finite number, got nan"),
        ("{type: float, low: 0, high: 1, domain: [0, 1], frozen: 7}", "must be in the domain [0.0, 1.0], got 7"),
        ("{type: float, low: 1e-6, high: 1, log: true, frozen: -1}", "a frozen value must be above 0, got -1"),
        ("{type: int, low: 0, high: 9, frozen: 1.5}", "a frozen value must be a whole number, got 1.5"),
        ("{type: int, low: 0, high: 99999999999999999999}", "within ±2^53 for an int and have a finite difference"),
        ("{type: float, low: -1.7e308, high: 1.7e308}", "have a finite difference, got -1.7e+308 and 1.7e+308"),
        ("{type: float, low: 1e-6, high: 1, log: 'false'}", "log must be true or false, got 'false'"),
        ("{type: float, low: 0, high: 1, choices: [1, 2]}", "choices must not be given for type float"),
        ("{type: categorical, choices: [a], low: 1}", "low must not be given for type categorical"),
        ("{type: categorical, choices: abc}", "choices must be a list of categories, got 'abc'"),
        (
            "{type: categorical, choices: [{a: 1}]}",
            "choices must be text, numbers, true, false, null or lists of these",
        ),
        ("{type: categorical, choices: [a, b], domain: [a]}", "choices must be in the domain ['a'], got ['a', 'b']"),
        (
            "{type: float, low: 0, high: 1, active_when: scheduler}",
            "active_when must be conditions such as {scheduler: true}",
        ),
        ("{type: float, low: 0, high: 1, active_when: {x0: 1}}", "must name something else, got the dimension itself"),
    ],
)
def test_a_dimension_that_makes_no_sense_is_refused_with_its_line(dimension: str, message: str, folder: Path) -> None:
    text = f"thread: A\nobjective: m:C\nspace:\n  x1: {{type: int, low: 0, high: 3}}\n  x0: {dimension}\n"
    assert refusal(text, folder).startswith("t.yaml, line 5: x0: ")
    assert message in refusal(text, folder)


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        ("{1E: 5}", "stage 1E: a mapping is needed, got 5"),
        ("{1E: {n_trials: x}}", "n_trials must be a whole number, 1 or more, got 'x'"),
        ("{1E: {n_trials: 2.5}}", "n_trials must be a whole number, 1 or more, got 2.5"),
        ("{1E: {repeats: 0}}", "repeats must be a whole number, 1 or more, got 0"),
        ("{1E: {n_random: 500}}", "n_random must be at most n_trials, 120, got 500"),
        ("{1E: {limits: 3}}", "limits must be a mapping, got 3"),
        ("{1E: {fidelity: {epochs: x}}}", "fidelity: epochs must be a whole number, got 'x'"),
        ("{1E: {fidelity: {run_to: end}}}", "run_to must be epochs, warmup or all, got 'end'"),
        ("{1E: {sampler: gpp}}", "did you mean gp?"),
        ("{1E: {sampler_options: {acq_func: EL}}}", "acq_func must be one of gp_hedge, EI, LCB, PI, got 'EL'"),
        ("{1E: {pruner: hyperband, pruner_options: {max_resource: 0}}}", "Hyperband needs 1 ≤ min_resource"),
        ("{1E: {keep_checkpoint_at: soon}}", "a list of epochs is needed, such as [warmup, 20], got 'soon'"),
        ("{my stage: {from: 1E}}", "no hyphen, blank or slash, got 'my stage' – use _ or +"),
    ],
)
def test_a_stage_that_makes_no_sprint_is_refused_with_its_line(stage: str, message: str, folder: Path) -> None:
    assert refusal(f"{GOOD}stages: {stage}\n", folder).startswith("t.yaml, line 10: ")
    assert message in refusal(f"{GOOD}stages: {stage}\n", folder)


USED = "{weight_decay} {w_mention} {pct_start}"
"""The other hyperparameters of `GOOD`: a command must use every one."""


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("python x.py --lr {lrr}", "did you mean lr?"),
        ("python x.py --lr {lr", "'{lr' is no template"),
        ("python 'x.py", "command must close what it quotes"),
        ("python x.py {}", "must hold plain names in its braces"),
        ("python x.py {lr.real}", "must hold plain names in its braces"),
        ("python x.py {lr:d}", "the format in '{lr:d}' does not fit"),
    ],
)
def test_a_wrong_template_is_refused_before_any_trial(command: str, message: str, folder: Path) -> None:
    text = GOOD.replace("objective: model.objective:JointExtraction", f'command: "{command}"')
    assert refusal(text, folder).startswith("t.yaml, line 2: ")
    assert message in refusal(text, folder)
    parse_thread(text.replace(command, f"python x.py {{lr:.3g}} {{epochs}} {USED}"), "t.yaml", folder)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("direction: up", "line 10: direction must be maximize or minimize"),
        ("notes: [a]", "line 10: notes must be text"),
        ("spaces: {mine: 5}", "line 10: spaces: 'mine' must be a mapping of dimensions, got 5"),
        ("checkpoint: {path: ., epoch: x}", "line 10: checkpoint: epoch must be a whole number, 0 or more, got 'x'"),
        ("constraints: [lr < lr]", "line 10: constraint lr < lr: two dimensions are needed, got lr twice"),
    ],
)
def test_other_values_of_a_wrong_kind_are_refused_with_their_line(line: str, message: str, folder: Path) -> None:
    assert message in refusal(f"{GOOD}{line}\n", folder)


def test_a_thread_needs_an_objective_or_a_command_and_not_both(folder: Path) -> None:
    both = GOOD + "command: python train.py --lr {lr}\n"
    assert "either an objective or a command, got both" in refusal(both, folder)
    neither = GOOD.replace("objective: model.objective:JointExtraction\n", "")
    assert "got neither" in refusal(neither, folder)
    spec = parse_thread(neither + f"command: python train.py --lr {{lr}} {USED}\n", "t.yaml", folder)
    assert spec.command == f"python train.py --lr {{lr}} {USED}"
    assert spec.objective == "engine.objectives.command:CommandObjective"


def test_stages_and_constraints_are_part_of_the_file(folder: Path) -> None:
    spec = parse_thread(GOOD + "stages:\n  1E: {n_trials: 6}\nconstraints: ['lr <  weight_decay']\n", "t.yaml", folder)
    assert spec.stages["1E"]["n_trials"] == 6
    assert spec.space.constraints == ("lr < weight_decay",)
    wrong = GOOD + "stages:\n  1E:\n    n_trails: 6\n"
    assert "t.yaml, line 12: stage 1E: unknown key 'n_trails' – did you mean n_trials?" in refusal(wrong, folder)
    assert "t.yaml, line 10: constraint" in refusal(GOOD + "constraints: [lr < w_menton]\n", folder)


def test_a_space_can_come_from_the_catalogue_with_changes(folder: Path) -> None:
    head = GOOD.split("space:", maxsplit=1)[0]
    named = parse_thread(head + "space: jerex-global\n", "t.yaml", folder)
    assert "w_coref" in named.space.names
    changed = parse_thread(
        head + "space: {from: jerex-global, w_coref: null, lr: {type: float, low: 1e-5, high: 1e-4, log: true}}\n",
        "t.yaml",
        folder,
    )
    assert changed.space["lr"].low == 1e-5
    assert "w_coref" not in changed.space.names
    own = parse_thread(
        head + "spaces: {mine: {x: {type: int, low: 1, high: 3}}}\nspace: mine\n",
        "t.yaml",
        folder,
    )
    assert own.space.names == ("x",)
    assert "did you mean jerex-global" in refusal(head + "space: jerex-globl\n", folder)


def test_every_space_of_the_catalogue_is_one() -> None:
    for name in catalogue():
        assert Space.from_dict(space_from(name)).dimensions


def test_a_checkpoint_says_its_epoch_and_step(folder: Path) -> None:
    (folder / "E7_S1234").mkdir()
    spec = parse_thread(GOOD + "checkpoint: E7_S1234\n", "t.yaml", folder)
    assert (spec.checkpoint, spec.checkpoint_label) == (str(folder.resolve() / "E7_S1234"), "E7_S1234")
    (folder / "epoch-3").mkdir()
    assert "does not say its epoch" in refusal(GOOD + "checkpoint: epoch-3\n", folder)
    (folder / "epoch-3" / "card.json").write_text('{"epoch": 3, "step": 240}')
    assert parse_thread(GOOD + "checkpoint: epoch-3\n", "t.yaml", folder).checkpoint_label == "E3_S240"
    named = parse_thread(GOOD + "checkpoint: {path: epoch-3, epoch: 4, step: 9}\n", "t.yaml", folder)
    assert named.checkpoint_label == "E4_S9"
    assert "no folder" in refusal(GOOD + "checkpoint: absent\n", folder)


def test_a_missing_file_is_one_readable_line(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="must be a file, got no file of that name"):
        read_thread_file(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("space", "stage"),
    [
        ("{type: categorical, choices: [1, BIG]}", "{}"),
        ("{type: categorical, choices: [[1, BIG], 2]}", "{}"),
        ("{type: float, low: 0, high: BIG}", "{}"),
        ("{type: int, low: 0, high: 3, frozen: BIG}", "{}"),
        ("{type: float, low: 0, high: 1}", "{n_trials: BIG}"),
    ],
)
def test_integers_that_no_float_can_hold_are_refused_in_a_sentence(space: str, stage: str) -> None:
    text = f"thread: A\nobjective: m:C\nspace:\n  x: {space}\nstages:\n  1E: {stage}\n".replace("BIG", "9" * 400)
    with pytest.raises(EngineError, match="must be"):
        parse_thread(text, "thread.yaml", Path())
