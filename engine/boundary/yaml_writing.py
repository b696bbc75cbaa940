"""Values written as YAML, and files changed in place: what a person wrote around a value stays to the letter."""

from collections.abc import Mapping
from typing import Any

import yaml

from engine.boundary.refusal import Refusal
from engine.boundary.yaml_text import Path, read_yaml
from engine.boundary.yaml_words import core_scalar


class _Writer(yaml.SafeDumper):
    """Quotes text that YAML 1.1 or 1.2 would read as something else: ``off``, ``010``, ``1e-6``."""


def _quoted(writer: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    try:
        style = None if isinstance(core_scalar(text), str) else "'"
    except ValueError:
        style = "'"
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style)


_Writer.add_representer(str, _quoted)


def flow_text(value: object) -> str:
    """A value on one line of YAML."""
    text = yaml.dump(value, Dumper=_Writer, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6)
    return str(text).partition("\n...")[0].strip()


def with_values(text: str, changes: Mapping[Path, object], source: str, refusal: Refusal) -> str:
    """The text with other values at some places; comments, order, quotes and blanks around them stay.

    Args:
        text: Of a YAML file.
        changes: New value by the path of its key; a key that is not there is added to its mapping.
        source: The file's name, for errors.
        refusal: The exception of who asks.

    Raises:
        Exception: The refusal, when the text is no YAML, or a value cannot be changed without another one, as where
            an alias stands.
    """
    before = read_yaml(text, source, refusal).plain
    wanted: Any = before
    changed = text
    for path, value in changes.items():
        wanted = _put(wanted, path, value)
        top = yaml.compose(changed, Loader=yaml.SafeLoader)
        assert isinstance(top, yaml.MappingNode)
        changed = _written(changed, top, path, value)
    if read_yaml(changed, source, refusal).plain != wanted:
        names = ", ".join(".".join(path) for path in changes)
        raise refusal(f"{source}: {names} must stand in the file as values of their own", "change the file by hand")
    return changed


def _put(plain: Any, path: Path, value: object) -> Any:
    """A copy of nested mappings with one value replaced or added."""
    if not path:
        return value
    inner = plain.get(path[0], {}) if isinstance(plain, dict) else {}
    return {**(plain if isinstance(plain, dict) else {}), path[0]: _put(inner, path[1:], value)}


def _written(text: str, node: yaml.MappingNode, path: Path, value: object) -> str:
    """The text with a value at a path below a mapping."""
    for key, child in node.value:
        if key.value != path[0]:
            continue
        if len(path) > 1 and isinstance(child, yaml.MappingNode):
            return _written(text, child, path[1:], value)
        start, end = child.start_mark.index, _end(child)
        is_glued = text[start - 1 : start] == ":"  # a key without a value
        return text[:start] + (" " if is_glued else "") + _shown(path[1:], value) + text[end:]
    entry = f"{flow_text(path[0])}: {_shown(path[1:], value)}"
    if node.flow_style:
        place = node.end_mark.index - 1
        return text[:place].rstrip() + (", " if node.value else "") + entry + text[place:]
    line_end = text.find("\n", _end(node))
    place = len(text) if line_end < 0 else line_end
    return f"{text[:place]}\n{' ' * node.start_mark.column}{entry}{text[place:]}"


def _shown(path: Path, value: object) -> str:
    """A value below keys that are not there yet."""
    for key in reversed(path):
        value = {key: value}
    return flow_text(value)


def _end(node: yaml.Node) -> int:
    """Where a value ends; a block's own mark stands behind the comments that follow it."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(node, yaml.MappingNode) else last
    end = node.end_mark.index
    return int(end)
