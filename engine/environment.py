"""The environment of the person who started trimtab, and what trimtab adds to it for its own processes.

Launchers and workers get variables that a person's command must not see: where the store is, how memory and threads
are handled. What those were before travels with them, in one variable, so that `person_environment` can undo it.
"""

import json
import os
from collections.abc import Iterable, Mapping

BEFORE = "TRIMTAB_ENVIRONMENT_BEFORE"
"""Variable that holds as JSON what variables set by trimtab were before; null where they were not set."""

_at_start: dict[str, str] = {}
"""This process's environment before libraries changed it; empty where nobody asked for it to be remembered."""

_umask: list[int] = []
"""The person's umask, once this process has one of its own."""


def remember_person(umask: int | None = None) -> None:
    """Keep the environment and the umask as they are now, for the commands that this process will start.

    Args:
        umask: From now on this process makes its files with it; None leaves that as it is.
    """
    _at_start.clear()
    _at_start.update(os.environ)
    if umask is not None:
        before = os.umask(umask)
        _umask[:] = _umask or [before]


def person_environment() -> dict[str, str]:
    """The environment without what trimtab added for processes of its own."""
    found = dict(_at_start or os.environ)
    for name, value in _changes(found.pop(BEFORE, "")).items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = value
    return found


def person_umask() -> int:
    """The umask of the person's commands; -1, which subprocess takes for "as it is", where this process has no own."""
    return _umask[0] if _umask else -1


def own_environment(added: Mapping[str, str], environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a process of ours: the person's with something added that can be undone.

    Args:
        added: Variables for that process alone.
        environment: What to add them to; the person's by default.
    """
    base = person_environment() if environment is None else dict(environment)
    before = {name: base.get(name) for name, value in added.items() if base.get(name) != value}
    return {**base, **added, BEFORE: json.dumps(before)}


def undo_for_person(names: Iterable[str]) -> None:
    """Take variables that another program set for this process out of what a person's commands find."""
    before = {**_changes(os.environ.get(BEFORE, "")), **dict.fromkeys(names)}
    os.environ[BEFORE] = json.dumps(before)


def _changes(text: str) -> dict[str, str | None]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
