"""YAML 1.2 as people write it: ``off`` is text, ``010`` is ten, ``1e-6`` is a number, and every key knows its line.

PyYAML scans the text and hands over events; the values are made here, by the core schema of YAML 1.2 (section 10.3),
because PyYAML's own values are those of YAML 1.1 and know neither lines nor limits. docs/decisions.md says why not
ruamel.yaml. Merge keys (``<<``) are kept from YAML 1.1: the keys written beside one win over merged ones.
"""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from model.boundary.refusal import Refusal
from model.boundary.yaml_words import core_scalar

MOST_CHARACTERS = 2**18
"""A thread file of a hundred hyperparameters has 10,000; PyYAML without its C part reads this many in some seconds."""

MOST_DEPTH = 32
"""Levels of nesting; thread files have five."""

MOST_VALUES = 50_000
"""Values of a file, what aliases stand for included: nine aliases in nine lines can stand for a billion."""

NO_CHARACTER = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What may not stand in YAML as it is: control characters and halves of characters."""

TAG = "tag:yaml.org,2002:"

Path = tuple[str, ...]
"""Keys from the top of a file to a value; places in a list are keys, too."""


@dataclass(frozen=True, slots=True)
class YamlText:
    """A read file.

    Attributes:
        plain: Its content, a mapping.
        lines: Line (from 1) of every key by its path, as in ``("space", "lr", "low")``.
    """

    plain: Mapping[str, Any]
    lines: Mapping[Path, int]


def read_yaml(text: str, source: str, refusal: Refusal) -> YamlText:
    """Read a mapping.

    Args:
        text: Of the file.
        source: Its name, for errors.
        refusal: The exception of who reads.

    Raises:
        Exception: The refusal, with the line, for text that is no YAML, no mapping, gives a key twice, or passes a
            limit.
    """
    value, lines = _Composer(text, source, refusal).read()
    if not isinstance(value, dict):
        raise refusal(f"{source}, line 1: a mapping of keys is needed at the top, got {_shown(value)}", "")
    return YamlText(value, lines)


def read_value(text: str, source: str, refusal: Refusal) -> Any:
    """Read one value of any kind, such as what a person typed for a hyperparameter.

    Raises:
        Exception: The refusal, as of `read_yaml`.
    """
    return _Composer(text, source, refusal).read()[0]


@dataclass(slots=True)
class _Node:
    """A value being made: how many values it stands for, and the lines of the keys inside it by relative path."""

    value: Any
    size: int = 1
    lines: dict[Path, int] = field(default_factory=dict)
    is_merge_key: bool = False


class _Composer:
    """Makes values of PyYAML's events."""

    def __init__(self, text: str, source: str, refusal: Refusal) -> None:
        self._text, self._source, self._refuse = text, source, refusal
        self._anchors: dict[str, _Node | None] = {}  # None while the anchored value is being made
        self._n_values = 0
        self._events: Iterator[Any] = iter(())

    def read(self) -> tuple[Any, dict[Path, int]]:
        import yaml

        self._check_text()
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._events = yaml.parse(self._text, Loader=loader)
        try:
            next(self._events)  # of the stream
            node = _Node(None)
            if type(event := next(self._events)) is yaml.DocumentStartEvent:
                node = self._node(next(self._events), 0)
                next(self._events)  # the document's end
                event = next(self._events)
            if type(event) is yaml.DocumentStartEvent:
                raise self._refusal(event, "one document is needed, got another one after ---")
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
            last = self._text.count("\n")
            where = f"{self._source}, line {min(mark.line, last) + 1}" if mark else self._source
            what = getattr(error, "problem", None) or str(error).splitlines()[0]
            raise self._refuse(f"{where}: not readable as YAML: {what}", "") from error
        return node.value, node.lines

    def _check_text(self) -> None:
        """Refuse what no scanner should see: too much text, or characters that are none."""
        if len(self._text) > MOST_CHARACTERS:
            raise self._refuse(f"{self._source} must have at most {MOST_CHARACTERS:,} characters", "")
        if match := NO_CHARACTER.search(self._text):
            line = self._text.count("\n", 0, match.start()) + 1
            raise self._refuse(f"{self._source}, line {line}: {_odd_character(match.group())}", "")

    def _node(self, event: Any, depth: int) -> _Node:
        import yaml

        if depth > MOST_DEPTH:
            raise self._refusal(event, f"values must be nested at most {MOST_DEPTH} deep")
        if type(event) is yaml.AliasEvent:
            node = self._alias(event)
        else:
            if event.anchor is not None:
                self._anchors[event.anchor] = None
            if type(event) is yaml.ScalarEvent:
                node = self._scalar(event)
            elif type(event) is yaml.SequenceStartEvent:
                node = self._sequence(event, depth)
            else:
                node = self._mapping(event, depth)
            self._count(event, 1)
            if event.anchor is not None:
                self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Any) -> _Node:
        if event.anchor not in self._anchors:
            raise self._refusal(event, f"*{event.anchor} must name an anchor before it, got no &{event.anchor}")
        anchored = self._anchors[event.anchor]
        if anchored is None:
            raise self._refusal(event, f"*{event.anchor} must stand outside what &{event.anchor} names")
        self._count(event, anchored.size)
        return _Node(copy.deepcopy(anchored.value), anchored.size, anchored.lines)

    def _scalar(self, event: Any) -> _Node:
        text = event.value
        if odd := re.search(r"[\ud800-\udfff\0]", text):  # spelled by an escape
            raise self._refusal(event, _odd_character(odd.group()))
        is_plain = not event.style
        tag = event.tag.removeprefix(TAG) if event.tag else ""
        if tag == "merge" or (not tag and is_plain and text == "<<"):
            return _Node("<<", is_merge_key=True)
        if tag in ("!", "str") or (not tag and not is_plain):
            return _Node(text)
        try:
            value = core_scalar(text)
        except ValueError as error:
            raise self._refusal(event, *map(str, error.args)) from None
        if tag:
            return _Node(self._tagged(event, tag, text, value))
        return _Node(value)

    def _tagged(self, event: Any, tag: str, text: str, value: Any) -> Any:
        """A scalar whose type is written before it, as in ``!!float 1``."""
        if tag == "float" and type(value) is int:
            value = float(value)
        kinds = {"null": type(None), "bool": bool, "int": int, "float": float}
        if tag not in kinds:
            raise self._refusal(event, f"a value must be of YAML's own types, got the tag {event.tag[:80]!r}")
        if type(value) is not kinds[tag]:
            raise self._refusal(event, f"!!{tag} must stand before a value of that type, got {text[:80]!r}")
        return value

    def _sequence(self, event: Any, depth: int) -> _Node:
        import yaml

        self._check_tag(event, "seq")
        node = _Node([])
        while type(item := next(self._events)) is not yaml.SequenceEndEvent:
            child = self._node(item, depth + 1)
            _put_under(node, str(len(node.value)), child)
            node.value.append(child.value)
        return node

    def _mapping(self, event: Any, depth: int) -> _Node:
        import yaml

        self._check_tag(event, "map")
        own, merged = _Node({}), _Node({})
        while type(key_event := next(self._events)) is not yaml.MappingEndEvent:
            key_node = self._key(key_event, depth)
            value_event = next(self._events)
            child = self._node(value_event, depth + 1)
            if key_node.is_merge_key:
                self._merge(merged, value_event, child)
                continue
            key = key_node.value
            if key in own.value:
                raise self._refusal(key_event, f"{key[:80]!r} is given twice")
            own.lines[(key,)] = key_event.start_mark.line + 1
            _put_under(own, key, child)
            own.value[key] = child.value
        kept = {path: line for path, line in merged.lines.items() if path[0] not in own.value}
        return _Node({**merged.value, **own.value}, own.size + merged.size, {**kept, **own.lines})

    def _key(self, event: Any, depth: int) -> _Node:
        """A key, always as text: ``1:`` and ``"1":`` are the same key, as in JSON."""
        import yaml

        if type(event) is yaml.ScalarEvent:
            node = self._node(event, depth)
            return _Node(event.value, is_merge_key=node.is_merge_key)
        node = self._node(event, depth + 1)
        if isinstance(node.value, dict | list):
            raise self._refusal(event, f"a key must be a word, got {_shown(node.value)}")
        return _Node(str(node.value))

    def _merge(self, merged: _Node, event: Any, child: _Node) -> None:
        """Take over what ``<<`` names: one mapping or a list of them, of which the first that has a key wins."""
        mappings = child.value if isinstance(child.value, list) else [child.value]
        if not all(isinstance(one, dict) for one in mappings):
            raise self._refusal(event, f"<< must name a mapping or a list of mappings, got {_shown(child.value)}")
        for index, mapping in enumerate(mappings):
            start = (str(index),) if isinstance(child.value, list) else ()
            new = {key: value for key, value in mapping.items() if key not in merged.value}
            merged.value.update(new)
            for path, line in child.lines.items():
                inner = path[len(start) :]
                if path[: len(start)] == start and inner and inner[0] in new:
                    merged.lines[inner] = line
        merged.size += child.size

    def _check_tag(self, event: Any, tag: str) -> None:
        if event.tag not in (None, "!", TAG + tag):
            raise self._refusal(event, f"a value must be of YAML's own types, got the tag {event.tag[:80]!r}")

    def _count(self, event: Any, n: int) -> None:
        self._n_values += n
        if self._n_values > MOST_VALUES:
            raise self._refusal(event, f"a file must hold at most {MOST_VALUES:,} values, those of aliases included")

    def _refusal(self, event: Any, what: str, hint: str = "") -> Exception:
        return self._refuse(f"{self._source}, line {event.start_mark.line + 1}: {what}", hint)


def _put_under(node: _Node, key: str, child: _Node) -> None:
    """Count a child, and keep the lines of its keys below its own key."""
    node.size += child.size
    node.lines.update({(key, *path): line for path, line in child.lines.items()})


def _odd_character(character: str) -> str:
    if "\ud800" <= character <= "\udfff":
        return f"text must consist of whole characters, got half of one (U+{ord(character):04X})"
    return f"text must hold no control characters, got U+{ord(character):04X}"


def _shown(value: object) -> str:
    """A value in an error: its kind, or itself where it is short."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
