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
        title: What the form of a new thread calls it, in few words.
        label: ``module:function`` that names a configuration by the thread's ``model:`` options, for sprint labels;
            its answer is empty where they do not say enough. Without one the thread's name stands there.
        form: ``module:name`` of the `engine.objectives.form.ObjectiveForm` for new threads; empty for none.
        spaces: ``module:name`` of the path of a YAML file with named spaces; empty for none.
        checks: ``module:function`` that looks at what it needs on this machine, for `trimtab doctor`: mappings with
            name, status, text and hint. Empty for none.
    """

    name: str
    target: str
    summary: str
    declaration: Declaration = field(default_factory=Declaration)
    title: str = ""
    label: str = ""
    form: str = ""
    spaces: str = ""
    checks: str = ""


PARTS = ("title", "label", "form", "spaces", "checks")
"""Fields of an `ObjectiveInfo` that are texts and may be left out."""


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
    refuse_unknown_keys(plain, ("target", "summary", "declaration", *PARTS), where=f"objective {name}")
    target = str(plain.get("target", ""))
    if not all(target.partition(":")[::2]):
        raise EngineError(f"objective {name}: target must be module:Class, got {target!r}")
    return ObjectiveInfo(
        name=name,
        target=target,
        summary=str(plain.get("summary", "")),
        declaration=declaration_from(plain.get("declaration", {})),
        **{part: str(plain.get(part, "")) for part in PARTS},
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
    info = registered(objective)
    return info.declaration if info is not None else Declaration()


def registered(objective: str) -> ObjectiveInfo | None:
    """The entry of an objective given as ``module:Class``; None where it has no name."""
    ours = next((info for info in OBJECTIVES.built_in.values() if info.target == objective), None)
    return ours or next((info for info in OBJECTIVES.usable() if info.target == objective), None)
