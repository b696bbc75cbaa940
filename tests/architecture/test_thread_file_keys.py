"""The engine and the model read the same thread files, though neither knows the other."""

from pathlib import Path

import pytest

from engine.sprint import thread_file
from model import thread_file as model_thread_file

ROOT = Path(__file__).resolve().parents[2]
FILES = [path for path in sorted((ROOT / "docs").rglob("*.yaml")) if "thread:" in path.read_text(encoding="utf-8")]


def test_both_know_the_same_keys() -> None:
    assert set(thread_file.KEYS) == set(model_thread_file.KEYS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_both_read_every_thread_file_of_the_documentation(path: Path) -> None:
    spec = thread_file.read_thread_file(path)
    read = model_thread_file.read_thread_file(path)
    assert set(read.data) == set(spec.data)
