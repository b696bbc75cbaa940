"""What the README and the docs say is true of the code."""

import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from engine.cli.main import cli as engine_cli
from engine.sprint.thread_file import parse_thread
from model.cli import verbs as model_cli
from tui.arguments import ENGINE_VERBS, MODEL_VERBS
from tui.cli import trimtab
from tui.shell.keymap import all_bindings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(text: str, language: str) -> list[str]:
    """Contents of the code blocks in one language."""
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def commands() -> list[str]:
    """Every ``trimtab …`` line of the shell blocks of the README and the pages, without its comment."""
    pages = [README, *(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md")))]
    lines = [
        re.split(r"  #|[<>|]", line)[0].strip()
        for page in pages
        for text in block(page, "sh")
        for line in text.replace("\\\n", " ").splitlines()
    ]
    return list(dict.fromkeys(line for line in lines if line.startswith("trimtab ")))


def parse(group: click.Command, words: list[str]) -> None:
    """Parse a command line to its last word without running anything."""
    context = click.Context(group, info_name="trimtab")
    command = group
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        assert found is not None, f"no command {words[0]}"
        command, words = found, words[1:]
        context = click.Context(command, parent=context, info_name=command.name)
    command.parse_args(context, words)


@pytest.mark.parametrize("line", commands())
def test_the_commands_of_the_readme_and_the_pages_parse(line: str) -> None:
    words = shlex.split(line)[1:]
    verb = words[0]
    parse(engine_cli if verb in ENGINE_VERBS else model_cli if verb in MODEL_VERBS else trimtab, words)


@pytest.mark.parametrize("key", ["run", "test"])
def test_the_readme_has_one_line_to_run_and_one_to_test(key: str) -> None:
    found = re.findall(rf"<!-- {key} -->\n```sh\n(.*?)```", README, flags=re.DOTALL)
    assert len(found) == 1
    assert len(found[0].strip().splitlines()) == 1


def test_the_thread_file_of_the_readme_is_valid(tmp_path: Path) -> None:
    (tmp_path / "dev_revised.json").write_text("[]", encoding="utf-8")
    text = next(text for text in block(README, "yaml") if text.startswith("thread:"))
    spec = parse_thread(text, "README.md", tmp_path)
    assert spec.name == "MiniLM-GLOBAL"
    assert set(spec.space.names) == {"lr", "weight_decay", "w_mention", "pct_start"}


def test_links_of_the_readme_lead_somewhere() -> None:
    targets = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_every_verb_is_in_the_readme() -> None:
    for verb in (*ENGINE_VERBS, *MODEL_VERBS, "demo"):
        assert re.search(rf"`(?:trimtab )?{verb}\b|trimtab {verb}\b", README), verb


def test_the_page_of_keys_is_what_the_interface_binds() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "make_keys.py"))["keys_page"]()
    assert (ROOT / "docs" / "keys.md").read_text(encoding="utf-8") == page, "run: python docs/make_keys.py"


def test_every_binding_says_what_it_does() -> None:
    assert [name for name, binding in all_bindings().items() if not (binding.tooltip or binding.description)] == []


def test_the_page_and_the_manual_of_the_command_line_are_what_help_prints() -> None:
    # In a process of its own: click remembers the help option of the first context that asks.
    script = str(ROOT / "docs" / "make_command_line.py")
    code = f"import runpy; made = runpy.run_path({script!r})"
    code += "; print(made['command_line_page']() + made['man_page'](), end='')"
    pages = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    kept = [(ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("command-line.md", "trimtab.1")]
    assert "".join(kept) == pages, "run: python docs/make_command_line.py"
