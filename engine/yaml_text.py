"""YAML as people write it: ``1e-6`` is a number, a key may not be given twice, and every key knows its line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import EngineError

FLOAT = re.compile(r"[-+]?(\d[\d_]*)(\.[\d_]*)?[eE][-+]?\d+|[-+]?\.\d+([eE][-+]?\d+)?")
"""Numbers that plain PyYAML (YAML 1.1) reads as text: an exponent without a point or without a sign."""


@dataclass(frozen=True, slots=True)
class YamlText:
    """A read file.

    Attributes:
        plain: Its content, a mapping.
        lines: Line (from 1) of every key by its path, as in ``("space", "lr", "low")``.
    """

    plain: Mapping[str, Any]
    lines: Mapping[tuple[str, ...], int]


def read_yaml(text: str, source: str) -> YamlText:
    """Read a mapping.

    Raises:
        EngineError: With the line, for text that is no YAML, no mapping, or gives a key twice.
    """
    import yaml

    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise EngineError(f"{source}: a mapping of keys is needed at its top")
        lines: dict[tuple[str, ...], int] = {}
        plain = _plain(node, (), lines, source, loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        where = f"{source}, line {mark.line + 1}" if mark else source
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise EngineError(f"{where}: not readable as YAML: {what}") from error
    finally:
        loader.dispose()
    return YamlText(plain, lines)


def _plain(node: Any, path: tuple[str, ...], lines: dict[tuple[str, ...], int], source: str, loader: Any) -> Any:
    import yaml

    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in found and key != "<<":
                raise EngineError(f"{source}, line {line}: {key!r} is given twice")
            lines[(*path, key)] = line
            value = _plain(value_node, (*path, key), lines, source, loader)
            if key == "<<" and isinstance(value, dict):
                found = {**value, **found}
            else:
                found[key] = value
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one, (*path, str(index)), lines, source, loader) for index, one in enumerate(node.value)]
    if node.tag == "tag:yaml.org,2002:str" and node.style is None and FLOAT.fullmatch(node.value):
        return float(node.value.replace("_", ""))
    return loader.construct_object(node)
