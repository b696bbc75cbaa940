"""``trimtab completion``: the lines by which a shell asks trimtab what may follow, printed or put where it looks."""

import os
from collections.abc import Mapping
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from engine.api import COMPLETE, EngineError


def shell_script(command: click.Command, shell: str) -> str:
    """The lines that a shell reads once."""
    known = get_completion_class(shell)
    assert known is not None, shell
    return known(command, {}, "trimtab", COMPLETE).source().strip() + "\n"


def installed_at(shell: str, environ: Mapping[str, str]) -> Path:
    """The file in a person's own folders that a shell reads completions of ``trimtab`` from."""
    home = Path(environ.get("HOME") or Path.home())
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    if shell == "bash":
        folder = environ.get("BASH_COMPLETION_USER_DIR")
        return (Path(folder) if folder else data / "bash-completion") / "completions" / "trimtab"
    if shell == "zsh":
        return data / "zsh" / "site-functions" / "_trimtab"
    return config / "fish" / "completions" / "trimtab.fish"


def install(command: click.Command, shell: str, *, force: bool = False) -> list[str]:
    """Write the lines where the shell looks; what to do next, in sentences.

    Raises:
        EngineError: When another file stands there and is not to be replaced.
    """
    target = installed_at(shell, os.environ)
    script = shell_script(command, shell)
    if target.exists() and COMPLETE not in target.read_text(encoding="utf-8", errors="replace") and not force:
        raise EngineError(f"{target} must be free or a completion of trimtab", "add --force to replace it")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(script, encoding="utf-8")
    said = [f"Wrote {target}. Start a new {shell} to use it."]
    if shell == "zsh":
        said.append(f"In ~/.zshrc, before compinit, this line is needed: fpath=({target.parent} $fpath)")
    if shell == "bash":
        said.append(
            'It needs the package bash-completion; without it add to ~/.bashrc: eval "$(trimtab completion bash)"'
        )
    return said
