"""YAML 1.2: what words mean, merge keys, lines, and the limits that no file passes."""

import copy
import math
import threading
from pathlib import Path

import pytest
import yaml

from engine.boundary.yaml_text import MOST_CHARACTERS, MOST_DEPTH, read_value, read_yaml
from engine.boundary.yaml_words import core_scalar
from engine.errors import EngineError


@pytest.fixture(params=["C scanner", "Python scanner"], autouse=True)
def scanner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test with both scanners of PyYAML: not every installation has the one in C."""
    if request.param == "Python scanner":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)


def refusal(text: str) -> str:
    with pytest.raises(EngineError) as error:
        read_yaml(text, "t.yaml", EngineError)
    return str(error.value)


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        *[(word, word) for word in ("off", "no", "on", "yes", "y", "Off", "NO", "1:30", "12:30:45", "0b11", "1_000")],
        *[("010", 10), ("0o10", 8), ("0x1F", 31), ("-7", -7), ("+3", 3), ("0", 0)],
        *[("1e-6", 1e-6), ("1E3", 1000.0), (".5", 0.5), ("1.", 1.0), ("-2.5e+3", -2500.0), ("-.inf", -math.inf)],
        *[("true", True), ("False", False), ("null", None), ("~", None), ("", None), ("nan", "nan"), ("inf", "inf")],
        *[("2024-11-30", "2024-11-30"), ("=", "="), ("tRuE", "tRuE"), ("0o9", "0o9"), ("--1", "--1")],
    ],
)  # fmt: skip
def test_a_word_means_what_yaml_1_2_says(word: str, meaning: object) -> None:
    value = read_yaml(f"a: {word}\n", "t.yaml", EngineError).plain["a"]
    assert value == meaning
    assert type(value) is type(meaning)


def test_nan_is_a_number_and_quoted_words_are_text() -> None:
    plain = read_yaml("{a: .NaN, b: '010', c: \"off\", d: !!str 3, e: ! 1.5, f: !!float 1}", "t", EngineError).plain
    assert math.isnan(plain["a"])
    assert [plain[key] for key in "bcdef"] == ["010", "off", "3", "1.5", 1.0]
    assert type(plain["f"]) is float


def test_own_keys_win_over_merged_ones_wherever_the_merge_stands() -> None:
    text = (
        "base: &b {low: 0, high: 1, log: true}\nx: {<<: *b, high: 2}\ny: {high: 2, <<: *b}\nz:\n  high: 3\n  <<: [*b]\n"
    )
    plain = read_yaml(text, "t", EngineError).plain
    assert plain["x"] == plain["y"] == {"low": 0, "high": 2, "log": True}
    assert plain["z"] == {"low": 0, "high": 3, "log": True}


def test_of_several_merged_mappings_the_first_that_has_a_key_wins() -> None:
    text = "a: &a {k: 1, m: 1}\nb: &b {k: 2, n: 2}\nc: {<<: [*a, *b]}\nd: {<<: *a, <<: *b}\n"
    plain = read_yaml(text, "t", EngineError).plain
    assert plain["c"] == plain["d"] == {"k": 1, "m": 1, "n": 2}


def test_an_alias_is_a_copy_so_that_a_change_of_one_is_no_change_of_the_other() -> None:
    plain = copy.copy(dict(read_yaml("a: &a [1]\nb: *a\n", "t", EngineError).plain))
    plain["b"].append(2)
    assert plain["a"] == [1]


def test_every_key_knows_its_line_merged_and_aliased_ones_included() -> None:
    text = "space:\n  a: &x\n    low: 0\n    high: 1\n  b:\n    <<: *x\n    high: 2\n  c: *x\n"
    lines = read_yaml(text, "t", EngineError).lines
    assert lines["space", "b", "low"] == 3
    assert lines["space", "b", "high"] == 7
    assert lines["space", "c"] == 8
    assert lines["space", "c", "high"] == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: &m {self: *m}\n", "t.yaml, line 2: *m must stand outside what &m names"),
        ("a: 1\nb: *x\n", "t.yaml, line 2: *x must name an anchor before it, got no &x"),
        ("a: 1\nb: 2024-13-45\n", "t.yaml, line 2: a date must be one of the calendar, got 2024-13-45: month must be"),
        ("a: 2024-02-30T10:00:00Z\n", "t.yaml, line 1: a date must be one of the calendar"),
        ("a: 1\na: 2\n", "t.yaml, line 2: 'a' is given twice"),
        ("a: {<<: 3}\n", "t.yaml, line 1: << must name a mapping or a list of mappings, got 3"),
        ("a: {<<: [3]}\n", "t.yaml, line 1: << must name a mapping or a list of mappings, got a list"),
        ("? [1]\n: 2\n", "t.yaml, line 1: a key must be a word, got a list"),
        ("a: !!python/object:os.system x\n", "t.yaml, line 1: a value must be of YAML's own types"),
        ("a: !!int x\n", "t.yaml, line 1: !!int must stand before a value of that type, got 'x'"),
        (f"a: {'9' * 5000}\n", "t.yaml, line 1: a whole number must have at most 400 digits, got 5000"),
        ("a: 1e999\n", "t.yaml, line 1: a number must be below 1.8e308, got 1e999"),
        ("a: 1\n---\nb: 2\n", "t.yaml, line 2: one document is needed, got another one after ---"),
        ("- 1\n", "t.yaml, line 1: a mapping of keys is needed at the top, got a list"),
        ("", "t.yaml, line 1: a mapping of keys is needed at the top, got None"),
        ("a: 1\nb: \ud83d\n", "t.yaml, line 2: text must consist of whole characters, got half of one (U+D83D)"),
        ('a: "\\0"\n', "t.yaml, line 1: text must hold no control characters, got U+0000"),
        ("a: 1\nb: \x07\n", "t.yaml, line 2: text must hold no control characters, got U+0007"),
        ("a: 1\nb: [\n", "t.yaml, line 3: not readable as YAML"),
    ],
)
def test_what_cannot_be_is_told_with_its_line(text: str, message: str) -> None:
    assert message in refusal(text)


def bomb() -> str:
    rows = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    return "\n".join(["a0: &a0 [x, x, x, x, x, x, x, x, x]", *rows])


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (bomb(), "at most 50,000 values, those of aliases included"),
        ("a: " + "[" * 60, "nest"),
        ("".join(f"{' ' * n}a:\n" for n in range(200)), f"at most {MOST_DEPTH} deep"),
        ("a: " + "x" * MOST_CHARACTERS, "must have at most 262,144 characters"),
        ("b: [" + "1," * 60_000 + "1]", "at most 50,000 values"),
    ],
    ids=["aliases", "flow depth", "block depth", "characters", "values"],
)
def test_no_file_passes_a_limit(text: str, limit: str) -> None:
    assert limit in refusal(text)


def test_deep_values_are_refused_in_a_thread_with_a_small_stack_too() -> None:
    told: list[str] = []
    threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=lambda: told.append(refusal("a: " + "{a: " * 30_000)))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(0)
    assert "deep" in told[0]


def test_a_value_alone_may_be_of_any_kind() -> None:
    assert read_value("[off, 010]", "typed", EngineError) == ["off", 10]
    assert read_value("no", "typed", EngineError) == "no"
    assert core_scalar("1e5") == 1e5


def test_a_file_with_comments_only_is_told_as_empty(tmp_path: Path) -> None:
    assert "got None" in refusal("# nothing\n")
