"""Whether a command gives a value to an option that the script takes without one."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from engine.errors import EngineError
from engine.objectives.template import split_template
from engine.script_reader.argparse_options import argparse_options
from engine.script_reader.declared_options import click_options
from engine.script_reader.option import Option
from engine.script_reader.source import read_script

PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)(:[^{}?]*)?\}")
"""``{amp}`` and ``{amp:True|False}``; a switch has a question mark behind its colon."""


def switch_warnings(command: str, folder: Path) -> Iterator[str]:
    """A sentence for each switch of the command's script that the command gives a value to, as ``--amp {amp}``."""
    words = split_template(command)
    switches = {option.flag: option for script in words for option in _switches(folder / script)}
    for word, following in zip(words, [*words[1:], ""], strict=True):
        flag, equals, joined = word.partition("=")
        if flag not in switches or (value := PLACEHOLDER.fullmatch(joined if equals else following)) is None:
            continue
        given = word if equals else f"{word} {following}"
        yield f"The script takes {flag} without a value: write {switches[flag].placeholder(value[1])} for {given}"


def _switches(script: Path) -> Iterator[Option]:
    if script.suffix != ".py" or not os.path.isfile(script):  # noqa: PTH113 (odd names are no error)
        return
    try:
        sources = read_script(script)
    except EngineError:
        return
    for option in (*argparse_options(sources), *click_options(sources)):
        if option.passing in ("switch", "switch-off"):
            yield option
