"""What the shell says after the interface is closed."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from engine import api
from tests.tui.test_rows import SPRINT
from tui.options import Options
from tui.shell import closing
from tui.shell.closing import closing_words, come_back_command, program


def test_closing_names_what_still_runs_and_nothing_where_nothing_does(tmp_path: Path) -> None:
    options = Options(workspace=tmp_path / "ws")
    assert closing_words(options, [replace(SPRINT, state=api.SprintState.DONE)]) == ""
    told = closing_words(options, [SPRINT, replace(SPRINT, state=api.SprintState.PAUSED, pause_mode="epoch")])
    assert f"{SPRINT.thread} {SPRINT.short_label} (running, 7/12 trials)" in told
    assert "paused after the epoch" in told
    assert f"--workspace {tmp_path / 'ws'}" in told


def test_the_command_to_come_back_leaves_out_a_workspace_that_is_found_anyway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRIMTAB_WORKSPACE", raising=False)
    api.open_workspace(tmp_path / "trimtab-workspace", create=True)
    assert "--workspace" not in come_back_command(Options(workspace=Path("trimtab-workspace")))
    assert come_back_command(Options(workspace=Path("my runs"))).endswith("--workspace 'my runs'")


def test_the_password_of_a_store_is_not_printed(tmp_path: Path) -> None:
    told = come_back_command(Options(workspace=tmp_path, store_url="postgresql://me:secret@host/db"))
    assert "secret" not in told
    assert told.endswith("--store URL")


def test_the_program_is_named_as_the_shell_finds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / ".venv" / "bin" / "trimtab"
    script.parent.mkdir(parents=True)
    script.touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(script.with_name("python")))
    monkeypatch.setattr(closing.shutil, "which", lambda _: None)
    monkeypatch.chdir(tmp_path)
    assert program() == [".venv/bin/trimtab"]
    monkeypatch.chdir(tmp_path.parent)
    assert program() == [f"{tmp_path.name}/.venv/bin/trimtab"]
    monkeypatch.chdir(script.parent.parent / "bin")
    assert program() == ["./trimtab"]
    monkeypatch.setattr(closing.shutil, "which", lambda _: str(script))
    assert program() == ["trimtab"]
