"""The catalogue of named spaces: those that objectives bring, and those a thread file defines under ``spaces``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.boundary.yaml_text import read_yaml
from engine.errors import EngineError
from engine.objectives.registry import OBJECTIVES
from engine.registries.registry import resolve
from engine.values import refuse_unknown_keys


def catalogue(own: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Mapping[str, Any]]:
    """Every named space as plain JSON, a thread file's own over those of objectives.

    Raises:
        EngineError: For an own one that is no mapping.
    """
    for name, entry in (own or {}).items():
        if not isinstance(entry, Mapping):
            raise EngineError(f"spaces: {name!r} must be a mapping of dimensions, got {entry!r}")
    spaces: dict[str, Mapping[str, Any]] = {}
    for info in OBJECTIVES.usable():
        if info.spaces:
            path = Path(resolve(info.spaces))
            spaces |= read_yaml(path.read_text(encoding="utf-8"), str(path), EngineError).plain
    return {**spaces, **(own or {})}


def space_from(given: object, own: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """The plain space that ``space:`` of a thread file means: a name, dimensions, or ``from`` a name with changes.

    Raises:
        EngineError: For a name that is not in the catalogue, naming the nearest.
    """
    known = catalogue(own)
    if isinstance(given, str):
        refuse_unknown_keys({given: None}, known, where="space: catalogue")
        return dict(known[given])
    if not isinstance(given, Mapping) or not given:
        raise EngineError(f"space must name a catalogue entry or list dimensions, got {given!r}")
    changes = dict(given)
    base_name = changes.pop("from", None)
    if base_name is None:
        return changes
    if not isinstance(base_name, str):
        raise EngineError(f"space: from must name a catalogue entry, got {base_name!r}")
    refuse_unknown_keys({base_name: None}, known, where="space: from")
    merged = {**known[base_name], **changes}
    return {name: plain for name, plain in merged.items() if plain is not None}
