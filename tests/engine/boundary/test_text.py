"""Control characters are visible in text, on streams, in JSON and on the console."""

import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from engine.boundary.console import visible_console
from engine.boundary.streams import VisibleStream, json_text
from engine.boundary.text import MOST_NAME, name_fault, one_line, visible, visible_log, visible_notes

ATTACK = "\x1b]2;owned\x07\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9b31m\u202egnp.exe\r\x7f\udc80"
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def test_an_attack_is_read_and_not_obeyed() -> None:
    assert visible(ATTACK) == "␛]2;owned␇␛]52;c;ZXZpbA==␇␛[2J�31m�gnp.exe␍␡�"
    assert visible("Größe\n× 日本 👩\u200d🔬", keep="\n") == "Größe\n× 日本 👩\u200d🔬"


@given(st.text(st.characters(codec=None, categories=("Cc", "Cf", "Cs", "L", "Zs", "Zl", "Zp"))))
def test_visible_text_holds_nothing_a_terminal_obeys_and_stays_as_it_is(text: str) -> None:
    shown = visible(text)
    assert not OBEYED.search(shown.replace("\n", "?"))
    assert "\n" not in shown
    assert visible(shown) == shown
    assert len(shown) == len(text)


def test_a_log_line_loses_its_colours_and_shows_the_rest() -> None:
    assert visible_log("\x1b[1;32mok\x1b[0m\tloss\x1b[2K") == "ok      loss␛[2K"
    assert one_line(" a\r\n b\x1b[1m ") == "a b␛[1m"
    assert visible_notes("a\r\n\tb\x07") == "a\n\tb␇"


@pytest.mark.parametrize(
    "name", ["", "  ", " a", "a ", "a\nb", "a\x1b[2J", "a\u202eb", "-rf", "x" * (MOST_NAME + 1), "a\udc80"]
)
def test_what_cannot_be_read_in_a_line_is_no_name(name: str) -> None:
    fault = name_fault(name)
    assert fault
    assert fault.isprintable()
    assert len(fault) < 200


@pytest.mark.parametrize("name", ["MiniLM-GLOBAL", "Größe × 日本", "x" * MOST_NAME, "a b"])
def test_names_people_give_are_names(name: str) -> None:
    assert name_fault(name) == ""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_stream_takes_every_text_in_every_encoding(encoding: str) -> None:
    raw = io.BytesIO()
    stream = VisibleStream(io.TextIOWrapper(raw, encoding=encoding))  # type: ignore[arg-type]
    print(f"µ – … █ 日 {ATTACK}", file=stream)  # type: ignore[call-overload]
    stream.flush()
    written = raw.getvalue().decode(encoding)
    assert not OBEYED.search(written.replace("\r", "")), written
    assert "owned" in written
    if encoding == "ascii":
        assert written.startswith("? - . # ??"[:2]) or written.isascii()


def test_ascii_only_is_ascii_for_rich_too() -> None:
    raw = io.BytesIO()
    stream = VisibleStream(io.TextIOWrapper(raw, encoding="utf-8"), ascii_only=True)  # type: ignore[arg-type]
    print("naïve – …", file=stream)  # type: ignore[call-overload]
    visible_console(file=stream).print("● running – 日")
    stream.flush()
    assert raw.getvalue() == b"naive - .\n@ running - ??\n"


def test_json_comes_back_whole_and_is_obeyed_by_nothing() -> None:
    content = {"name": ATTACK + "\U000e0041", "é": [1, None]}
    for stream in (None, VisibleStream(io.TextIOWrapper(io.BytesIO(), encoding="ascii"))):  # type: ignore[arg-type]
        text = json_text(content, stream)
        assert json.loads(text) == content
        assert not OBEYED.search(text)
    assert text.isascii()


def test_the_console_draws_its_own_sequences_and_shows_those_of_others() -> None:
    file = io.StringIO()
    shown = visible_console(file=file, force_terminal=True, color_system="standard", width=60)
    table = Table(box=None)
    table.add_column("NAME", style="bold")
    table.add_row("x\x1b]2;owned\x07y")
    shown.print(table)
    shown.print(f"a{ATTACK}", markup=False, highlight=False)
    assert "\x1b[1m" in file.getvalue()
    assert "\x1b]" not in file.getvalue()
    assert "\x07" not in file.getvalue()
    assert "\x1b[2J" not in file.getvalue()
