"""What every record of the engine shares: native values and the refusal of unknown keys."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from engine.errors import EngineError

Value = float | int | str | bool
"""A hyperparameter's value: native Python types only, so that it is JSON as it stands."""


def refuse_unknown_keys(plain: Mapping[str, Any], known: Collection[str], *, where: str) -> None:
    """Refuse keys nobody reads, naming the nearest known one.

    Raises:
        EngineError: For the first unknown key.
    """
    for key in plain:
        if key not in known:
            near = get_close_matches(str(key), list(known), n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(known))}"
            raise EngineError(f"{where}: unknown key {key!r}", hint)


def native(value: Any) -> Value:
    """The same value without numpy in it, so that JSON can hold it."""
    item = getattr(value, "item", None)
    plain = item() if callable(item) else value
    if isinstance(plain, bool | int | float | str):
        return plain
    raise EngineError(f"a hyperparameter's value must be a number, text or truth value, got {value!r}")
