"""A recording: a workspace of finished sprints in one file, to be looked at elsewhere.

A zip of the store, its card and the files beside it (thread files, an objective's module, what the best trials left to
look at). Trials, epochs, spaces, decisions, events and manifests travel; processes, checkpoints and what tells whose
machine it was stay behind. Unpacked it is an ordinary workspace, in which new sprints can be planned and run.
"""

import json
import os
import re
import socket
import sqlite3
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from engine.boundary.archive import copy_member, opened_zip
from engine.boundary.input import decode, read_bytes
from engine.boundary.json_text import parse_json
from engine.boundary.output import Output, move_new
from engine.boundary.refusal import unforeseen_refused
from engine.boundary.sqlite_check import check_sqlite
from engine.errors import EngineError
from engine.store.workspace import STORE_NAME, Workspace
from engine.values import refuse_unknown_keys

CARD = "recording.json"
"""Member of the zip, and file in the unpacked workspace, that says what was recorded."""

EXAMPLES = ("examples.json", "thresholds.json")
"""What a trial may leave in its folder for people to look at."""

BESIDE = ("*.py", "*.yaml")
"""Files of the workspace's own folder that travel."""

N_EXAMPLES = 3
"""Best trials of a sprint whose `EXAMPLES` travel."""

PRIVATE = ("host", "argv", "git")
"""Facts of a sprint's manifest that stay behind: the name of the machine, paths in the arguments."""

_UNFINISHED = "SELECT id FROM sprint WHERE state != 'done'"
_EMPTY = "SELECT id FROM thread WHERE id NOT IN (SELECT thread_id FROM sprint)"

SCRUB = (
    f"DELETE FROM epoch WHERE trial_id IN (SELECT id FROM trial WHERE sprint_id IN ({_UNFINISHED}))",
    f"DELETE FROM trial WHERE sprint_id IN ({_UNFINISHED})",
    f"DELETE FROM event WHERE sprint_id IN ({_UNFINISHED})",
    f"UPDATE space_edit SET sprint_id = NULL WHERE sprint_id IN ({_UNFINISHED})",
    "DELETE FROM sprint WHERE state != 'done'",
    f"DELETE FROM space_edit WHERE thread_id IN ({_EMPTY})",
    f"DELETE FROM space WHERE thread_id IN ({_EMPTY})",
    f"DELETE FROM event WHERE thread_id IN ({_EMPTY})",
    f"DELETE FROM thread WHERE id IN ({_EMPTY})",
    "DELETE FROM run",
    "DELETE FROM worker",
    "DELETE FROM event WHERE kind LIKE 'run.%' OR kind LIKE 'worker.%'",
    "UPDATE event SET worker_id = NULL",
    "UPDATE trial SET worker_id = NULL, lease_until = NULL, checkpoint = NULL",
    "UPDATE sprint SET ask_owner = NULL, ask_until = NULL, queued_at = NULL",
    "UPDATE thread SET base_dir = ''",
)
"""What is taken out of the store: sprints that did not end, threads without any that did, processes, paths, and what
would claim that somebody is at work."""

CHECKPOINTS = (("thread", "checkpoint"), ("sprint", "checkpoint"), ("sprint", "plan"))
"""Where a store names checkpoints; those in the workspace are named from there, and do not travel."""

MEMBERS = re.compile(
    rf"{re.escape(STORE_NAME)}|{re.escape(CARD)}|[\w][\w. -]{{0,99}}\.(py|yaml)|"
    rf"runs/\d{{1,9}}/\d{{1,9}}/({'|'.join(map(re.escape, EXAMPLES))})"
)
"""Names of members; a recording that holds anything else is refused before anything is unpacked."""

TABLES = ("thread", "sprint", "trial", "epoch", "space", "event")
"""Tables without which a store is none."""

MOST_CARD_BYTES = 2**20
"""Of a card."""

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every member, so that the same store packs to the same bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """What a recording says of itself.

    Attributes:
        recorded: The day of its last trial, ``2026-11-26``.
        made_by: The script that ran it, from the repository's root.
        machine: What it ran on, in words.
        sprints: Thread, label, metric and counts of each sprint: ``thread``, ``label``, ``metric``, ``n_trials``,
            ``n_complete``, ``n_pruned``, ``n_failed``, ``best_score``.
    """

    recorded: str
    made_by: str
    machine: str
    sprints: tuple[Mapping[str, Any], ...]

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Recording":
        """Read a card.

        Raises:
            EngineError: For unknown or missing keys and values of another kind.
        """
        refuse_unknown_keys(plain, cls.__slots__, where="recording")
        for name in ("recorded", "made_by", "machine"):
            if not isinstance(plain.get(name), str):
                raise EngineError(f"recording: {name} must be text, got {plain.get(name)!r}"[:200])
        sprints = plain.get("sprints")
        if not isinstance(sprints, list | tuple) or not all(isinstance(sprint, dict) for sprint in sprints):
            raise EngineError("recording: sprints must be a list of objects")
        return cls(**{**plain, "sprints": tuple(sprints)})


def pack(
    ws: Workspace, target: Path, *, made_by: str = "", private: Iterable[str] = (), replace: bool = False
) -> Recording:
    """Write a recording of a workspace's finished sprints; others, and threads without one, are left out.

    Args:
        ws: A workspace with an SQLite store.
        target: File to write.
        made_by: The script that ran the sprints.
        replace: Whether to replace a file that is there.
        private: Words that must not be in it, in addition to this machine's name, home and the workspace's path.

    Raises:
        EngineError: When no sprint is finished, or a private word would travel.
    """
    source = ws.store_path
    if source is None:
        raise EngineError(f"a recording is made of a workspace's own {STORE_NAME}, got {ws.shown_url}")
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / STORE_NAME
        with closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as original:
            original.execute("VACUUM INTO ?", (str(store),))
        with closing(sqlite3.connect(store)) as copy:
            card = _scrub(copy, made_by, f"{ws.path}/")
            kept = [*_beside(ws), *_examples(copy, ws)]
            words = _private_words(ws, private)
            _refuse_private("the store", "\n".join(copy.iterdump()), words)
        members = {STORE_NAME: store.read_bytes(), CARD: _json(asdict(card))}
        for file in kept:
            members[file.relative_to(ws.path).as_posix()] = content = file.read_bytes()
            _refuse_private(str(file), content.decode(errors="replace"), words)
    with (
        Output(path=target, refusal=EngineError, replace=replace).file() as part,
        ZipFile(part, "w", ZIP_DEFLATED, compresslevel=9) as packed,
    ):
        for name, data in members.items():
            packed.writestr(ZipInfo(name, EPOCH), data, ZIP_DEFLATED, 9)
    return card


def unpack(source: Path, folder: Path) -> Recording:
    """Lay a recording out as a workspace in a folder that holds none; its store appears last, and whole.

    Raises:
        EngineError: When a file is there already that it would replace, or the file is no recording.
    """
    folder = folder.expanduser().resolve()
    if (folder / STORE_NAME).exists():
        raise EngineError(
            f"a recording needs a folder without {STORE_NAME}, got {folder}", "name another: --workspace DIR"
        )
    try:
        with (
            unforeseen_refused(str(source), "a recording", EngineError, (EngineError, OSError)),
            opened_zip(source, MEMBERS, "a recording", EngineError) as (packed, members),
            tempfile.TemporaryDirectory(prefix=".unpacking-", dir=_nearest_folder(folder)) as part,
        ):
            if missing := [name for name in (STORE_NAME, CARD) if name not in members]:
                raise EngineError(f"{source} must be a recording, it lacks {missing[0]}")
            card = _card(packed.read(CARD), f"{source}: {CARD}")
            _refuse_taken(folder, members)
            for name, member in members.items():
                copy_member(packed, member, Path(part) / name)
            for name in members:
                (Path(part) / name).chmod(0o600)
            _settle(Path(part) / STORE_NAME, source, folder)
            _move_in(Path(part), folder, sorted(members, key=lambda name: name == STORE_NAME))
    except OSError as error:
        raise EngineError(f"{source} could not be unpacked into {folder}: {error.strerror or error}") from error
    return card


def _refuse_taken(folder: Path, names: Iterable[str]) -> None:
    taken = [name for name in names if os.path.lexists(folder / name)]
    if taken:
        told = f"{', '.join(taken[:3])}{f' and {len(taken) - 3} more' if len(taken) > 3 else ''}"
        raise EngineError(
            f"a recording needs a folder without files of its names, got {folder} with {told}",
            "name another: --workspace DIR",
        )


def _move_in(part: Path, folder: Path, names: Iterable[str]) -> None:
    """Move files to free places in a folder, in this order; all of them, or none."""
    ws = Workspace(folder)
    moved: list[Path] = []
    try:
        for name in names:
            place = folder / name
            ws.make_folder(place.parent)
            move_new(part / name, place)
            moved.append(place)
    except BaseException:
        for place in moved:
            place.unlink(missing_ok=True)
        raise


def _nearest_folder(folder: Path) -> Path:
    """The folder itself, or the first above it that exists."""
    return next(place for place in (folder, *folder.parents) if place.is_dir())


def _settle(store: Path, source: Path, folder: Path) -> None:
    """Look at an unpacked store, and let its threads begin in their new folder.

    Raises:
        EngineError: When the store is damaged, or has triggers, which would run when it is written to.
    """
    try:
        check_sqlite(store, TABLES, EngineError)
        with closing(sqlite3.connect(store)) as opened, opened:
            opened.execute("UPDATE thread SET base_dir = ?", (str(folder),))
    except (EngineError, sqlite3.Error) as error:
        told = str(error).replace(str(store), STORE_NAME)
        raise EngineError(f"{source} must hold a sound store: {told}") from None


def _card(data: bytes, source: str) -> Recording:
    """A card as it stands in a recording.

    Raises:
        EngineError: When it is none.
    """
    plain = parse_json(decode(data, source, EngineError), source, EngineError)
    if not isinstance(plain, dict):
        raise EngineError(f"{source} must hold an object")
    try:
        return Recording.from_dict(plain)
    except EngineError as error:
        raise EngineError(f"{source}: {error.message}", error.hint) from None


def read_card(folder: Path) -> Recording | None:
    """What a workspace was unpacked from; None for one that nobody recorded."""
    file = folder / CARD
    if not file.exists():
        return None
    try:
        return _card(read_bytes(file, limit=MOST_CARD_BYTES, refusal=EngineError), str(file))
    except EngineError:
        return None  # somebody's own file of that name


def _scrub(store: sqlite3.Connection, made_by: str, folder: str) -> Recording:
    for statement in SCRUB:
        store.execute(statement)
    for table, column in CHECKPOINTS:
        store.execute(f"UPDATE {table} SET {column} = replace({column}, ?, '')", (folder,))
    (last,) = store.execute("SELECT max(finished_at) FROM trial").fetchone()
    if last is None:
        raise EngineError("a recording needs a finished sprint, got a workspace without one")
    recorded = str(last)[:10]
    note = f"recorded on {recorded}" + (f" by {made_by}" if made_by else "")
    store.execute(
        """UPDATE thread SET notes = ? || CASE notes WHEN '' THEN '' ELSE '; ' || notes END
        WHERE notes NOT LIKE 'recorded on %'""",
        (note,),
    )
    machine = ""
    for sprint, manifest in store.execute("SELECT id, manifest FROM sprint").fetchall():
        facts = {key: value for key, value in json.loads(manifest).items() if key not in PRIVATE}
        machine = machine or f"{facts.get('cpus', '?')} cores, {facts.get('cpu') or 'unknown processor'}"
        facts.setdefault("recorded", recorded)
        store.execute("UPDATE sprint SET manifest = ? WHERE id = ?", (json.dumps(facts), sprint))
    store.commit()
    store.execute("VACUUM")
    columns = ("thread", "label", "metric", "n_trials", "n_complete", "n_pruned", "n_failed", "best_score")
    rows = store.execute(
        """SELECT thread.name, sprint.label, sprint.metric, sprint.n_trials, sum(trial.state = 'complete'),
        sum(trial.state = 'pruned'), sum(trial.state = 'failed'),
        CASE sprint.direction WHEN 'minimize' THEN min(CASE trial.state WHEN 'complete' THEN trial.score END)
        ELSE max(CASE trial.state WHEN 'complete' THEN trial.score END) END
        FROM sprint JOIN thread ON thread.id = sprint.thread_id JOIN trial ON trial.sprint_id = sprint.id
        GROUP BY sprint.id ORDER BY sprint.id"""
    )
    sprints = tuple(dict(zip(columns, row, strict=True)) for row in rows)
    return Recording(recorded=recorded, made_by=made_by, machine=machine, sprints=sprints)


def _beside(ws: Workspace) -> list[Path]:
    return sorted(file for pattern in BESIDE for file in ws.path.glob(pattern))


def _examples(store: sqlite3.Connection, ws: Workspace) -> list[Path]:
    """What the best trials of each sprint left for people to look at."""
    ranked = store.execute(
        """SELECT sprint_id, number FROM (SELECT trial.sprint_id, trial.number, row_number() OVER (
        PARTITION BY trial.sprint_id
        ORDER BY trial.score * CASE sprint.direction WHEN 'minimize' THEN 1 ELSE -1 END, trial.number) AS place
        FROM trial JOIN sprint ON sprint.id = trial.sprint_id
        WHERE trial.state = 'complete' AND trial.score IS NOT NULL) WHERE place <= ?""",
        (N_EXAMPLES,),
    ).fetchall()
    files = [ws.run_dir(sprint, number) / name for sprint, number in ranked for name in EXAMPLES]
    return [file for file in files if file.exists()]


def _private_words(ws: Workspace, more: Iterable[str]) -> list[str]:
    home = str(Path.home())
    words = [str(ws.path), socket.gethostname(), *more] + ([home + "/"] if len(home) > 1 else [])
    return [word for word in words if len(word) > 3]


def _refuse_private(where: str, text: str, words: Iterable[str]) -> None:
    for word in words:
        at = text.find(word)
        if at >= 0:
            raise EngineError(f"{where} must not hold {word!r}, got …{text[max(at - 60, 0) : at + 60]}…")


def _json(plain: Any) -> bytes:
    return (json.dumps(plain, indent=1, ensure_ascii=False) + "\n").encode()
