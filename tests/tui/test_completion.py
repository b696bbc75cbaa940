"""``trimtab completion``: the shell's Tab key knows every verb, and what the workspace holds."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine import api
from engine.cli.completion import NAMES, answer_shell
from engine.cli.main import cli as engine_cli
from tui.arguments import ENGINE_VERBS, MODEL_VERBS
from tui.cli import trimtab
from tui.completion import installed_at

THREAD = """
thread: grid
objective: engine.objectives.synthetic:Synthetic
space: {x0: {type: float, low: 0, high: 1}, x1: {type: float, low: 0, high: 1}, x2: {type: float, low: 0, high: 1}}
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("completion") / "ws"
    ws = api.open_workspace(folder, create=True)
    api.create_thread(ws, api.parse_thread(THREAD, "grid.yaml", folder))
    api.create_sprint(ws, api.default_plan(ws, "grid", "1E"))
    api.add_trial(ws, 1, {"x0": 0.1, "x1": 0.2, "x2": 0.3})
    return folder


def completed(line: str, workspace: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What the engine's verbs answer for a line whose last word is being typed."""
    words = f"trimtab --workspace {workspace} {line}".split(" ")
    environ = {
        "_TRIMTAB_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
    }
    assert answer_shell(engine_cli, environ) == 0
    return [row.partition(",")[2] for row in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("thread show ", ["grid"]),
        ("thread show x", []),
        ("sprint show ", ["1E_v1"]),
        ("sprint new grid --from ", ["1E_v1"]),
        ("sprint new grid --stage W", ["Warm"]),
        ("sprint new grid --sampler qm", ["qmc"]),
        ("trial show 1E_v1 ", ["0"]),
        ("trial add 1 x1", ["x1="]),
        ("space freeze grid ", ["x0", "x1", "x2"]),
        ("space freeze grid x2 0.5 --sprint ", ["1E_v1"]),
        ("sprint sto", ["stop"]),
        ("sprint show --js", ["--json"]),
    ],
)
def test_tab_offers_the_names_that_the_workspace_holds(
    line: str, expected: list[str], workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert completed(line, workspace, capsys) == expected


def test_a_short_label_of_two_threads_is_offered_with_the_thread(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ws = api.open_workspace(tmp_path / "ws", create=True)
    for name in ("left", "right"):
        api.create_thread(ws, api.parse_thread(THREAD.replace("grid", name), "grid.yaml", tmp_path))
        api.create_sprint(ws, api.default_plan(ws, name, "1E"))
    assert completed("sprint show ", tmp_path / "ws", capsys) == ["right/1E_v1", "left/1E_v1"]


@pytest.mark.parametrize("content", [None, b"", b"no database"])
def test_a_missing_or_damaged_store_offers_nothing_and_leaves_no_file(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "store.db").write_bytes(content)
    before = sorted(tmp_path.iterdir())
    assert completed("sprint show ", tmp_path, capsys) == []
    assert sorted(tmp_path.iterdir()) == before


def test_names_are_offered_for_every_parameter_that_names_something_of_the_workspace() -> None:
    assert {"thread", "sprint", "trial", "dimension"} <= set(NAMES)


def test_every_verb_of_every_package_is_offered() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tui"],
        env={**os.environ, "_TRIMTAB_COMPLETE": "bash_complete", "COMP_WORDS": "trimtab ", "COMP_CWORD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    offered = {row.partition(",")[2] for row in done.stdout.splitlines()}
    assert {*ENGINE_VERBS, *MODEL_VERBS, *trimtab.commands} <= offered, done.stderr


def test_bash_completes_with_the_printed_script(workspace: Path, tmp_path: Path) -> None:
    command = tmp_path / "trimtab"
    command.write_text(f"#!{sys.executable} -P\nfrom tui.entry import main\nmain()\n", encoding="utf-8")
    command.chmod(0o755)
    script = CliRunner().invoke(trimtab, ["completion", "bash"]).output
    ask = (
        f"COMP_WORDS=(trimtab sprint show ''); COMP_CWORD=3; _trimtab_completion {command}; echo \"${{COMPREPLY[*]}}\""
    )
    bash = shutil.which("bash")
    assert bash is not None
    environ = {**os.environ, "TRIMTAB_WORKSPACE": str(workspace)}
    done = subprocess.run([bash, "-c", script + ask], env=environ, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "1E_v1", done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_install_writes_where_the_shell_looks_and_replaces_no_file_of_somebody_else(
    shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "BASH_COMPLETION_USER_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    target = installed_at(shell, os.environ)
    assert CliRunner().invoke(trimtab, ["completion", shell, "--install"]).exit_code == 0
    assert "_TRIMTAB_COMPLETE" in target.read_text(encoding="utf-8")
    assert CliRunner().invoke(trimtab, ["completion", shell, "--install"]).exit_code == 0, "its own file is renewed"
    target.write_text("mine", encoding="utf-8")
    refused = CliRunner().invoke(trimtab, ["completion", shell, "--install"])
    assert isinstance(refused.exception, api.EngineError)
    assert target.read_text(encoding="utf-8") == "mine"
