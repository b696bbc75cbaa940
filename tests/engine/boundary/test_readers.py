"""Bytes, JSON, tables and archives from outside: their limits, and refusals that name file and line."""

import json
import os
import re
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

import engine.boundary.input as reading
from engine.boundary.archive import copy_member, opened_zip
from engine.boundary.input import decode, read_bytes, read_text
from engine.boundary.json_text import parse_json, read_json
from engine.boundary.refusal import unforeseen_refused
from engine.boundary.sqlite_check import check_sqlite
from engine.boundary.table import parse_table, read_table
from engine.errors import EngineError


def told(call: object, *args: object, **options: object) -> str:
    with pytest.raises(EngineError) as error:
        call(*args, refusal=EngineError, **options)  # type: ignore[operator]
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent", "must be a file, got no file of that name"),
        (".", "must be a file, got a folder"),
        ("a\0b", "null byte"),
    ],
)
def test_what_is_no_file_is_told(name: str, message: str, tmp_path: Path) -> None:
    assert message in told(read_bytes, tmp_path / name, limit=10)


def test_a_device_without_end_is_no_file() -> None:
    assert told(read_bytes, Path("/dev/zero"), limit=10) == "/dev/zero must be a file, got a device"


def test_no_more_than_the_limit_is_read(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x" * 11)
    assert "must not be larger than 10 bytes" in told(read_bytes, tmp_path / "f", limit=10)
    assert read_bytes(tmp_path / "f", limit=11, refusal=EngineError) == b"x" * 11


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=("a: 1\n" * 30_000,))
    writer.start()
    assert read_text(tmp_path / "pipe", limit=10**6, refusal=EngineError) == "a: 1\n" * 30_000
    writer.join()


def test_a_pipe_into_which_nobody_writes_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PIPE_SECONDS", 0.1)
    os.mkfifo(tmp_path / "pipe")
    assert "nothing was written to the pipe" in told(read_text, tmp_path / "pipe", limit=10)


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_may_begin_with_a_byte_order_mark(coding: str) -> None:
    assert decode("a: é\r\nb\rc".encode(coding), "f", EngineError) == "a: é\nb\nc"


def test_bytes_that_are_no_text_are_told_with_their_line() -> None:
    with pytest.raises(EngineError, match=r"f, line 3: text must be UTF-8, got byte 0xff – save the file as UTF-8"):
        decode(b"a\nb\nc\xffd\n", "f", EngineError)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,\n "b" 2}', "f, line 2, column 6: text must be JSON"),
        ("", "f, line 1, column 1: text must be JSON"),
        ("[" * 100_000, "f: JSON must be nested at most 64 deep"),
        ("[" * 70 + "]" * 70, "f: JSON must be nested at most 64 deep"),
        ('{"a":\n' + "9" * 5000 + "}", "f, line 2: a number must have at most 4300 digits"),
    ],
)
def test_what_is_no_json_is_told_with_its_line(text: str, message: str) -> None:
    assert message in told(parse_json, text, "f")


def test_half_a_character_in_json_becomes_the_replacement_character(tmp_path: Path) -> None:
    (tmp_path / "f").write_text(r'{"\ud83d": ["\ude00x", "\ud83d\ude00"]}')
    plain = read_json(tmp_path / "f", refusal=EngineError)
    assert plain == {"\ufffd": ["\ufffdx", "😀"]}
    json.dumps(plain, ensure_ascii=False).encode()


def test_a_table_knows_the_lines_of_its_rows(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b'\xef\xbb\xbfa, b\r\n1,"x\r\ny"\r\n\r\n3,4\r\n')
    table = read_table(tmp_path / "t.csv", refusal=EngineError)
    assert table.columns == ["a", "b"]
    assert [(row.line, row.cells) for row in table.rows] == [(2, ["1", "x\ny"]), (5, ["3", "4"])]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "t must have a header line and a line for each trial, got none"),
        ("a,b\n", "t must have a header line and a line for each trial, got none"),
        ("a,a\n1,2\n", "t, line 1: every column must be named once, got 'a' twice"),
        ("a,b\n1,2\n3\n", "t, line 3: 2 cells are needed as in the header, got 1"),
        ("a\n1\n\0\n", "t, line 3: a table must be text, got NUL"),
        ('a\n1\n"2\n3\n', "t, line 3: a row must be CSV: unexpected end of data"),
        ("a\n" + "x" * 200_000, "t, line 2: a row must be CSV: field larger than field limit"),
        (",".join(f"c{n}" for n in range(2001)) + "\n1\n", "t, line 1: at most 2000 columns are read, got 2001"),
    ],
)
def test_what_is_no_table_is_told_with_its_line(text: str, message: str) -> None:
    assert message in told(parse_table, text, "t")


def packed(path: Path, members: dict[str, bytes]) -> Path:
    with ZipFile(path, "w", ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return path


def unpacked(path: Path) -> str:
    def call(refusal: type[EngineError]) -> None:
        with opened_zip(path, re.compile(r"[a-z]+"), "a recording", refusal) as (archive, members):
            for name, member in members.items():
                copy_member(archive, member, path.parent / "out" / name)

    return told(call)


def test_only_expected_members_are_unpacked(tmp_path: Path) -> None:
    for name in ("../x", "/tmp/x", "a/b", "A"):
        assert f"must be a recording, got a zip with {name!r}" in unpacked(packed(tmp_path / "z", {name: b"x"}))
    assert not (tmp_path / "out").exists()


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = packed(tmp_path / "z", {"store": b"\0" * 30_000_000})
    assert "must unpack to at most 200 times its size" in unpacked(bomb)
    assert not (tmp_path / "out").exists()


def test_damage_anywhere_in_an_archive_is_told(tmp_path: Path) -> None:
    good = packed(tmp_path / "z", {"store": os.urandom(2000) + b"x" * 2000}).read_bytes()
    for place in range(0, len(good), 7):
        (tmp_path / "z").write_bytes(good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :])
        for path in (tmp_path / "out").glob("*"):
            path.unlink()
        with (
            suppress(EngineError),
            opened_zip(tmp_path / "z", re.compile("[a-z]+"), "z", EngineError) as (archive, members),
        ):
            for name, member in members.items():
                copy_member(archive, member, tmp_path / "out" / name)


def test_an_sqlite_file_is_checked_without_a_change(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with sqlite3.connect(path) as store:
        store.execute("CREATE TABLE trial (id INTEGER)")
    store.close()
    before = path.read_bytes()
    check_sqlite(path, ["trial"], EngineError)
    with pytest.raises(EngineError, match="must have a table study, it has trial"):
        check_sqlite(path, ["study"], EngineError)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    with sqlite3.connect(path) as store:
        store.execute("CREATE TRIGGER t AFTER INSERT ON trial BEGIN DELETE FROM trial; END")
    store.close()
    with pytest.raises(EngineError, match="must have tables and indexes only, got 't'"):
        check_sqlite(path, ["trial"], EngineError)
    path.write_bytes(before[:100] + b"\xff" * 2000 + before[2100:])
    with pytest.raises(EngineError, match="must be a sound SQLite file"):
        check_sqlite(path, ["trial"], EngineError)
    path.write_bytes(b"text")
    with pytest.raises(EngineError, match="its beginning is another"):
        check_sqlite(path, ["trial"], EngineError)


def test_what_nobody_thought_of_becomes_a_sentence_unless_it_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def read() -> None:
        with unforeseen_refused("f.yaml", "a thread file", EngineError, EngineError):
            raise KeyError("x")

    monkeypatch.delenv("TRIMTAB_DEBUG", raising=False)
    with pytest.raises(EngineError, match=r"f\.yaml must be a thread file, reading it ended in KeyError: 'x'"):
        read()
    monkeypatch.setenv("TRIMTAB_DEBUG", "1")
    with pytest.raises(KeyError):
        read()
