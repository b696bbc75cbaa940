from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from engine import api
from tests.tui.conftest import BOWL, Opener, press, screen_text, until
from tui.dialogs.hyperparameter import HyperparameterDialog
from tui.dialogs.typed_space import SpaceError, dimension_words, typed_dimensions
from tui.new_thread.form import DEFAULTS, FormError, field_notes, file_name, thread_text, visible
from tui.new_thread.screen import NewThreadScreen
from tui.plan.screen import PlanScreen
from tui.threads.screen import ThreadsScreen
from tui.widgets.field import Field

FORMS = api.thread_forms()
JOINT = {
    **DEFAULTS,
    **{own.name: own.default for form in FORMS for own in form.fields},
    "kind": "joint model",
    "space": "jerex-global",
}
"""Texts of the form when the joint model is chosen."""


def flat(pilot: Pilot[Any]) -> str:
    return " ".join(screen_text(pilot).replace("│", " ").split())


async def fill(pilot: Pilot[Any], **texts: str) -> None:
    """Type texts into fields of the form."""
    for name, text in texts.items():
        field = pilot.app.screen.query_one(f"#field-{name}", Field)
        field.focus()
        await press(pilot, *text, "tab")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_thread_of_the_built_in_model_is_made_from_the_form(
    empty_ws: api.Workspace, open_app: Opener, size: tuple[int, int]
) -> None:
    async with open_app(empty_ws, size) as pilot:
        assert "new thread by a form" in screen_text(pilot)
        await press(pilot, "n")
        assert "a thread must have a name" in screen_text(pilot)
        await press(pilot, *"joint q1")
        assert "POS" not in screen_text(pilot), "what is trained is asked first"
        await press(pilot, "tab", "left")
        await until(pilot, lambda: "7 dimensions" in screen_text(pilot))
        await until(pilot, lambda: "Ready to create" in screen_text(pilot), 60)
        await press(pilot, "down", "down", *"tiny", "down", "right", "down", "right")
        assert "‹ LR0-L2 ›" in screen_text(pilot)
        assert "‹ jerex-lr0-l2 ›" in screen_text(pilot)
        await press(pilot, "ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, ThreadsScreen), 60)
        await until(pilot, lambda: "joint q1" in screen_text(pilot))
        thread = api.get_thread(empty_ws, "joint q1")
        assert thread.options["model"] == {"type": "JointMRC", "encoder": "tiny", "grouping": "LR0-L2", "pos": True}
        assert thread.options["data"] == {"atlas": {"documents": 60, "seed": 1}}
        kept = api.load_thread_file(empty_ws.path / "joint-q1.yaml")
        assert kept.name == "joint q1"
        assert kept.space == api.working_space(empty_ws, "joint q1").space
        await press(pilot, "p")
        assert isinstance(pilot.app.screen, PlanScreen)
        assert "joint q1" in screen_text(pilot)


async def test_the_objective_itself_objects_while_one_types_and_nothing_is_made(
    ws: api.Workspace, open_app: Opener
) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "n", *"beta", "tab", "right")
        await fill(pilot, objective="bowl:Bwol", dimensions="lr 1e-5..1e-2 log")
        await until(pilot, lambda: "bowl has no class Bwol" in flat(pilot), 60)
        await press(pilot, "ctrl+s")
        assert isinstance(pilot.app.screen, NewThreadScreen)
        assert [thread.name for thread in api.list_threads(ws)] == ["alpha"]
        assert not (ws.path / "beta.yaml").exists()


async def test_a_command_is_tried_once_from_the_form_and_nothing_is_stored(ws: api.Workspace, open_app: Opener) -> None:
    script = "import sys\nprint('lr', sys.argv[1])\nprint('{\"epoch\": 1, \"score\": 0.5}')\n"
    (ws.path / "once.py").write_text(script, encoding="utf-8")
    async with open_app(ws) as pilot:
        await press(pilot, "n", *"beta")
        await fill(pilot, command="python once.py {lr}", dimensions="lr 1e-5..1e-2 log")
        await until(pilot, lambda: "once.py" in flat(pilot), 60)
        await until(pilot, lambda: "▲ The command does not use {epochs}" in flat(pilot), 60)
        await press(pilot, "ctrl+t")
        await until(pilot, lambda: "Contract met: 1 report, score 0.5" in flat(pilot), 60)
        assert "not used: {epochs}" in flat(pilot)
        assert [thread.name for thread in api.list_threads(ws)] == ["alpha"]


async def test_what_was_typed_is_still_there_after_a_look_elsewhere(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "n", *"beta", "tab", "2", "1", "n")
        assert "beta" in screen_text(pilot)


async def test_a_name_that_is_taken_is_said_and_its_file_is_not_replaced(ws: api.Workspace, open_app: Opener) -> None:
    before = (ws.path / "alpha.yaml").read_text(encoding="utf-8")
    async with open_app(ws) as pilot:
        await press(pilot, "n", *"alpha")
        assert "a thread of this name exists" in flat(pilot)
        await press(pilot, "backspace", "backspace")
        await until(pilot, lambda: "alp▏" in screen_text(pilot))
        await press(pilot, *"en", "tab", "left")
        await press(pilot, "ctrl+o")
        await until(pilot, (ws.path / "alpen.yaml").exists)
        assert (ws.path / "alpha.yaml").read_text(encoding="utf-8") == before
        assert [thread.name for thread in api.list_threads(ws)] == ["alpha"]


async def test_a_missing_data_file_is_named(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "n", *"beta", "tab", "left")
        pilot.app.screen.query_one("#field-joint_data", Field).focus()
        await press(pilot, "right")
        await fill(pilot, joint_train="nowhere.json")
        await until(pilot, lambda: "nowhere.json beside the thread file" in flat(pilot))


async def test_a_readonly_viewer_has_no_form(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, readonly=True) as pilot:
        await press(pilot, "n")
        assert isinstance(pilot.app.screen, ThreadsScreen)


def test_a_command_thread_is_written_as_a_file_the_engine_reads(tmp_path: Path) -> None:
    (tmp_path / "bowl.py").write_text(BOWL, encoding="utf-8")
    texts = DEFAULTS | {
        "name": "cmd: one",
        "kind": "command",
        "command": 'python train.py --lr {lr} --note "a: b" {layers} {head} {flag:?--flag} {drop}',
        "metric": "accuracy",
        "direction": "minimize",
        "space": "typed here",
        "dimensions": "lr 1e-5..1e-2 log, layers 1..8, head: linear|mlp, flag=true|false; drop 0 … 0.5",
        "explore": "T4_V2_M10",
        "trials_1E": "30",
    }
    spec = api.parse_thread(thread_text(texts), "form", tmp_path)
    assert (spec.name, spec.metric, spec.direction) == ("cmd: one", "accuracy", "minimize")
    assert spec.command == texts["command"]
    assert spec.space["lr"].log
    assert spec.space["lr"].bounds == (1e-5, 1e-2)
    assert [spec.space[name].kind for name in ("layers", "head", "flag", "drop")] == [
        "int",
        "categorical",
        "categorical",
        "float",
    ]
    assert spec.space["flag"].choices == (True, False)
    assert spec.stages["1E"] == {
        "n_trials": 30,
        "fidelity": {"train_parts": 4, "val_parts": 2, "max_epochs": 10},
    }


def test_a_model_of_one_task_searches_nothing_of_the_others(tmp_path: Path) -> None:
    spec = api.parse_thread(thread_text(JOINT | {"name": "m", "joint_type": "Mention"}, FORMS), "form", tmp_path)
    assert spec.space.names == ("lr", "weight_decay", "w_mention", "pct_start")
    texts = JOINT | {"name": "c", "joint_type": "Coref", "joint_grouping": "LR1-L2", "space": "jerex-lr0-l2"}
    assert "lr_coref" in api.parse_thread(thread_text(texts, FORMS), "form", tmp_path).space.names
    assert "lr_mention" not in api.parse_thread(thread_text(texts, FORMS), "form", tmp_path).space.names


def test_a_space_that_does_not_fit_is_said_beside_it() -> None:
    assert "jerex-lr0-l2 fits LR1-L2" in field_notes(JOINT | {"joint_grouping": "LR1-L2"}, "ws", FORMS)["space"]
    assert "jerex-asl" in field_notes(JOINT | {"joint_asl": "on"}, "ws", FORMS)["space"]
    assert not field_notes(JOINT, "ws", FORMS)["space"]
    assert "space" not in field_notes(DEFAULTS, "ws", FORMS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "lr 1e-5..1e-2 log"),
        ("lr", "has no range"),
        ("lr 1e-5", "not a range"),
        ("lr a..b", "numbers are needed"),
        ("lr 1..2 lgo", "none of log, int, float, step"),
        ("lr 1..2 step", "step needs a number"),
        ("lr 1..2, lr 1..3", "defined twice"),
    ],
)
def test_dimensions_that_cannot_be_read_are_refused_with_what_to_write(text: str, words: str) -> None:
    with pytest.raises(SpaceError, match=words.replace(".", r"\.")):
        typed_dimensions(text)
    with pytest.raises(FormError) as refused:
        thread_text(
            DEFAULTS | {"name": "a", "kind": "command", "command": "x", "space": "typed here", "dimensions": text}
        )
    assert refused.value.field == "dimensions"


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("lr 1e-5..1e-2 log", {"type": "float", "low": 1e-5, "high": 1e-2, "log": True}),
        ("width 64..512 step 64", {"type": "int", "low": 64, "high": 512, "step": 64}),
        ("drop 0.1..0.5 step 0.1", {"type": "float", "low": 0.1, "high": 0.5, "step": 0.1}),
        ("n 1..9 step 0.5", {"type": "float", "low": 1.0, "high": 9.0, "step": 0.5}),
        ("n 1..9 float", {"type": "float", "low": 1.0, "high": 9.0}),
        ("n 1..64 int log", {"type": "int", "low": 1, "high": 64, "log": True}),
        ("size s|m|l order", {"type": "categorical", "choices": ["s", "m", "l"], "order": True}),
        (
            "aug null|3|true|'a, b'|[64, 32]|\"in order\"",
            {"type": "categorical", "choices": [None, 3, True, "a, b", [64, 32], "in order"]},
        ),
    ],
)
def test_a_dimension_is_typed_as_it_is_said_and_said_as_it_is_typed(typed: str, plain: dict[str, Any]) -> None:
    name = typed.split(maxsplit=1)[0]
    assert typed_dimensions(typed) == {name: plain}
    assert typed_dimensions(f"{dimension_words(name, plain)}, other 1..2")[name] == plain
    assert api.Dimension.from_dict(name, plain).to_dict().items() >= plain.items()


async def test_a_hyperparameter_is_added_to_a_new_thread_by_fields_with_a_step_or_an_order(
    empty_ws: api.Workspace, open_app: Opener
) -> None:
    async with open_app(empty_ws, (100, 30)) as pilot:
        await press(pilot, "n", *"beta", "ctrl+n")
        assert isinstance(pilot.app.screen, HyperparameterDialog)
        await fill(pilot, name="drop", low="0.1", high="0.5", step="0.15")
        await press(pilot, "enter")
        assert "high must be" in flat(pilot), "a range that its steps do not fill is refused by the engine's words"
        await fill(pilot, step="0.2")
        assert "drop: 0.1 … 0.5" in flat(pilot)
        await press(pilot, "enter", "ctrl+n")
        await fill(pilot, name="size")
        pilot.app.screen.query_one("#field-type", Field).focus()
        await press(pilot, "left")
        assert not pilot.app.screen.query_one("#field-step", Field).display
        await fill(pilot, choices="small|medium|large")
        pilot.app.screen.query_one("#field-order", Field).focus()
        await press(pilot, "right", "enter")
        await fill(pilot, command="python train.py {drop} {size}")
        await press(pilot, "ctrl+o")
        await until(pilot, (empty_ws.path / "beta.yaml").exists)
        space = api.load_thread_file(empty_ws.path / "beta.yaml").space
        assert (space["drop"].step, space["drop"].bounds) == (0.2, (0.1, 0.5))
        assert (space["size"].choices, space["size"].ordered) == (("small", "medium", "large"), True)


def test_only_fields_that_mean_something_are_shown() -> None:
    assert {"joint_encoder", "joint_documents"} <= visible(JOINT, FORMS)
    assert "joint_train" in visible(JOINT | {"joint_data": "files"}, FORMS)
    command = visible(JOINT | {"kind": "command", "space": "typed here"}, FORMS)
    assert {"command", "metric", "direction", "dimensions"} <= command
    assert "objective" not in command
    assert not {name for name in command if name.startswith("joint_")}, "POS and ASL are offered for the joint model"


def test_a_file_is_never_replaced() -> None:
    assert file_name("a b/c", ()) == "a-b-c.yaml"
    assert file_name("a", ("a.yaml", "a-2.yaml")) == "a-3.yaml"


async def test_what_the_form_makes_is_counted_where_it_does_not_fit(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, (80, 24)) as pilot:
        await press(pilot, "1", "n", *"new", "tab", "left")
        await until(pilot, lambda: "more lines  page down" in screen_text(pilot))
        for _ in range(12):
            await press(pilot, "pagedown")
        assert "more lines" not in screen_text(pilot)


async def test_an_encoder_that_is_not_known_here_is_said(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "1", "n", *"new", "tab", "left", *["down"] * 2, *"minlm", "tab")
        await until(pilot, lambda: "encoder: minlm" in screen_text(pilot))
        assert "▲ encoder minlm is not one of those known here" in screen_text(pilot)
