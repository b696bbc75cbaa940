"""The catalogue of named spaces (paper A.2): built-in ones, and those a thread file defines under ``spaces``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.boundary.yaml_text import read_yaml
from engine.errors import EngineError
from engine.values import refuse_unknown_keys

BUILT_IN = Path(__file__).with_name("spaces.yaml")
"""The spaces that come with trimtab."""


def catalogue(own: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Mapping[str, Any]]:
    """Every named space as plain JSON, a thread file's own over the built-in ones.

    Raises:
        EngineError: For an own one that is no mapping.
    """
    for name, entry in (own or {}).items():
        if not isinstance(entry, Mapping):
            raise EngineError(f"spaces: {name!r} must be a mapping of dimensions, got {entry!r}")
    return {**read_yaml(BUILT_IN.read_text(encoding="utf-8"), str(BUILT_IN), EngineError).plain, **(own or {})}


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
