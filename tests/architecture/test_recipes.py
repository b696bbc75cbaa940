"""docs/architecture.md: every file that it names is there, and each recipe works as written."""

import re
import sys
from pathlib import Path
from typing import ClassVar

import click
import pytest
from textual.app import ComposeResult
from textual.widgets import Static

from engine.api.reviewing import review
from engine.cli import main as command_line
from engine.cli.completion import NAMES
from engine.diagnostics import registry as diagnostics
from engine.diagnostics.sample import Sample
from engine.registries.kinds import KINDS
from engine.review.findings import Finding
from engine.store.workspace import Workspace
from tui import app as interface
from tui.options import Options
from tui.shell.data_screen import DataScreen

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

THREAD = """
thread: grid
objective: engine.objectives.synthetic:Synthetic
space: {x0: {type: float, low: 0, high: 1}, x1: {type: float, low: 0, high: 1}, x2: {type: float, low: 0, high: 1}}
"""


def test_every_file_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`((?:engine|model|tui|tests|benchmarks|docs)/[\w./]+)`", PAGE))
    assert len(named) > 20
    assert not sorted(name for name in named if not (ROOT / name).exists())


def test_the_life_of_a_trial_has_twelve_steps_each_with_the_place_where_it_happens() -> None:
    life = PAGE.split("## The life of a trial")[1].split("## ")[0]
    assert re.findall(r"^(\d+)\. ", life, flags=re.MULTILINE) == [str(n) for n in range(1, 13)]


def test_the_page_names_every_kind_that_a_package_can_add() -> None:
    assert set(re.findall(r"^\| [^|]+ \| `trimtab\.(\w+)`", PAGE, flags=re.MULTILINE)) == {*KINDS, "data_formats"}


def test_a_finding_is_a_function_and_a_line_in_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.engine.diagnostics.constructed import mixed_space, noise, sprint

    def odd(sample: Sample) -> tuple[Finding, ...]:
        return (Finding(kind="odd", severity="info", text=f"{len(sample.trials)} trials were seen", evidence={}),)

    monkeypatch.setattr(diagnostics, "DIAGNOSTICS", {"odd": odd})
    found = diagnostics.diagnose(mixed_space(), sprint(noise, seed=1, n=9), settings={})
    assert [finding.text for finding in found] == ["9 trials were seen"]
    assert review.__module__ == "engine.api.reviewing"


class PlaceScreen(DataScreen):
    """As small as a screen can be."""

    TITLE_WORD: ClassVar[str] = "place"

    def body(self) -> ComposeResult:
        yield Static("A new screen")

    def reload(self) -> None:
        """Nothing to read."""


async def test_a_screen_is_a_class_and_a_line_in_the_table_of_screens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(interface.SCREENS, "place", "tui.place:PlaceScreen")
    monkeypatch.setitem(sys.modules, "tui.place", sys.modules[__name__])
    made = interface.screen_maker("place")()
    assert isinstance(made, PlaceScreen)
    app = interface.TrimtabApp(Options(workspace=tmp_path / "work"))
    async with app.run_test(size=(80, 24)) as pilot:
        while app.current_mode == "first":  # the interface opens its own screen after the first frame
            await pilot.pause(0.02)
        await app.push_screen(made)
        for _ in range(100):  # what a screen shows is composed after it was pushed
            if app.screen.query(Static):
                break
            await pilot.pause(0.02)
        assert app.screen.query_one(Static)


def test_a_command_is_a_module_and_a_line_and_tab_completes_its_arguments(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    @click.argument("sprint")
    def place(sprint: str) -> None:
        """Say where a sprint is."""
        click.echo(f"{sprint} is here")

    class Module:
        pass

    module = Module()
    module.place = place  # type: ignore[attr-defined]
    monkeypatch.setitem(command_line.COMMANDS, "place", ("engine.cli.place", "Say where a sprint is."))
    monkeypatch.setattr(command_line, "import_module", lambda _name: module)
    assert command_line.main(["place", "1E_v1"]) == 0
    assert command_line.main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert "1E_v1 is here" in shown
    assert "Say where a sprint is." in shown
    assert "sprint" in NAMES


def test_an_error_is_one_line_of_what_must_hold_with_the_exit_code_of_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["--workspace", str(tmp_path / "none"), "sprint", "list"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("trimtab: ")
    assert " – " in told
    assert told.count("\n") == 1
    assert not (tmp_path / "none").exists()
    assert Workspace(tmp_path).store_path is not None
