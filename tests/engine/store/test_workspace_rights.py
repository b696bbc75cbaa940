"""Who may use a workspace's files: its owner, and its group where that was asked for."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.store.address import checked_address
from engine.store.workspace import Workspace, missing_text, open_workspace, similar_workspaces


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode) & 0o777


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_what_an_older_version_left_open_is_closed_and_the_persons_own_stays(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "ws", create=True)
    mine = ws.path / "notes.txt"
    mine.write_text("mine")
    for path, open_mode in ((ws.path, 0o755), (ws.logs, 0o755), (ws.path / "store.db", 0o644), (mine, 0o644)):
        path.chmod(open_mode)
    open_workspace(ws.path, create=True)
    assert (mode(ws.logs), mode(ws.path / "store.db"), mode(mine), mode(ws.path)) == (0o700, 0o600, 0o644, 0o755)


def test_a_workspace_once_opened_to_its_group_stays_so_for_everything_made_later(tmp_path: Path) -> None:
    open_workspace(tmp_path / "ws", create=True)
    ws = open_workspace(tmp_path / "ws", create=True, group=True)
    again = open_workspace(tmp_path / "ws", create=True)
    assert again.is_shared
    again.make_folder(again.run_dir(1, 2))
    with again.appending(again.worker_log(1, 0)) as log:
        log.write(b"x")
    assert [mode(path) for path in (ws.path, again.run_dir(1, 2), again.worker_log(1, 0))] == [0o770, 0o770, 0o660]
    assert mode(ws.path / "store.db") == 0o660
    assert again.umask == 0o007


def test_a_file_written_into_the_workspace_gets_its_rights_and_one_elsewhere_does_not(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "ws", create=True)
    (ws.path / "exports").mkdir()
    inside, outside = ws.path / "exports" / "a.csv", tmp_path / "a.csv"
    for path in (inside, outside):
        path.write_text("x")
        ws.own(path)
    assert (mode(inside), mode(inside.parent), mode(outside)) == (0o600, 0o700, 0o644)


def test_a_name_that_is_nearly_a_workspaces_is_a_likely_slip(tmp_path: Path) -> None:
    for name in ("results", "Bert-POS"):
        open_workspace(tmp_path / name, create=True)
    (tmp_path / "reslt").mkdir()
    assert similar_workspaces(tmp_path / "reslts") == ["results"]
    assert similar_workspaces(tmp_path / "bert-pos") == ["Bert-POS"]
    assert similar_workspaces(tmp_path / "other") == []
    assert "Did you mean results?" in missing_text(tmp_path / "reslts")


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:////a/b.db", "sqlite:////a/b.db"),
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql+psycopg://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
    ],
)
def test_an_address_is_used_as_it_is_meant(given: str, used: str) -> None:
    assert checked_address(given) == used


def test_a_relative_file_means_the_same_from_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert checked_address("sqlite:///x.db") == f"sqlite:///{tmp_path}/x.db"


@pytest.mark.parametrize("wrong", ["mysql://u:pw@h/d", "u:pw@h", "sqlite://", "sqlite:///", "http://h"])
def test_an_address_that_no_store_can_have_is_refused_without_its_password(wrong: str) -> None:
    with pytest.raises(EngineError) as refused:
        checked_address(wrong)
    assert "pw" not in str(refused.value)
    assert "postgresql+psycopg://" in str(refused.value)


def test_a_workspace_knows_its_store_as_a_person_may_see_it(tmp_path: Path) -> None:
    assert Workspace(tmp_path, "postgresql+psycopg://u:pw@h/d").shown_url == "postgresql+psycopg://u:***@h/d"
    assert Workspace(tmp_path).shown_url == str(tmp_path / "store.db")
