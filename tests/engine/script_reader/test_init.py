"""``trimtab init``: the script of a folder, its interpreter, help pages, and what the command says and writes."""

import json
import re
from pathlib import Path

import pytest
import yaml

from engine.cli.main import main
from engine.errors import EngineError
from engine.script_reader.draft import draft_thread, find_script
from engine.script_reader.help_options import help_options, parse_help
from tests.engine.script_reader.drafting import ARGPARSE, drafted


def test_the_script_of_a_folder_is_the_one_that_takes_options(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("def train(): ...\n")
    (tmp_path / "main.py").write_text(ARGPARSE)
    assert find_script(tmp_path).name == "main.py"
    (tmp_path / "main.py").unlink()
    assert find_script(tmp_path).name == "train.py"


def test_a_folder_with_several_scripts_names_them(tmp_path: Path) -> None:
    for name in ("alpha.py", "beta.py"):
        (tmp_path / name).write_text("")
    with pytest.raises(EngineError, match=r"alpha\.py, beta\.py"):
        find_script(tmp_path)


def test_the_environment_beside_the_script_is_its_python(tmp_path: Path) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    assert drafted(tmp_path, "train.py", {"train.py": ARGPARSE})["python"] == ".venv/bin/python"


HELP = """
usage: fit [-h] [--lr LR]

Options:
  -h, --help            show this help message and exit
  --lr LR               learning rate (default: 0.001)
  --batch-size N        batch size
                        [default: 32]
  -w WIDTH, --width WIDTH
                        hidden units (default: 64)
  --opt {sgd,adam}      optimizer (default: sgd)
  --amp / --no-amp      mixed precision
  --tied                tie the weights
"""


def test_a_help_page_is_read_as_a_person_reads_it() -> None:
    options = {option.name: option for option in parse_help(HELP)}
    assert (options["lr"].default, options["batch_size"].default, options["width"].default) == (0.001, 32, 64)
    assert options["opt"].choices == ("sgd", "adam")
    assert options["tied"].passing == "switch"


def test_the_help_of_any_program_can_be_read_when_told(tmp_path: Path) -> None:
    program = tmp_path / "fit"
    program.write_text(f"#!/bin/sh\ncat <<'END'{HELP}END\n")
    program.chmod(0o755)
    assert {"lr", "batch_size"} <= {option.name for option in help_options([str(program)], tmp_path)}
    with pytest.raises(EngineError, match="--run-help"):
        draft_thread(program, folder=tmp_path)
    draft = draft_thread(program, folder=tmp_path, run_help=True)
    assert yaml.safe_load(draft.text)["command"].startswith("./fit --lr {lr} --batch-size {batch_size}")


def test_init_writes_a_thread_file_says_what_it_took_for_what_and_keeps_an_existing_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text(ARGPARSE)
    assert main(["init"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"--lr +0\.0001–0\.01 \(log\) +learning rate", said)
    assert "FILL_IN_DATA" in said
    assert "next: " in said
    (tmp_path / "thread.yaml").write_text("mine")
    assert main(["init"]) == 2
    assert "--force" in capsys.readouterr().err
    assert (tmp_path / "thread.yaml").read_text() == "mine"
    assert main(["init", "train.py", "-o", "-", "--", "--data", "corpus"]) == 0
    assert "--data corpus" in " ".join(yaml.safe_load(capsys.readouterr().out)["command"].split())
    assert main(["init", "--force", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["to_fill_in"] == ["FILL_IN_DATA"]
