"""Signs that the output's encoding lacks become plain ones; the mouse is used where the terminal has one."""

import io
import sys

import pytest
from rich.segment import Segment
from textual.color import Color

from tui.terminal.ascii_filter import AsciiFilter, EncodingFilter, filter_for_terminal
from tui.terminal.mouse import has_mouse


def written_to(encoding: str, monkeypatch: pytest.MonkeyPatch) -> AsciiFilter | EncodingFilter | None:
    monkeypatch.setattr(sys, "__stderr__", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    found = filter_for_terminal()
    assert found is None or isinstance(found, AsciiFilter | EncodingFilter)
    return found


def test_each_encoding_gets_the_signs_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    assert written_to("utf-8", monkeypatch) is None
    latin = written_to("latin-1", monkeypatch)
    assert latin is not None
    [segment] = latin.apply([Segment("± é ▲ █ ✓")], Color(0, 0, 0))
    assert segment.text == "± é ! # v"
    ascii_only = written_to("ascii", monkeypatch)
    assert ascii_only is not None
    [segment] = ascii_only.apply([Segment("é▲")], Color(0, 0, 0))
    assert segment.text.isascii()


@pytest.mark.parametrize(("term", "has"), [("xterm-256color", True), ("linux", False), ("vt100", False)])
def test_the_terminals_entry_says_whether_it_has_a_mouse(term: str, has: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", term)
    assert has_mouse() is has
