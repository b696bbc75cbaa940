"""Readers of scripts: drafts, constants, configurations, metric files, lines that a command prints."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from reader_mutants import json_mutant, mutant
from reader_target import Target, binary_mutant, damaged_file

REPORTS = b"""\
loading
{"epoch": 1, "fraction": 0.5, "message": "half"}
{"epoch": 1, "score": 0.25, "loss": 1.5, "phase": "train"}
INFO {"epoch": 2, "score": 0.5, "lr": 1e-4}
{"epoch": 3, "score": null}
{"epoch": 4, "score": 0.75, "phase": "calibration"}
"""


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
        path.write_bytes(binary_mutant(_event_file(), rng))
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
    "report-lines": Target(damaged_file("out.txt", (REPORTS,), mutant), _read_reports, names_file=False),
    "file-settings": Target(_make_file_settings, _read_file_settings),
    "script": Target(_make_script, _read_script),
    "constants": Target(damaged_file("train.py", (SCRIPT,), mutant), _read_constants),
    "metric-files": Target(_make_metrics, _read_metrics),
    "reporter-lines": Target(_make_reporter, _read_reporter, names_file=False),
}
