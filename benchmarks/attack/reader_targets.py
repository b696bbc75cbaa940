"""What is attacked: for every reader good files to damage, and how a damaged one is read as the product reads it."""

import json
import random
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import click
from reader_mutants import csv_mutant, json_mutant, mutant, value_mutant, words_mutant

from engine import api
from engine.errors import EngineError
from model.errors import ModelError
from tui.new_thread.form import FormError

REFUSALS = (EngineError, ModelError, FormError, click.UsageError)
"""How a reader refuses; anything else is an internal error."""

Made = Any
"""What a mutant is: a path, the words of a command line, or a text."""


@dataclass(frozen=True)
class Target:
    """A reader under attack.

    Attributes:
        make: A mutant from a generator, written to a folder where it is a file.
        read: Reads it as the product does.
        names_file: Whether a refusal must name the file.
        limit_memory: Whether address space is limited; libraries that map gigabytes cannot live with it.
    """

    make: Callable[[random.Random, Path], Made]
    read: Callable[[Made], object]
    names_file: bool = True
    limit_memory: bool = True

    def words_of(self, made: Made) -> Sequence[str]:
        """Words of which a refusal must hold one."""
        return (made.name, made.stem) if isinstance(made, Path) else ()


THREAD = b"""\
# a thread of every key
thread: Hartmann
objective: engine.objectives.synthetic:Synthetic
model: {function: hartmann3}
data: {seed: 1}
metric: score
direction: maximize
notes: |
  two lines
  of text
spaces:
  mine: &mine
    x0: &x {type: float, low: 0.0, high: 1.0, domain: [0, 1]}
    x1: {<<: *x, low: 1e-3, log: true}
space:
  x0: *x
  x1: {type: float, low: 0.01, high: 1.0, log: true, note: "JEREX default 5e-5"}
  n: {type: int, low: 1, high: 8}
  n2: {type: int, low: 1, high: 4}
  head: {type: categorical, choices: [off, no, 010, 1:30, null_, 2.5, true], frozen: "off"}
  pct_start: {type: float, low: 0.24, high: 0.32, active_when: {scheduler: true}}
constraints: ["sum(x0, x1) == 1", n % n2 == 0, n2 <= n]
stages:
  1E: {n_trials: 12, n_random: 4, fidelity: {train_parts: 6, val_parts: 3, max_epochs: 25}, limits: {max_errors: 1}}
  deep: {from: Full, sampler: tpe, sampler_options: {n_startup_trials: 4}, keep_checkpoint_at: [warmup, 20]}
"""

COMMAND_THREAD = b"""\
thread: script
command: "python train.py --lr {lr:.3g} --wd {wd} --epochs {epochs} --out {run_dir}"
metric: f1
space:
  lr: {type: float, low: 1e-5, high: 1e-1, log: true}
  wd: {type: float, low: 0, high: 1}
"""

JSON_THREAD = json.dumps(
    {
        "thread": "json",
        "objective": "m:C",
        "model": {"a": 1, "b": [1, {"c": None}]},
        "checkpoint": None,
        "space": {
            "a": {"type": "float", "low": 0, "high": 1, "frozen": 0.5},
            "c": {"type": "float", "low": 0, "high": 2},
            "b": {"type": "categorical", "choices": ["x", 2, True], "domain": ["x", 2, True, 3]},
        },
        "stages": {"1E": {"n_trials": 3, "max_seconds": 5, "limits": {"trial_seconds": 5}, "prime": "none"}},
        "constraints": ["a < c"],
    }
).encode()

MODEL_THREAD = b"""\
thread: joint
objective: model.objective:JointExtraction
model: {type: JointMRC, encoder: minilm, grouping: GLOBAL, pos: true, asl: false}
data: {atlas: {documents: 60, seed: 1}, validation_share: 0.2, limit: 50, seed: 3}
space: jerex-global
"""

TABLE = b"""\
number,state,score,seconds,reason,param_lr,param_layers,param_head
0,complete,0.41,12.5,,0.001,3,linear
1,complete,0.52,11.0,,1e-4,5,mlp
2,failed,,3.25,out of memory,0.1,8,mlp
3,pruned,0.11,1.0,,0.02,1,"a, b"
"""

FOREIGN_TABLE = b"""\
Name;Created;lr;batch;val/loss\r
run-1;2024-11-02T10:00:00;0,001;16;0,5\r
run-2;2024-11-02T11:00:00;0,01;32;0,7\r
"""

KEYS = b"""\
# my keys
review.freeze: F
app.quit: "q,ctrl+c"
threads.new: N
"""

STATE = json.dumps(
    {
        "theme": "trimtab-dark",
        "hints": True,
        "workspaces": {
            "/w": {
                "thread": "A", "sprint": 3, "dimension": "lr", "mode": "review", "filters": {"live": "x"}, "top_k": 0
            }
        },
    }
).encode()  # fmt: skip

WORDS = ("Ada", "Lovelace", "was", "born", "in", "London", ".")
CORPUS = json.dumps(
    [
        {
            "title": f"Ada {number}",
            "sents": [list(WORDS), ["She", "wrote", "programs", "."]],
            "vertexSet": [
                [{"name": "Ada", "pos": [0, 2], "sent_id": 0, "type": "PER"}, {"pos": [0, 1], "sent_id": 1}],
                [{"name": "London", "pos": [5, 6], "sent_id": 0, "type": "LOC"}],
            ],
            "labels": [{"h": 0, "t": 1, "r": "P19", "evidence": [0]}],
        }
        for number in range(3)
    ]
).encode()

CARD = json.dumps(
    {
        "format": 2,
        "model": {"type": "JointMRC", "encoder": "tiny", "grouping": "GLOBAL"},
        "labels": {"entity_types": ["PER", "LOC"], "relation_types": ["P19"]},
        "thresholds": {"mention": 0.5, "coref": 0.5, "relation": 0.5},
        "metrics": {"relation_f1": 0.4},
        "epoch": 3,
        "data_hash": "0123456789abcdef",
        "origin": {"options": {"train": "t.json"}, "base_dir": "/x", "test": None},
        "test_openings": [],
        "versions": {"torch": "2.4"},
    }
).encode()

EXAMPLES = json.dumps(
    {
        "schema": 1,
        "title": "t",
        "documents": [
            {
                "title": "Ada",
                "sentences": [list(WORDS)],
                "gold": {"mentions": [[0, 2], [5, 6]], "entities": [{"type": "PER", "mentions": [0]}], "relations": []},
                "predicted": {"mentions": [[0, 2]], "entities": [{"type": "PER", "mentions": [0]}], "relations": []},
            }
        ],
    }
).encode()

HISTORY = json.dumps(
    {
        "schema": 1,
        "scut": {
            "used": True, "beta": 1.0, "in_force": 0.5, "lowest": 0.1, "discard": None, "n_candidates": 9, "n_gold": 4,
            "betas": [0.5, 1.0], "points": [[0.1, 0.2, 0.3], [0.5, 0.4, 0.5]],
            "best": [{"beta": 1.0, "threshold": 0.5, "f": 0.5, "kept": 4, "right": 2}],
        },
        "rounds": [
            {
                "phase": "train", "step": 1, "what": "relation", "before": [0.5, 0.5, 0.5], "after": [0.5, 0.5, 0.4],
                "f1_before": 0.3, "f1_after": 0.4, "tried": [[0.5, 0.5, 0.4, 0.4]], "scut": 0.5,
            }
        ],
        "classes": [{"name": "P19", "threshold": 0.3, "gold": 3, "predicted": 4, "right": 2}],
    }
).encode()  # fmt: skip

REPORTS = b"""\
loading
{"epoch": 1, "fraction": 0.5, "message": "half"}
{"epoch": 1, "score": 0.25, "loss": 1.5, "phase": "train"}
INFO {"epoch": 2, "score": 0.5, "lr": 1e-4}
{"epoch": 3, "score": null}
{"epoch": 4, "score": 0.75, "phase": "calibration"}
"""

COMMANDS: Sequence[Sequence[str]] = (
    ("thread", "list"),
    ("thread", "show", "Hartmann", "--json"),
    (
        "sprint",
        "new",
        "Hartmann",
        "--stage",
        "1E",
        "--trials",
        "5",
        "--random=2",
        "--fidelity",
        "T2_V1_M5",
        "--dry-run",
    ),
    ("sprint", "new", "Hartmann", "--sampler", "tpe", "--sampler-option", "n_startup_trials=2", "--dry-run"),
    ("sprint", "new", "Hartmann", "--pruner", "hyperband", "--pruner-option", "max_resource=9", "--draft"),
    ("sprint", "new", "Hartmann", "--trial", "x0=0.5 x1=0.5", "--hours", "1.5", "--keep-at", "warmup", "--dry-run"),
    ("sprint", "list", "Hartmann"),
    ("sprint", "show", "1"),
    ("sprint", "extend", "1", "5", "--hours", "2"),
    ("trial", "list", "1", "--best"),
    ("trial", "show", "1", "#0", "--log", "5"),
    ("trial", "add", "1", "x0=0.5", "x1=0.5"),
    ("review", "1", "--top", "3"),
    ("space", "show", "Hartmann"),
    ("space", "freeze", "Hartmann", "x0", "0.5", "--reason", "x"),
    ("space", "narrow", "Hartmann", "x0", "--low", "0.1", "--high=0.9", "--dry-run"),
    ("space", "widen", "Hartmann", "x1", "--high", "2", "--dry-run"),
    ("space", "choices", "Hartmann", "head", "a", "b", "--dry-run"),
    ("space", "constrain", "Hartmann", "x0 < x1", "--dry-run"),
    ("space", "undo", "Hartmann"),
    ("space", "log", "Hartmann"),
    ("export", "1", "out.csv"),
    ("import", "in.csv", "--thread", "new", "--score", "score"),
    ("doctor", "--json"),
)
"""Command lines that start no process and change nothing outside their folder."""


def _file(name: str, bases: Sequence[bytes], damage: Callable[[bytes, random.Random], bytes]) -> Any:
    """A maker of damaged files of one name."""

    def make(rng: random.Random, folder: Path) -> Path:
        path = folder / name
        path.write_bytes(damage(rng.choice(bases), rng))
        return path

    make.bases = [(name, base) for base in bases]  # type: ignore[attr-defined]
    return make


def _yaml_or_json(base: bytes, rng: random.Random) -> bytes:
    return json_mutant(base, rng) if base.startswith((b"{", b"[")) else mutant(base, rng)


def _values_of_yaml(base: bytes, rng: random.Random) -> bytes:
    """Damage of values half of the time, where YAML is first made JSON, which is YAML."""
    if rng.random() < 0.5:
        return _yaml_or_json(base, rng)
    import yaml

    return json.dumps(value_mutant(yaml.safe_load(base), rng)).encode(errors="surrogatepass")


def _read_thread(path: Path) -> None:
    spec = api.load_thread_file(path)
    json.dumps([dict(spec.model), dict(spec.data), dict(spec.stages), spec.space.to_dict()], allow_nan=False)
    for text in (spec.name, spec.notes, spec.metric, spec.command):
        text.encode()


def _read_model_thread(path: Path) -> None:
    from model.thread_file import read_thread_file

    read_thread_file(path).model_config({})


@cache
def _workspace(folder: Path) -> api.Workspace:
    """A workspace with a thread and a finished sprint."""
    folder.mkdir()
    file = folder / "thread.yaml"
    file.write_bytes(
        b"thread: Hartmann\nobjective: engine.objectives.synthetic:Synthetic\nmodel: {function: hartmann3}\nspace:\n"
        b"  x0: {type: float, low: 0, high: 1}\n  x1: {type: float, low: 0.01, high: 1, log: true}\n"
        b"  head: {type: categorical, choices: [a, b, c]}\n"
    )
    ws = api.open_workspace(folder, create=True)
    api.create_thread(ws, api.load_thread_file(file))
    table = folder / "in.csv"
    rows = "".join(f"{i / 20},{0.02 + i / 25},{'abc'[i % 3]},{i}\n" for i in range(20))
    table.write_text(f"param_x0,param_x1,param_head,score\n{rows}", encoding="utf-8")
    api.import_sprint(ws, "Hartmann", str(table))
    return ws


def _import(path: Path) -> None:
    ws = _workspace(path.parent / "ws")
    api.import_sprint(ws, f"new{len(api.list_threads(ws))}", str(path), score="")


@cache
def _exported(folder: Path, suffix: str) -> bytes:
    path = folder / f"base.{suffix}"
    api.export_sprint(_workspace(folder / "ws"), 1, str(path))
    return path.read_bytes()


def _make_export(suffix: str) -> Callable[[random.Random, Path], Path]:
    """A maker of damaged exports of our own."""

    def make(rng: random.Random, folder: Path) -> Path:
        base = _exported(folder, suffix)
        path = folder / f"trials.{suffix}"
        path.write_bytes(json_mutant(base, rng) if suffix == "json" else _binary(base, rng))
        return path

    return make


@cache
def _study(folder: Path) -> bytes:
    """An Optuna study of some trials as the bytes of its file."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    path = folder / "study-base.db"
    study = optuna.create_study(study_name="s", storage=f"sqlite:///{path}", direction="maximize")

    def run(trial: Any) -> float:
        for step in range(3):
            trial.report(step / 3, step)
        return float(trial.suggest_float("lr", 1e-5, 1, log=True) + trial.suggest_int("n", 1, 5))

    study.optimize(run, n_trials=5)
    study.enqueue_trial({"lr": 0.1})
    study.add_trial(optuna.trial.create_trial(state=optuna.trial.TrialState.FAIL))
    return path.read_bytes()


def _make_study(rng: random.Random, folder: Path) -> Path:
    path = folder / "study.db"
    base = _study(folder)
    if rng.random() < 0.4:
        path.write_bytes(_binary(base, rng))
        return path
    path.write_bytes(base)
    _damage_rows(path, rng)
    return path


def _damage_rows(path: Path, rng: random.Random) -> None:
    """Change cells, rows and tables of an SQLite file, by SQL."""
    odd = (
        None,
        -1,
        0,
        2**62,
        0.5,
        float("inf"),
        "",
        "x",
        "{",
        '{"name": "X"}',
        b"\xff",
        "\u202e",
        "9" * 500,
        "NaN",
        "[1",
    )
    with closing(sqlite3.connect(path)) as store, store:
        store.execute("PRAGMA foreign_keys = OFF")
        tables = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for _ in range(rng.choice((1, 1, 2, 5))):
            table = rng.choice(tables)
            columns = [row[1] for row in store.execute(f"PRAGMA table_info({table})")] or ["gone"]
            statement = rng.choice(
                (
                    *(f"UPDATE {table} SET {rng.choice(columns)} = ? WHERE rowid % 2 = 0",) * 4,
                    *(f"UPDATE {table} SET {rng.choice(columns)} = ?",) * 4,
                    f"DELETE FROM {table} WHERE rowid % 2 = 1",
                    f"DELETE FROM {table}",
                    f"DROP TABLE {table}",
                    f"ALTER TABLE {table} RENAME TO gone",
                    f"CREATE TRIGGER t{rng.randrange(99)} AFTER UPDATE ON {table} BEGIN DELETE FROM {table}; END",
                )
            )
            try:
                store.execute(statement, (rng.choice(odd),) if "?" in statement else ())
            except (sqlite3.Error, OverflowError):
                continue


def _binary(base: bytes, rng: random.Random) -> bytes:
    """Damage of a binary file: flipped and overwritten bytes, cut and repeated pages."""
    data = bytearray(base)
    for _ in range(rng.choice((1, 3, 30))):
        place = rng.randrange(len(data))
        damage = rng.randrange(5)
        if damage <= 1:
            data[place] = rng.randrange(256)
        elif damage == 2:
            data[place : place + 16] = rng.randbytes(16)
        elif damage == 3 and rng.random() < 0.2:
            del data[place:]
        elif rng.random() < 0.2:
            data[place:place] = data[place : place + 4096]
        if not data:
            break
    return bytes(data)


@cache
def _recording(folder: Path) -> bytes:
    ws = _workspace(folder / "packed-ws")
    path = folder / "base.zip"
    api.pack_workspace(ws, path)
    return path.read_bytes()


def _make_recording(rng: random.Random, folder: Path) -> Path:
    path = folder / "recording.zip"
    base = _recording(folder)
    if rng.random() < 0.4:
        path.write_bytes(_binary(base, rng))
        return path
    base_path = folder / "base.zip"
    with ZipFile(base_path) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    for _ in range(rng.choice((1, 1, 2))):
        _damage_members(members, rng, folder)
    with ZipFile(path, "w", ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return path


def _damage_members(members: dict[str, bytes], rng: random.Random, folder: Path) -> None:
    odd = (
        *("../x", "/tmp/x", "a/../../b", "x.sh", "runs/1/0/examples.json", "thread.yaml", "A" * 300, "\u202e", "con"),
        *("logs/x", "C:\\x", "store.db-wal", "x/", "recording.json/x", "store.db/x", "engine.py", ".trimtab"),
    )
    damage = rng.randrange(7)
    name = rng.choice(list(members) or ["x"])
    if damage == 0 and members:
        del members[name]
    elif damage == 1:
        members[rng.choice(odd)] = b"x"
    elif damage == 2:
        members[rng.choice((*odd, name))] = b"\0" * rng.choice((10, 3 * 2**20))
    elif damage == 3 and members:
        members[rng.choice(odd)] = members.pop(name)
    elif damage == 4 and "recording.json" in members:
        members["recording.json"] = json_mutant(members["recording.json"], rng) if _is_json(members) else b"{"
    elif "store.db" in members:
        store = folder / "damaged.db"
        store.write_bytes(members["store.db"])
        if damage == 5:
            try:
                _damage_rows(store, rng)
            except sqlite3.Error:
                store.write_bytes(b"x")
        else:
            store.write_bytes(_binary(members["store.db"] or b"x", rng))
        members["store.db"] = store.read_bytes()


def _is_json(members: dict[str, bytes]) -> bool:
    try:
        json.loads(members["recording.json"])
    except (ValueError, RecursionError):
        return False
    return True


def _unpack(path: Path) -> None:
    import shutil

    folder = path.parent / "unpacked"
    shutil.rmtree(folder, ignore_errors=True)
    api.unpack_workspace(path, folder)
    ws = api.open_workspace(folder, create=True)
    api.list_threads(ws)
    api.recorded_as(folder)


def _read_keys(path: Path) -> None:
    from tui.shell.keymap import load_keymap

    load_keymap(lambda: ("review.freeze", "app.quit", "threads.new"), path)


def _read_state(path: Path) -> None:
    from tui.shell.state import load_memory, save_memory

    memory = load_memory(Path("/w"), path)
    save_memory(memory, Path("/w"), path)
    json.dumps(memory.place.filters).encode()
    memory.place.thread.encode()


def _read_corpus(path: Path) -> None:
    from model.data.cache import documents_hash
    from model.data.corpus_check import check_corpus
    from model.data.docred import documents_to_docred, read_docred
    from model.data.schema import LabelSchema

    documents = read_docred(path)
    json.dumps(check_corpus([("train", documents)]).to_dict(), ensure_ascii=False).encode()
    LabelSchema.from_documents(documents)
    documents_hash([documents])
    json.dumps(documents_to_docred(documents), ensure_ascii=False).encode()


def _read_input(path: Path) -> None:
    from model.data.prediction_input import read_documents

    for document in read_documents(path, "en_core_web_sm"):
        " ".join(document.words).encode()


@cache
def _pipeline() -> None:
    from model.data.prediction_input import load_pipeline

    load_pipeline("en_core_web_sm")


def _make_input(rng: random.Random, folder: Path) -> Path:
    _pipeline()  # takes seconds once
    path = folder / rng.choice(("in.json", "in.txt"))
    text = b"Ada was born in London. She wrote programs.\n---\n[1] A second document.\n"
    path.write_bytes(mutant(rng.choice((CORPUS, text)), rng)[:20_000])
    return path


def _make_card(rng: random.Random, folder: Path) -> Path:
    path = folder / "card.json"
    path.write_bytes(json_mutant(CARD, rng))
    return path


def _read_card(path: Path) -> None:
    from model.checkpoint import read_card
    from model.config import ModelConfig
    from model.data.schema import LabelSchema
    from model.thresholds.thresholds import ThresholdSet

    card = read_card(path.parent)
    ModelConfig.from_mapping(card["model"])
    LabelSchema.from_dict(card["labels"])
    ThresholdSet.from_dict(card["thresholds"])


def _read_artifacts(path: Path) -> None:
    from engine.artifacts.examples import read_examples
    from engine.artifacts.threshold_history import read_threshold_trace

    (read_examples if path.name.startswith("examples") else read_threshold_trace)(path)


def _make_artifact(rng: random.Random, folder: Path) -> Path:
    name, base = rng.choice((("examples.json", EXAMPLES), ("thresholds.json", HISTORY)))
    for other in ("examples.json", "thresholds.json"):
        (folder / other).unlink(missing_ok=True)
    (folder / name).write_bytes(json_mutant(base, rng))
    return folder / name


def _read_reports(path: Path) -> None:
    """Run a command that prints the file; the trial is one that only writes down, as the worker's store would."""
    from engine.objectives.command import CommandObjective

    told: list[str] = []

    def keep(*args: object, **kwargs: object) -> bool:
        told.append(json.dumps([args, kwargs], ensure_ascii=False, default=str))
        told[-1].encode()
        return True

    facts: dict[str, Any] = dict.fromkeys(("train_subset", "val_subset"), (0, 1))
    trial = SimpleNamespace(
        number=0, params={"lr": 0.1}, inactive=(), seed=0, max_epochs=5, run_to="epochs", epochs=5, scheduler=False,
        calibration_epochs=0, checkpoint=None, keep_checkpoint_at=(), open_test=False, device="cpu",
        run_dir=path.parent, report=keep, progress=keep, log=keep, finding=keep, opened_test=keep,
        stopping=lambda: False, **facts,
    )  # fmt: skip
    objective = CommandObjective(model={"command": f"cat {path}"}, data={}, base_dir=path.parent)
    objective.run(trial)  # type: ignore[arg-type]


def _make_words(rng: random.Random, folder: Path) -> list[str]:
    _workspace(folder / "cli-ws")
    return words_mutant(rng.choice(COMMANDS), rng)


def _run_words(words: list[str]) -> None:
    from engine.cli.main import main

    if {"start", "run", "resume", "auto", "queue"} & set(words):
        return
    try:
        status = main(["--workspace", str(Path.cwd() / "cli-ws"), *words])
    except OSError:  # what the system refuses is a sentence unless TRIMTAB_DEBUG is set, and no mistake of ours
        return
    if status not in (0, 1, 2, 130):
        raise AssertionError(f"exit status {status}")


def _make_typed(rng: random.Random, _folder: Path) -> str:
    return mutant(b"lr 1e-5..1e-2 log, layers 1..8, head linear|mlp|off|010", rng)[:3000].decode(errors="replace")


def _read_typed(text: str) -> None:
    from tui.new_thread.form import DEFAULTS, KINDS, TYPED, thread_text

    texts = {**DEFAULTS, "kind": KINDS[2], "name": "A", "objective": "m:C", "space": TYPED, "dimensions": text}
    api.parse_thread(thread_text(texts), "form", Path())


def _make_settings(rng: random.Random, _folder: Path) -> str:
    return mutant(b"lr=1e-4,flag=off,list=[1, 2]", rng)[:5000].decode(errors="replace")


def _read_settings(text: str) -> None:
    from model.thread_file import parse_settings

    json.dumps(parse_settings(text.split(",")), default=str)


SETTINGS: Sequence[tuple[str, bytes]] = (
    (
        "config.yaml",
        b"# a config\nlr: 0.1\nbase: &b {width: 8}\nloss:\n  gamma: 2  # kept\n  inner: *b\nlayers: [1, 2]\n",
    ),
    ("config.json", b'{"lr": 0.1, "loss": {"gamma": 2, "inner": [1, {"width": 8}]}, "layers": [1, 2]}'),
    (
        "config.toml",
        b"lr = 0.1\nlayers = [1, 2]\n[loss]\ngamma = 2 # kept\nat = 2024-11-02T10:00:00\n[[loss.more]]\na = 1\n",
    ),
    ("config.ini", b"[train]\nlr = 0.1\n# kept\nlayers: 2\n[loss]\ngamma=2\n"),
)


def _make_file_settings(rng: random.Random, folder: Path) -> Path:
    name, base = rng.choice(SETTINGS)
    path = folder / name
    path.write_bytes(json_mutant(base, rng) if name.endswith(".json") else mutant(base, rng))
    return path


def _read_file_settings(path: Path) -> None:
    from engine.objectives.file_settings import with_settings

    section = "train." if path.suffix == ".ini" else ""
    with_settings(path, {f"{section}lr": 0.5, "loss.gamma": 3}).encode()


SCRIPT = b"""\
import argparse
import sys
import hydra
from dataclasses import dataclass

LR = 1e-3
LAYERS = [1, 2]
params = {"lr": 0.1, "depth": 3}

@dataclass
class Config:
    width: int = 8
    name: str = "x"

@hydra.main(config_path="conf", config_name="config")
def main(cfg):
    print(f"epoch {1} loss {0.5:.3f}")

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=1e-3, help="rate")
parser.add_argument("--config", default="conf/config.yaml")
parser.add_argument("--opt", choices=["sgd", "adam"], default="sgd")
args = parser.parse_args()
if args.lr > 1: WD = 2 ** 3 * len("ab" * 4)
elif args.opt == "sgd": pass
for epoch in range(3):
    print("| end of epoch {:3d} | valid loss {:5.2f}".format(epoch, LR))
"""

HYDRA = b"""\
defaults: [_self_, {model: small}, {optional data: a}, override hydra/launcher: local]
lr: 1e-3
use_ema: off
optim: &o {name: adam, betas: [0.9, 0.999]}
other: {<<: *o, eps: 1e-8, path: "${data}/x"}
"""


def _make_script(rng: random.Random, folder: Path) -> Path:
    """A script, its configuration, and a group that names the configuration again."""
    conf = folder / "conf"
    (conf / "model").mkdir(parents=True, exist_ok=True)
    is_script_damaged = rng.random() < 0.5
    (conf / "config.yaml").write_bytes(HYDRA if is_script_damaged else mutant(HYDRA, rng))
    (conf / "model" / "small.yaml").write_bytes(b"defaults: [{..: config}, {../model: small}]\nwidth: 8\n")
    path = folder / "train.py"
    path.write_bytes(mutant(SCRIPT, rng) if is_script_damaged else SCRIPT)
    return path


def _read_script(path: Path) -> None:
    from engine.script_reader.draft import draft_thread

    draft_thread(path, folder=path.parent).text.encode()


def _read_constants(path: Path) -> None:
    from engine.objectives.command_options import read_script
    from engine.objectives.constants import with_constants

    with_constants(read_script(path), {"LR": 0.5, "params.depth": 2}, where=path.name)


METRICS: Sequence[tuple[str, str, bytes]] = (
    ("csv", "log.csv", b"epoch, score, lr\n0, 0.25, 1e-3\n1, 0.5, 1e-4\n2, 0.75, 1e-5\n"),
    ("jsonl", "log.jsonl", b'{"epoch": 0, "score": 0.25}\n{"epoch": 1, "score": 0.5, "eval": {"f1": 1}}\n'),
    (
        "trainer_state",
        "trainer_state.json",
        b'{"log_history": [{"epoch": 1.0, "score": 0.25, "step": 5}, {"epoch": 2.0, "score": 0.5, "step": 10}]}',
    ),
)


def _event_file() -> bytes:
    import struct

    from engine.metric_sources.event_file import masked_crc

    made = b""
    for step in range(3):
        value = b"\x0a\x05score" + b"\x15" + struct.pack("<f", step / 4)
        summary = b"\x0a" + bytes([len(value)]) + value
        event = b"\x10" + bytes([step]) + b"\x2a" + bytes([len(summary)]) + summary
        length = struct.pack("<Q", len(event))
        made += length + struct.pack("<I", masked_crc(length)) + event + struct.pack("<I", masked_crc(event))
    return made


def _make_metrics(rng: random.Random, folder: Path) -> Path:
    written = folder / "written"
    written.mkdir(exist_ok=True)
    for old in written.iterdir():
        old.unlink()
    if rng.random() < 0.25:
        path = written / "x.tfevents.1"
        path.write_bytes(_binary(_event_file(), rng))
        return path
    _, name, base = rng.choice(METRICS)
    path = written / name
    path.write_bytes(json_mutant(base, rng) if name.endswith(".json") else mutant(base, rng))
    return path


def _read_metrics(path: Path) -> None:
    from engine.metric_sources.reading import Place
    from engine.metric_sources.report_options import ReportOptions

    source = next((one for one, name, _ in METRICS if name == path.name), "tensorboard")
    report: dict[str, Any] = {source: str(path), "key": "score"}
    reader = ReportOptions.read(report).build(Place(folder=path.parent, run_dir=path.parent), metric="score")
    for is_final in (False, True):
        for reading in reader.read_files(is_final=is_final):
            str(reading).encode()
    " ".join(reader.near_misses()).encode()


def _make_reporter(rng: random.Random, folder: Path) -> Path:
    base = b'{"epoch": 0, "score": 0.25, "loss": 1}\n{"epoch": 1, "fraction": 0.5, "message": "half"}\n{"score": 1}\n'
    path = folder / "reports.jsonl"
    path.write_bytes(mutant(base, rng) + b"\n")
    return path


def _read_reporter(path: Path) -> None:
    from engine.objectives.reporter import FOLDER, REPORTS, Reporter

    trial: Any = SimpleNamespace(run_dir=path.parent / "trial", params={}, inactive=())
    reporter = Reporter(trial, {})
    (trial.run_dir / FOLDER / REPORTS).write_bytes(path.read_bytes())
    for reading in reporter.readings():
        str(reading).encode()


TARGETS: dict[str, Target] = {
    "thread-file": Target(_file("thread.yaml", (THREAD, COMMAND_THREAD, JSON_THREAD), _values_of_yaml), _read_thread),
    "model-thread": Target(
        _file("joint.yaml", (MODEL_THREAD,), _values_of_yaml), _read_model_thread, limit_memory=False
    ),
    "csv-import": Target(_file("trials.csv", (TABLE, TABLE, FOREIGN_TABLE), csv_mutant), _import),
    "json-import": Target(_make_export("json"), _import),
    "parquet-import": Target(_make_export("parquet"), _import, limit_memory=False),
    "optuna-import": Target(_make_study, _import),
    "key-map": Target(_file("keys.yaml", (KEYS,), _values_of_yaml), _read_keys),
    "state": Target(_file("state.json", (STATE,), json_mutant), _read_state),
    "recording": Target(_make_recording, _unpack),
    "corpus": Target(_file("corpus.json", (CORPUS,), json_mutant), _read_corpus, limit_memory=False),
    "predict-input": Target(_make_input, _read_input, limit_memory=False),
    "checkpoint-card": Target(_make_card, _read_card, limit_memory=False, names_file=False),
    "artifact": Target(_make_artifact, _read_artifacts),
    "report-lines": Target(_file("out.txt", (REPORTS,), mutant), _read_reports, names_file=False),
    "command-line": Target(_make_words, _run_words, names_file=False),
    "typed-space": Target(_make_typed, _read_typed, names_file=False),
    "file-settings": Target(_make_file_settings, _read_file_settings),
    "script": Target(_make_script, _read_script),
    "constants": Target(_file("train.py", (SCRIPT,), mutant), _read_constants),
    "metric-files": Target(_make_metrics, _read_metrics),
    "reporter-lines": Target(_make_reporter, _read_reporter, names_file=False),
    "settings": Target(_make_settings, _read_settings, names_file=False, limit_memory=False),
}
"""Every reader of files and words from outside."""
