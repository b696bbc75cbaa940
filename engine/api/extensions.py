"""What can be chosen by name, of trimtab and of installed packages, as front ends list it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A name that can be chosen.

    Attributes:
        name: As it is written in plans and after options.
        summary: What it is, in one sentence.
        short: The same in at most 14 cells; may be empty.
        problem: What is wrong with the package that adds it; empty when nothing.
        package: The package that adds it; empty for trimtab's own.
    """

    name: str
    summary: str = ""
    short: str = ""
    problem: str = ""
    package: str = ""


def choices(kind: str) -> tuple[Choice, ...]:
    """Every sampler, pruner, … there is, in the order of its registry.

    Args:
        kind: Key of `engine.registries.kinds.KINDS`: ``samplers``, ``pruners``, …
    """
    from engine.registries.kinds import KINDS

    registry = KINDS[kind].load()
    added, broken = registry.added(), registry.broken()
    found = []
    for name in registry:
        point = added.get(name)
        package = "" if point is None else point.dist.name if point.dist is not None else point.value
        if name in broken:
            found.append(Choice(name=name, problem=broken[name], package=package))
            continue
        record = registry[name]
        shown = record if hasattr(record, "summary") else record.load()
        summary = str(getattr(shown, "summary", getattr(shown, "title", "")))
        found.append(Choice(name=name, summary=summary, short=getattr(record, "short", ""), package=package))
    return tuple(found)
