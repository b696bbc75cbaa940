"""The last lines of a log."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.logs import tail
from engine.logs.tail import last_lines


@given(st.lists(st.sampled_from(["a", "bb", "", "é", "\n", "\r", "\r\n"]), max_size=30), st.integers(0, 12))
def test_lines_are_those_of_the_whole_text(tmp_path_factory: pytest.TempPathFactory, parts: list[str], n: int) -> None:
    text = "".join(parts)
    path = tmp_path_factory.mktemp("logs") / "log"
    path.write_bytes(text.encode())
    whole = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    lines = whole.split("\n") if text else []
    before, tail.BLOCK = tail.BLOCK, 3  # line ends lie across blocks
    try:
        assert last_lines(path, n) == (lines[-n:] if n else [])
    finally:
        tail.BLOCK = before


def test_a_line_of_a_hundred_megabytes_answers_in_a_second_with_both_its_ends(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("wb") as file:
        file.write(b"first\nbegin")
        for _ in range(100):
            file.write(b"x" * (1 << 20))
        file.write(b"end\nlast\n")
    began = time.monotonic()
    first, line, last = last_lines(path, 10)
    assert time.monotonic() - began < 1.0
    assert (first, last) == ("first", "last")
    assert line.startswith("beginxxx")
    assert line.endswith("xxxend")
    assert "bytes left out" in line
    assert len(line) < 10_000


def test_without_a_file_there_are_no_lines(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "none", 5) == []
