"""Outputs never replace, are whole or nothing, and stay out of what is trimtab's own."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.boundary.output import Output
from engine.boundary.own_files import own_file


class RefusedError(Exception):
    """What the outputs of these tests are refused with."""


def output(path: Path, **asked: object) -> Output:
    return Output(path=path, refusal=RefusedError, **asked)  # type: ignore[arg-type]


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else b"" for p in folder.rglob("*")}


@contextmanager
def refused_and_nothing_changed(folder: Path, match: str) -> Iterator[None]:
    before = everything(folder)
    with pytest.raises(RefusedError, match=match):
        yield
    assert everything(folder) == before


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "ws"
    (folder / "runs" / "1" / "0").mkdir(parents=True)
    with sqlite3.connect(folder / "store.db") as store:
        store.execute("CREATE TABLE trimtab_schema (version INTEGER)")
    store.close()
    return folder


def test_a_file_appears_whole_and_only_at_the_end(tmp_path: Path) -> None:
    place = tmp_path / "new" / "trials.csv"
    with output(place).file() as part:
        part.write_text("a")
        assert not place.exists()
    assert place.read_text() == "a"
    assert list(place.parent.iterdir()) == [place]


def test_a_file_that_stands_there_is_replaced_only_when_asked(tmp_path: Path) -> None:
    place = tmp_path / "trials.csv"
    place.write_text("mine")
    place.chmod(0o640)
    with refused_and_nothing_changed(tmp_path, "must not replace"):
        output(place).write("other")
    output(place, replace=True).write("other")
    assert place.read_text() == "other"
    assert place.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("replace", [False, True])
def test_an_error_inside_leaves_nothing_and_keeps_what_was_there(tmp_path: Path, replace: bool) -> None:
    if replace:
        (tmp_path / "trials.csv").write_text("mine")
    before = everything(tmp_path)

    def write_half() -> None:
        with output(tmp_path / ("" if replace else "new") / "trials.csv", replace=replace).file() as part:
            part.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert everything(tmp_path) == before


def test_a_dangling_link_and_a_link_to_a_file_are_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
    with refused_and_nothing_changed(tmp_path, "must not replace"):
        output(tmp_path / "link.csv").write("x")


@pytest.mark.parametrize("name", ["store.db", "store.db-wal", "store.db.lock", "runs/1/0/model.csv", "logs/x.log"])
@pytest.mark.parametrize("replace", [False, True])
def test_a_workspaces_own_files_are_never_outputs(workspace: Path, name: str, replace: bool) -> None:
    with refused_and_nothing_changed(workspace, "workspace's own files"):
        output(workspace / name, replace=replace).write("x")


def test_a_store_under_another_name_and_through_a_link_is_never_an_output(workspace: Path, tmp_path: Path) -> None:
    (workspace / "store.db").rename(tmp_path / "shared.db")
    (tmp_path / "link").symlink_to(tmp_path / "shared.db")
    for name in ("shared.db", "shared.db-wal", "link"):
        with refused_and_nothing_changed(tmp_path, "a trimtab store"):
            output(tmp_path / name, replace=True).write("x")


def test_files_of_ones_own_beside_the_store_are_outputs_like_any(workspace: Path) -> None:
    assert output(workspace / "best.csv").write("x") == workspace / "best.csv"
    assert own_file(workspace / "runs.csv") == ""


def test_a_workspace_without_a_store_of_its_own_is_one_when_it_is_named(tmp_path: Path) -> None:
    assert own_file(tmp_path / "runs" / "x.csv") == ""
    assert own_file(tmp_path / "runs" / "x.csv", [tmp_path]).startswith("runs/ of the workspace")


def test_an_input_is_never_an_output_under_any_name(tmp_path: Path) -> None:
    source = tmp_path / "checkpoint" / "model.safetensors"
    source.parent.mkdir()
    source.write_text("weights")
    os.link(source, tmp_path / "twin")
    for place, given in [(source, source), (tmp_path / "twin", source), (source, source.parent)]:
        with refused_and_nothing_changed(tmp_path, "apart from what it is made from"):
            output(place, inputs=[given], replace=True).write("x")
    with (
        refused_and_nothing_changed(tmp_path, "apart from what it is made from"),
        output(tmp_path, inputs=[source], replace=True, own=["*"]).folder(),
    ):
        pass


def test_a_folder_appears_whole_and_an_empty_one_gives_way(tmp_path: Path) -> None:
    place = tmp_path / "out"
    place.mkdir()
    with output(place).folder() as part:
        (part / "card.json").write_text("{}")
        assert list(place.iterdir()) == []
    assert everything(tmp_path) == {"out": b"", "out/card.json": b"{}"}


def test_a_folder_with_other_files_is_never_replaced(tmp_path: Path) -> None:
    place = tmp_path / "out"
    place.mkdir()
    (place / "card.json").write_text("old")
    with refused_and_nothing_changed(tmp_path, "must not replace a folder"):
        output(place, own=["card.json"]).check_folder()
    with output(place, own=["card.json"], replace=True).folder() as part:
        (part / "card.json").write_text("new")
    assert (place / "card.json").read_text() == "new"
    (place / "thesis.tex").write_text("years")
    with refused_and_nothing_changed(tmp_path, r"other files.*thesis\.tex"):
        output(place, own=["card.json"], replace=True).check_folder()


def test_a_check_of_a_folder_leaves_no_trace_and_finds_what_cannot_be_written(tmp_path: Path) -> None:
    output(tmp_path / "a" / "b" / "out").check_folder()
    assert everything(tmp_path) == {}
    (tmp_path / "file").write_text("")
    with refused_and_nothing_changed(tmp_path, "must be writable"):
        output(tmp_path / "file" / "out").check_folder()


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_took_hours_is_kept_beside_where_another_was_quicker(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "out"

    def write_slowly() -> None:
        with getattr(output(place), kind)() as part:
            (part if kind == "file" else part / "card.json").write_text("hours")
            place.mkdir()
            (place / "theirs").write_text("")

    with pytest.raises(RefusedError, match="appeared meanwhile"):
        write_slowly()
    kept = tmp_path / "out-2" if kind == "file" else tmp_path / "out-2" / "card.json"
    assert kept.read_text() == "hours"
    assert (place / "theirs").exists()


def test_what_is_wrong_with_an_input_is_not_said_of_the_output(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="absent"), output(tmp_path / "o.csv").file():
        (tmp_path / "absent" / "in.csv").read_text()


def test_a_device_is_written_to_as_it_is() -> None:
    assert output(Path("/dev/null")).write("x") == Path("/dev/null")
    assert not Path("/dev/null").is_file()


def test_numbered_outputs_of_many_at_once_all_stand(tmp_path: Path) -> None:
    start = threading.Barrier(16)
    places: list[Path] = []

    def write(number: int) -> None:
        start.wait()
        places.append(output(tmp_path / "screen.csv").write_numbered(str(number)))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(places)) == 16
    assert sorted(int(place.read_text()) for place in tmp_path.iterdir()) == list(range(16))
