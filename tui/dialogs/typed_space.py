"""A space typed in one line: ``lr 1e-5..1e-2 log, width 64..512 step 64, size s|m|l order, head linear|mlp|null``."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine import api

EXAMPLE = "lr 1e-5..1e-2 log, width 64..512 step 64, size s|m|l order"
"""What is shown where nothing is typed."""

BOUNDS = re.compile(r"(?P<low>[-+.\w]+?)\s*(?:\.\.+|…|\bto\b)\s*(?P<high>[-+.\w]+)(?P<words>[-+.\w\s]*)")
DIMENSION = re.compile(
    r"(?P<name>[A-Za-z_]\w*)\s*[:=]?\s+(?P<rest>\S.*)|(?P<name2>[A-Za-z_]\w*)\s*[:=]\s*(?P<rest2>\S.*)"
)
HELD = re.compile(r"'[^']*'|\"[^\"]*\"|\[[^\[\]]*\]")
"""Quoted text and lists, whose signs part nothing."""

WORDS = ("log", "int", "float", "step")
"""What may stand behind bounds; a number follows ``step``."""


class SpaceError(ValueError):
    """What was typed makes no space; the text says what to write."""


def typed_dimensions(text: str) -> dict[str, dict[str, Any]]:
    """Dimensions as a thread file has them, by name.

    Raises:
        SpaceError: Saying what cannot be read.
    """
    found: dict[str, dict[str, Any]] = {}
    for part in _parts(text, ",;"):
        match = DIMENSION.fullmatch(part)
        if match is None:
            raise SpaceError(f"{part!r} has no range; write lr 1e-5..1e-2 log, head a|b")
        name, rest = match["name"] or match["name2"], (match["rest"] or match["rest2"]).strip()
        if name in found:
            raise SpaceError(f"{name} is defined twice")
        found[name] = _dimension(name, rest)
    if not found:
        raise SpaceError(EXAMPLE)
    return found


def dimension_words(name: str, plain: Mapping[str, Any]) -> str:
    """A dimension as it is typed, the opposite of `typed_dimensions`."""
    if plain["type"] == "categorical":
        choices = "|".join(_choice(one) for one in plain["choices"])
        return f"{name} {choices}{' order' if plain.get('order') else ''}"
    low, high = (api.whole_text(plain[end]) for end in ("low", "high"))
    words = [f"{name} {low}..{high}"]
    is_whole = all(re.fullmatch(r"[-+]?\d+", one) for one in (low, high))
    if plain["type"] == "int" and plain.get("log"):
        words.append("int")
    if plain["type"] == "float" and is_whole and not plain.get("log"):
        words.append("float")
    words += ["log"] if plain.get("log") else []
    words += [f"step {api.whole_text(plain['step'])}"] if plain.get("step") is not None else []
    return " ".join(words)


def typed_choices(text: str) -> list[Any]:
    """Categories with ``|`` between them, as YAML reads each.

    Raises:
        SpaceError: For one that cannot be read.
    """
    return [_scalar(one) for one in _parts(text, "|")]


def _dimension(name: str, text: str) -> dict[str, Any]:
    if "|" in HELD.sub("", text):
        bare, order, _ = text.rpartition(" order")
        ordered = bool(order) and text.endswith(" order")
        plain: dict[str, Any] = {"type": "categorical", "choices": typed_choices(bare if ordered else text)}
        return plain | ({"order": True} if ordered else {})
    match = BOUNDS.fullmatch(text)
    if match is None:
        raise SpaceError(f"{name}: {text!r} is not a range; write low..high or a|b")
    words = match["words"].split()
    step = _step(name, words)
    if unknown := [word for word in words if word not in WORDS]:
        raise SpaceError(f"{name}: {unknown[0]!r} is none of {', '.join(WORDS)}")
    try:
        low, high = float(match["low"]), float(match["high"])
    except ValueError:
        raise SpaceError(f"{name}: numbers are needed, got {match['low']} and {match['high']}") from None
    whole = all(re.fullmatch(r"[-+]?\d+", one) for one in (match["low"], match["high"], step or "1"))
    is_int = "int" in words or (whole and "float" not in words and "log" not in words)
    plain = {"type": "int", "low": int(low), "high": int(high)} if is_int else {"type": "float"}
    if not is_int:
        plain |= {"low": low, "high": high}
    if step:
        plain["step"] = int(step) if is_int and step.isdigit() else float(step)
    return plain | ({"log": True} if "log" in words else {})


def _step(name: str, words: list[str]) -> str:
    """The number behind ``step``, taken out of the words; empty where there is none."""
    if "step" not in words:
        return ""
    at = words.index("step")
    given = words[at + 1] if at + 1 < len(words) else ""
    try:
        float(given)
    except ValueError:
        raise SpaceError(f"{name}: step needs a number, got {given!r}") from None
    del words[at + 1]
    return given


def _parts(text: str, signs: str) -> Iterator[str]:
    """The parts between signs that stand outside quotes and brackets."""
    held = HELD.sub(lambda match: match[0].translate({ord(sign): 0xE000 + at for at, sign in enumerate(",;|")}), text)
    for part in re.split(f"[{re.escape(signs)}]", held):
        whole = part.translate({0xE000 + at: sign for at, sign in enumerate(",;|")}).strip()
        if whole:
            yield whole


def _scalar(text: str) -> object:
    """A category as YAML reads it: a number, true, false, null, a list, else text, with or without quotes."""
    try:
        quoted = text[:1] in ("'", '"', "[")
        value = api.read_value(text, "text", api.EngineError) if quoted else api.core_scalar(text)
    except (api.EngineError, ValueError) as error:
        raise SpaceError(str(error.args[0])) from None
    return value if value is None or isinstance(value, bool | int | float | str | list) else text


def _choice(value: object) -> str:
    """A category as it is typed: quoted where the bare word would mean something else or part the line."""
    if not isinstance(value, str):
        return api.flow_text(value)
    is_plain = not re.search(r"[,;|'\"\[\]]", value) and value.strip() == value and not value.endswith(" order")
    return value if is_plain and _scalar(value) == value else json.dumps(value, ensure_ascii=False)
