"""The objectives by name, and what each says of itself before it is loaded; importing this loads none of them.

What an objective calls its units, its metrics and what its trials leave to look at is its own to say: nothing else here
knows. A package adds one with an entry point in the group ``trimtab.objectives`` that names an `ObjectiveInfo`, or a
mapping with its fields.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from engine.errors import EngineError
from engine.objectives.declaration import Declaration, declaration_from
from engine.registries.registry import Registry, resolve
from engine.values import refuse_unknown_keys


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectiveInfo:
    """An objective as it is listed.

    Attributes:
        name: As it may be written after ``objective:``.
        target: ``module:Class``, as the store keeps it.
        summary: What it trains, in one sentence.
        declaration: What it says of itself.
    """

    name: str
    target: str
    summary: str
    declaration: Declaration = field(default_factory=Declaration)


_DECLARED: Mapping[str, str] = {"joint": "model.search.declaration:OBJECTIVE"}
"""Where an objective that comes with trimtab declares itself; a module that loads nothing."""


def _adapt(name: str, loaded: object) -> ObjectiveInfo:
    if isinstance(loaded, ObjectiveInfo):
        if loaded.name != name:
            raise EngineError(f"objective {name}: the record must have the entry point's name, got {loaded.name!r}")
        return loaded
    if not isinstance(loaded, Mapping):
        must = "the entry point must name an ObjectiveInfo or a mapping"
        raise EngineError(f"objective {name}: {must}, got {loaded!r:.80}")
    plain: dict[str, Any] = dict(loaded)
    refuse_unknown_keys(plain, ("target", "summary", "declaration"), where=f"objective {name}")
    target = str(plain.get("target", ""))
    if not all(target.partition(":")[::2]):
        raise EngineError(f"objective {name}: target must be module:Class, got {target!r}")
    return ObjectiveInfo(
        name=name,
        target=target,
        summary=str(plain.get("summary", "")),
        declaration=declaration_from(plain.get("declaration", {})),
    )


def _built_in() -> Mapping[str, ObjectiveInfo]:
    found = {}
    for name, target in _DECLARED.items():
        with suppress(ImportError, AttributeError):  # a person's own package of that name stands before ours
            found[name] = _adapt(name, resolve(target))
    return found


OBJECTIVES = Registry(
    kind="objective",
    group="trimtab.objectives",
    built_in=_built_in(),
    adapt=_adapt,
)
"""Every objective that has a name; another one is named ``module:Class``."""


def target_of(objective: str) -> str:
    """``module:Class`` of an objective that may be given by name.

    Raises:
        EngineError: For a name that nobody has, with the nearest known one.
    """
    if ":" in objective:
        return objective
    if objective not in OBJECTIVES:
        near = get_close_matches(objective, list(OBJECTIVES), n=1) or list(OBJECTIVES)
        raise EngineError(
            f"objective: unknown key {objective!r}", f"name a class as module:Class, or one of: {', '.join(near)}"
        )
    return OBJECTIVES[objective].target


def declared(objective: str, manifest: Mapping[str, Any] | None = None) -> Declaration:
    """What an objective says of itself: in a sprint's manifest, else in the registry, else nothing.

    Args:
        objective: ``module:Class``.
        manifest: Of a sprint that it ran.
    """
    told = (manifest or {}).get("declaration")
    if isinstance(told, Mapping):
        try:
            return declaration_from(told)
        except EngineError:  # a later version's, or another package's: the sprint is read all the same
            return Declaration()
    return next((info.declaration for info in OBJECTIVES.usable() if info.target == objective), Declaration())
