"""Values written as YAML are read as they were, and a changed file keeps what a person wrote around its values."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from engine.boundary.yaml_text import read_value, read_yaml
from engine.boundary.yaml_writing import flow_text, with_values
from engine.errors import EngineError

WORDS = (
    "off",
    "no",
    "010",
    "0o10",
    "1e-6",
    "1:30",
    "1_000",
    "0x1f",
    "2024-13-45",
    "2024-01-01",
    "~",
    "",
    "=",
    "<<",
    "é",
)

FILE = """\
# mine
thread: A   # the name
model: {type: JointMRC,  encoder: minilm}   # keep
space:
  lr:   {type: float, low: 1e-5, high: 1e-3}   # a source

  # the head
  head:
    type: categorical
    choices: [off, 'on']
# the end
stages:
notes: 'it''s'
"""


@pytest.mark.parametrize("word", WORDS)
def test_text_is_read_back_as_text_by_either_version_of_yaml(word: str) -> None:
    assert read_value(flow_text([word]), "f", EngineError) == [word]
    assert yaml.safe_load(flow_text([word])) == [word]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab1", min_size=1), inner, max_size=3),
        max_leaves=8,
    )
)  # fmt: skip
def test_what_is_written_is_read_back(value: object) -> None:
    assert read_value(flow_text(value), "f", EngineError) == value


def changed(changes: dict[tuple[str, ...], object]) -> str:
    return with_values(FILE, changes, "f", EngineError)


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (("thread",), "B", "thread: A   # the name", "thread: B   # the name"),
        (("model", "encoder"), "tiny", "encoder: minilm}   # keep", "encoder: tiny}   # keep"),
        (("model", "pos"), True, "minilm}   # keep", "minilm, pos: true}   # keep"),
        (("space", "lr", "low"), 1e-6, "low: 1e-5, high", "low: 1.0e-06, high"),
        (("stages",), {"1E": {"n_trials": 3}}, "stages:\n", "stages: {1E: {n_trials: 3}}\n"),
        (("stages", "1E", "n_trials"), 3, "stages:\n", "stages: {1E: {n_trials: 3}}\n"),
        (("notes",), "off", "'it''s'", "'off'"),
        (("data",), {"train": "t.json"}, "'it''s'\n", "'it''s'\ndata: {train: t.json}\n"),
        (("space", "head", "note"), "x", "[off, 'on']\n", "[off, 'on']\n    note: x\n"),
    ],
)
def test_a_change_touches_nothing_else(path: tuple[str, ...], value: object, old: str, new: str) -> None:
    assert changed({path: value}) == FILE.replace(old, new)


def test_several_changes_stand_together_and_a_block_may_be_replaced() -> None:
    text = changed({("space", "head"): {"type": "int", "low": 1, "high": 2}, ("thread",): "B", ("space", "wd"): None})
    assert "# a source" in text
    assert "# the end" in text
    plain = read_yaml(text, "f", EngineError).plain
    assert list(plain["space"]) == ["lr", "head", "wd"]
    assert plain["space"]["head"] == {"type": "int", "low": 1, "high": 2}


def test_a_value_that_an_alias_shares_is_not_changed_behind_ones_back() -> None:
    with pytest.raises(EngineError, match=r"a\.b\.low must stand in the file as values of their own"):
        with_values("x: &x {low: 0}\na: {b: *x}\n", {("a", "b", "low"): 1}, "f", EngineError)
