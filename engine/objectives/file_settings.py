"""Settings in a copy of a configuration file: YAML, JSON, TOML or INI; comments and everything else stay as they were.

A setting is named by its path, ``loss.gamma`` or ``layers.0.width``; a key that holds dots itself is found as well.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine.boundary.input import read_text
from engine.boundary.json_text import parse_json
from engine.boundary.yaml_text import MOST_CHARACTERS, MOST_DEPTH, MOST_VALUES
from engine.errors import EngineError
from engine.values import refuse_unknown_keys

Change = Callable[[str, Mapping[str, object], str], str]
"""Takes a file's text, the settings and the file's name; gives the changed text."""


def with_settings(path: Path, settings: Mapping[str, object]) -> str:
    """A file's text with other values for some of its settings.

    Raises:
        EngineError: For a file of another kind, one that cannot be read, or a setting that it does not hold.
    """
    change = CHANGES.get(path.suffix.lower())
    if change is None:
        raise EngineError(f"files: {path.name} must end in one of {', '.join(CHANGES)}")
    text = read_text(path, limit=4 * MOST_CHARACTERS, refusal=_refusal)
    if len(text) > MOST_CHARACTERS:
        raise EngineError(f"files: {path} must have at most {MOST_CHARACTERS:,} characters")
    return change(text, settings, path.name)


def _refusal(message: str, hint: str) -> EngineError:
    return EngineError(f"files: {message}", hint)


def _change_yaml(text: str, settings: Mapping[str, object], where: str) -> str:
    import yaml

    try:
        _check_events(text, where)
        loader = yaml.SafeLoader(text)
    except yaml.YAMLError as error:  # a character that is none
        raise EngineError(f"files: {where} must be YAML: {' '.join(str(error).split())}") from None
    try:
        root = loader.get_single_node()
    except RecursionError:
        raise EngineError(f"files: {where} must be nested at most {MOST_DEPTH} deep") from None
    except yaml.YAMLError as error:
        raise EngineError(f"files: {where} must be YAML: {' '.join(str(error).split())}") from None
    finally:
        loader.dispose()
    nodes: dict[str, Any] = {}
    _name_nodes(root, "", where, nodes)
    refuse_unknown_keys(settings, nodes, where=f"files: {where}")
    spans = []
    for name, value in settings.items():
        node = nodes[name]
        # One line, in flow style: it fits wherever a value can stand.
        shown = yaml.safe_dump(value, default_flow_style=True, width=10**9, allow_unicode=True)
        shown = shown.removesuffix("\n").removesuffix("\n...")
        lead = " " if node.start_mark.index == node.end_mark.index else ""
        trail = "\n" if isinstance(node, yaml.CollectionNode) and not node.flow_style else ""
        block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
        spans.append((node.start_mark.index, node.end_mark.index, lead + shown + (trail or "\n" * block)))
    for start, end, shown in sorted(spans, reverse=True):
        text = text[:start] + shown + text[end:]
    return text


def _check_events(text: str, where: str) -> None:
    """Refuse deep nesting before what knows places in the text is slow on it."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEPTH:
            raise EngineError(f"files: {where} must be nested at most {MOST_DEPTH} deep")


def _name_nodes(node: Any, prefix: str, where: str, found: dict[str, Any], depth: int = 0) -> None:
    """Name every node by its path; aliases may stand for many, and for what they stand in.

    Raises:
        EngineError: When there are too many, or they are nested too deep.
    """
    import yaml

    if depth > MOST_DEPTH:
        raise EngineError(f"files: {where} must be nested at most {MOST_DEPTH} deep")
    if isinstance(node, yaml.MappingNode):
        children = [(str(key.value), value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        children = [(str(index), value) for index, value in enumerate(node.value)]
    else:
        return
    for name, value in children:
        found[f"{prefix}{name}"] = value
        if len(found) > MOST_VALUES:
            raise EngineError(f"files: {where} must hold at most {MOST_VALUES:,} values, those of aliases included")
        _name_nodes(value, f"{prefix}{name}.", where, found, depth + 1)


def _change_json(text: str, settings: Mapping[str, object], where: str) -> str:
    content = parse_json(text, where, _refusal)
    _set_all(content, settings, where)
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _change_toml(text: str, settings: Mapping[str, object], where: str) -> str:
    import tomllib

    import tomlkit

    try:
        _check_depth(tomllib.loads(text), where)
        content = tomlkit.parse(text)
    except EngineError:
        raise
    except Exception as error:  # both libraries let errors of many kinds through
        told = "it is nested too deep" if isinstance(error, RecursionError) else error
        raise EngineError(f"files: {where} must be TOML: {told}") from None
    if any(value is None for value in settings.values()):
        raise EngineError(f"files: {where} must hold values, TOML has no null")
    try:
        _set_all(content, settings, where)
        return tomlkit.dumps(content)
    except EngineError:
        raise
    except Exception as error:  # as above
        raise EngineError(f"files: {where} must be TOML whose settings can be replaced: {error}") from None


def _change_ini(text: str, settings: Mapping[str, object], where: str) -> str:
    lines = text.splitlines(keepends=True)
    places: dict[str, tuple[int, re.Match[str]]] = {}
    section = ""
    for number, line in enumerate(lines):
        if (head := re.match(r"\s*\[([^\]]+)\]", line)) is not None:
            section = head.group(1).strip()
        elif (entry := re.match(r"([^\s#;=:](?:[^=:]*[^=:\s])?)(\s*[=:][ \t]*)([^\r\n]*)", line)) is not None:
            places[f"{section}.{entry.group(1)}" if section else entry.group(1)] = (number, entry)
    refuse_unknown_keys(settings, places, where=f"files: {where}")
    for name, value in settings.items():
        number, entry = places[name]
        rest = lines[number][entry.end() :]
        shown = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        lines[number] = f"{entry.group(1)}{entry.group(2)}{shown}{rest}"
    return "".join(lines)


CHANGES: Mapping[str, Change] = {
    ".yaml": _change_yaml,
    ".yml": _change_yaml,
    ".json": _change_json,
    ".toml": _change_toml,
    ".ini": _change_ini,
    ".cfg": _change_ini,
}
"""What changes a file, by its ending."""


def _set_all(content: Any, settings: Mapping[str, object], where: str) -> None:
    """Set values in nested mappings and lists, in place.

    Raises:
        EngineError: For a path that leads nowhere.
    """
    for name, value in settings.items():
        found = _holder(content, name)
        if found is None:
            refuse_unknown_keys({name: None}, _paths(content, ""), where=f"files: {where}")
            raise EngineError(f"files: {where} holds no {name}")
        holder, key = found
        holder[key] = value


def _check_depth(content: Any, where: str, depth: int = 0) -> None:
    """Refuse what is nested deeper than a configuration is."""
    if depth > MOST_DEPTH:
        raise EngineError(f"files: {where} must be nested at most {MOST_DEPTH} deep")
    inner = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    for value in inner:
        _check_depth(value, where, depth + 1)


def _holder(content: Any, path: str) -> tuple[Any, Any] | None:
    """The mapping or list that holds a path's end, and its key there."""
    if isinstance(content, Mapping):
        if path in content:
            return content, path
        for key in content:
            if path.startswith(f"{key}.") and (found := _holder(content[key], path[len(key) + 1 :])) is not None:
                return found
    elif isinstance(content, list):
        head, _, rest = path.partition(".")
        if head.isdigit() and int(head) < len(content):
            return _holder(content[int(head)], rest) if rest else (content, int(head))
    return None


def _paths(content: Any, prefix: str) -> list[str]:
    if isinstance(content, Mapping):
        children = [(str(key), value) for key, value in content.items()]
    elif isinstance(content, list):
        children = [(str(index), value) for index, value in enumerate(content)]
    else:
        return []
    return [path for key, value in children for path in (f"{prefix}{key}", *_paths(value, f"{prefix}{key}."))]
