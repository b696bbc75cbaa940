"""Readers of threads: thread files, spaces typed into the form, settings of the command line."""

import json
import random
from pathlib import Path

from reader_mutants import mutant
from reader_target import Target, damaged_file, yaml_mutant

from engine import api

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


def _read_thread(path: Path) -> None:
    spec = api.load_thread_file(path)
    json.dumps([dict(spec.model), dict(spec.data), dict(spec.stages), spec.space.to_dict()], allow_nan=False)
    for text in (spec.name, spec.notes, spec.metric, spec.command):
        text.encode()


def _read_model_thread(path: Path) -> None:
    from model.thread_file import read_thread_file

    read_thread_file(path).model_config({})


def _make_typed(rng: random.Random, _folder: Path) -> str:
    return mutant(b"lr 1e-5..1e-2 log, layers 1..8, head linear|mlp|off|010", rng)[:3000].decode(errors="replace")


def _read_typed(text: str) -> None:
    from tui.new_thread.form import DEFAULTS, TYPED, thread_text

    texts = {**DEFAULTS, "kind": "python class", "name": "A", "objective": "m:C", "space": TYPED, "dimensions": text}
    api.parse_thread(thread_text(texts), "form", Path())


def _make_settings(rng: random.Random, _folder: Path) -> str:
    return mutant(b"lr=1e-4,flag=off,list=[1, 2]", rng)[:5000].decode(errors="replace")


def _read_settings(text: str) -> None:
    from model.thread_file import parse_settings

    json.dumps(parse_settings(text.split(",")), default=str)


TARGETS: dict[str, Target] = {
    "thread-file": Target(
        damaged_file("thread.yaml", (THREAD, COMMAND_THREAD, JSON_THREAD), yaml_mutant), _read_thread
    ),
    "model-thread": Target(
        damaged_file("joint.yaml", (MODEL_THREAD,), yaml_mutant), _read_model_thread, limit_memory=False
    ),
    "typed-space": Target(_make_typed, _read_typed, names_file=False),
    "settings": Target(_make_settings, _read_settings, names_file=False, limit_memory=False),
}
