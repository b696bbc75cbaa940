"""Sources that read files: only this trial's, as they grow; event files without TensorFlow; refusals that help."""

import json
import os
import struct
import time
from pathlib import Path
from typing import Any

import pytest

from engine.errors import EngineError
from engine.metric_sources import tensorboard
from engine.metric_sources.event_file import masked_crc
from engine.metric_sources.reading import MetricSource, Place
from engine.metric_sources.registry import SOURCES, build_source
from engine.metric_sources.report_options import ReportOptions


def source_in(folder: Path, report: Any, metric: str = "score", **place: Any) -> MetricSource:
    return ReportOptions.read(report, metric=metric).build(Place(folder=folder, run_dir=folder, **place), metric=metric)


def scores(source: MetricSource, *, is_final: bool = False) -> list[float | None]:
    return [reading.score for reading in source.read_files(is_final=is_final) if reading.score is not None]


def varint(value: int) -> bytes:
    parts = b""
    value %= 2**64
    while value >= 0x80:
        parts += bytes([value & 0x7F | 0x80])
        value >>= 7
    return parts + bytes([value])


def packed(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def event(tag: str, step: int, value: bytes) -> bytes:
    """A record as TensorBoard's writer writes it; ``value`` is the encoded field of a summary's value."""
    message = varint(1 << 3 | 1) + struct.pack("<d", 1.5) + varint(2 << 3) + varint(step)
    message += packed(5, packed(1, packed(1, tag.encode()) + value))
    length = struct.pack("<Q", len(message))
    return length + struct.pack("<I", masked_crc(length)) + message + struct.pack("<I", masked_crc(message))


def simple(value: float) -> bytes:
    return varint(2 << 3 | 5) + struct.pack("<f", value)


def tensor(value: float) -> bytes:
    """A scalar as TensorFlow 2 and Keras write it: dtype float, no dimensions, its content as bytes."""
    return packed(8, varint(1 << 3) + varint(1) + packed(2, b"") + packed(4, struct.pack("<f", value)))


def test_a_table_is_read_as_it_grows_and_a_row_that_is_being_written_waits(tmp_path: Path) -> None:
    source, table = source_in(tmp_path, {"csv": "m.csv", "key": "acc"}), tmp_path / "m.csv"
    assert scores(source) == []
    table.write_text("epoch,acc\n1,0.1\n2,0.2")
    assert scores(source) == [0.1]
    table.write_text("epoch,acc,more\n1,0.1,\n2,0.25,\n3,0.3,5\n")  # rewritten with another column, as Lightning does
    assert scores(source) == [0.25, 0.3]
    assert scores(source, is_final=True) == []


def test_a_file_from_before_the_trial_is_not_the_trials(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("epoch,acc\n1,0.9\n")
    os.utime(tmp_path / "m.csv", (time.time() - 3600,) * 2)
    source = source_in(tmp_path, {"csv": "*.csv", "key": "acc"}, started_at=time.time())
    assert scores(source, is_final=True) == []
    assert source.near_misses() == [f"{tmp_path / 'm.csv'} is older than this trial"]


def test_several_tables_of_one_trial_are_refused_for_one_may_be_anothers(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("epoch,acc\n1,0.9\n")
    with pytest.raises(EngineError, match=r"csv must match one file a trial, .* matched 2: .*a\.csv") as caught:
        source_in(tmp_path, {"csv": "*.csv", "key": "acc"}).read_files(is_final=True)
    assert "isolated: true" in caught.value.hint


def test_a_file_name_may_hold_run_dir_and_hyperparameters_and_signs_of_a_glob(tmp_path: Path) -> None:
    folder = tmp_path / "run [1]"
    folder.mkdir()
    (folder / "w64.jsonl").write_text('{"epoch": 1, "acc": 0.5}\n')
    place = Place(folder=tmp_path, run_dir=folder, names={"width": 64})
    source = ReportOptions.read({"jsonl": "{run_dir}/w{width}.jsonl", "key": "acc"}).build(place, metric="score")
    assert scores(source, is_final=True) == [0.5]
    with pytest.raises(EngineError, match="braces, got 'heigth'"):
        ReportOptions.read({"jsonl": "{heigth}.jsonl"}, names={"height": 1})


def test_the_newest_trainer_state_has_the_history_of_all(tmp_path: Path) -> None:
    source = source_in(tmp_path, {"trainer_state": "out", "key": "eval_f1"})
    history = []
    for epoch in (1, 2):
        history.append({"eval_f1": epoch / 10, "epoch": float(epoch)})
        folder = tmp_path / "out" / f"checkpoint-{epoch}"
        folder.mkdir(parents=True)
        (folder / "trainer_state.json").write_text(json.dumps({"log_history": history}))
        assert scores(source) == [epoch / 10]


@pytest.mark.parametrize("encoded", [simple, tensor])
def test_event_files_are_read_without_tensorflow_as_they_grow(tmp_path: Path, encoded: Any) -> None:
    source, file = (
        source_in(tmp_path, {"tensorboard": "logs", "key": "val/acc"}),
        tmp_path / "logs" / "events.out.tfevents.1",
    )
    file.parent.mkdir()
    whole = event("loss", 1, encoded(9.0)) + event("val/acc", 10, encoded(0.25)) + event("val/acc", 20, encoded(0.5))
    file.write_bytes(whole[:-7])
    assert scores(source) == [0.25]
    file.write_bytes(whole)
    [reading] = source.read_files(is_final=True)
    assert (reading.score, reading.step) == (0.5, 20)


def test_a_tag_that_two_folders_have_needs_its_folder(tmp_path: Path) -> None:
    for folder, value in (("train", 0.9), ("validation", 0.5)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "events.out.tfevents.1").write_bytes(event("epoch_accuracy", 0, tensor(value)))
    with pytest.raises(EngineError, match="one folder, got train/epoch_accuracy, validation/epoch_accuracy"):
        source_in(tmp_path, {"tensorboard": ".", "key": "epoch_accuracy"}).read_files(is_final=True)
    source = source_in(tmp_path, {"tensorboard": ".", "key": "validation/epoch_accuracy"})
    assert scores(source, is_final=True) == [0.5]


def test_tags_that_there_are_are_named_and_other_files_refused(tmp_path: Path) -> None:
    file = tmp_path / "events.out.tfevents.1"
    file.write_bytes(event("accuracy", 1, simple(0.5)))
    source = source_in(tmp_path, {"tensorboard": ".", "key": "acc"})
    assert scores(source, is_final=True) == []
    assert source.near_misses() == [f"the event files have the tags {tmp_path.name}/accuracy"]
    file.write_bytes(b"not an event file at all")
    with pytest.raises(EngineError, match="must match event files"):
        source_in(tmp_path, {"tensorboard": ".", "key": "acc"}).read_files(is_final=True)


@pytest.mark.parametrize(
    ("report", "message"),
    [
        ({"regex": "acc=(.*)"}, "regex must have a group named score"),
        ({"regex": "acc=(?P<score>"}, "regex must be a regular expression"),
        ({"regx": "x"}, "unknown key 'regx'"),
        ({"regex": "(?P<score>x)", "csv": "m.csv"}, "one source, got regex and csv"),
        ({"regex": "(?P<score>x)", "colums": 1}, "unknown key 'colums'"),
        ({"json": True, "take": "max"}, "take must be last or best or mean, got 'max'"),
        ({"json": True, "every": 0}, "every must be a whole number, 1 or more, got 0"),
        ({"json": True, "from": -1}, "from must be a whole number, 0 or more"),
        ({"csv": ""}, "csv must name a file or a glob"),
        ({"csv": "m.csv", "columns": {"scor": "acc"}}, "unknown key 'scor'"),
        ({"tensorboard": "logs"}, "tensorboard needs the tag"),
        ("regexp", "unknown key 'regexp'"),
        (["json"], "report must be a mapping"),
    ],
)
def test_a_report_that_cannot_be_meant_is_refused(report: Any, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        ReportOptions.read(report)


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_finds_nothing_where_nothing_is_and_says_what_it_needs(name: str, tmp_path: Path) -> None:
    value = {"json": True, "return": True, "regex": "(?P<score>x)"}.get(name, "nowhere.json")
    source = source_in(tmp_path, {name: value, "key": "score"})
    assert list(source.read_line("", "out")) == []
    assert list(source.read_files(is_final=True)) == []
    assert source.needs
    assert all(isinstance(text, str) for text in source.near_misses())


def test_an_unknown_source_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no metric source 'mlflow'"):
        build_source("mlflow", None, None)  # type: ignore[arg-type]


def test_a_package_of_its_own_adds_a_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "stars-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: stars\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[trimtab.metric_sources]\nstars = stars_source:Stars\n")
    (tmp_path / "stars_source.py").write_text(
        "from engine.metric_sources.reading import Reading\n"
        "class Stars:\n"
        "    needs = 'print stars'\n"
        "    def __init__(self, options, place): self.sign = options.value\n"
        "    def read_line(self, line, stream): return [Reading(score=line.count(self.sign))]\n"
        "    def read_files(self, *, is_final): return []\n"
        "    def near_misses(self): return []\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    source = source_in(tmp_path, {"stars": "*"})
    assert [reading.score for reading in source.read_line("***", "out")] == [3]


def test_an_event_file_is_read_in_pieces_also_when_a_record_is_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tensorboard, "LEAST_BYTES", 16)
    source = source_in(tmp_path, {"tensorboard": ".", "key": "acc"})
    (tmp_path / "events.out.tfevents.1").write_bytes(b"".join(event("acc", n, simple(n / 4)) for n in range(20)))
    assert scores(source) == [n / 4 for n in range(20)]
    assert scores(source) == []


def test_a_table_with_a_cell_of_a_megabyte_is_refused_in_a_sentence(tmp_path: Path) -> None:
    source = source_in(tmp_path, {"csv": "log.csv"})
    (tmp_path / "log.csv").write_text("epoch,score\n0," + "1" * 2**20 + "\n")
    with pytest.raises(EngineError, match="csv must match a table"):
        source.read_files(is_final=False)
