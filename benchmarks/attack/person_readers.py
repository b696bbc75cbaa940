"""Readers of what a person keeps or types: key maps, the state of the interface, command lines."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

from reader_mutants import json_mutant, words_mutant
from reader_target import Target, damaged_file, yaml_mutant
from store_readers import workspace_with_sprint

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


def _read_keys(path: Path) -> None:
    from tui.shell.keymap import load_keymap

    load_keymap(lambda: ("review.freeze", "app.quit", "threads.new"), path)


def _read_state(path: Path) -> None:
    from tui.shell.state import load_memory, save_memory

    memory = load_memory(Path("/w"), path)
    save_memory(memory, Path("/w"), path)
    json.dumps(memory.place.filters).encode()
    memory.place.thread.encode()


def _make_words(rng: random.Random, folder: Path) -> list[str]:
    workspace_with_sprint(folder / "cli-ws")
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


TARGETS: dict[str, Target] = {
    "key-map": Target(damaged_file("keys.yaml", (KEYS,), yaml_mutant), _read_keys),
    "state": Target(damaged_file("state.json", (STATE,), json_mutant), _read_state),
    "command-line": Target(_make_words, _run_words, names_file=False),
}
