"""Some hundred damaged files for every reader; benchmarks/attack/readers.py tries ten thousand and more."""

import random
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "benchmarks" / "attack"))

from reader_targets import REFUSALS, TARGETS  # noqa: E402

N_MUTANTS = {"report-lines": 60, "command-line": 60, "optuna-import": 60, "predict-input": 60, "parquet-import": 100}
"""Of readers that start a process, or make a database or a table first."""


@pytest.mark.parametrize("name", TARGETS)
def test_a_damaged_file_is_read_or_refused_in_a_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIMTAB_DEBUG", "1")  # without the net that would catch what nobody thought of
    monkeypatch.chdir(tmp_path)
    target = TARGETS[name]
    n_read = 0
    for number in range(N_MUTANTS.get(name, 150)):
        made = target.make(random.Random(f"test:{name}:{number}"), tmp_path)
        try:
            target.read(made)
            n_read += 1
        except REFUSALS as refused:
            told = getattr(refused, "message", str(refused))
            assert not target.names_file or any(word in told for word in target.words_of(made)), told
    assert n_read, "some damage leaves a file readable, else only its first check is tried"


@pytest.mark.parametrize(
    ("name", "file", "base"),
    [(name, *base) for name, target in TARGETS.items() for base in getattr(target.make, "bases", ())],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_files_that_are_damaged_are_good(name: str, file: str, base: bytes, tmp_path: Path) -> None:
    path = tmp_path / file
    path.write_bytes(base)
    TARGETS[name].read(path)
