"""Edits of a space: pure functions space → (space, edit), replayable and undoable (paper §3).

A space is never changed in place; an edit records what one dimension (or the constraints) was before and is after, so
that applying and reverting need nothing else.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from engine.errors import EngineError
from engine.space.dimension import Dimension
from engine.space.proposal import Proposal
from engine.space.space import CONSTRAINTS_KEY, Space, describe_range
from engine.values import UNSET, Unset, Value, as_number, is_value, refuse_unknown_keys, same_value, whole_text

EditAction = Literal["freeze", "unfreeze", "narrow", "widen", "choices", "restore", "constrain", "add", "remove"]
"""What can be done to a dimension; ``constrain`` is done to the space, ``add`` makes a dimension, ``remove`` takes one
away again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpaceEdit:
    """One decision about a space.

    Attributes:
        action: See `EditAction`.
        dimension: Name; empty for ``constrain``.
        before: The dimension (or ``{"constraints": [...]}``) before, as JSON; empty for ``add``.
        after: The same after; empty for ``remove``.
        reason: Why, in one sentence.
        evidence: The numbers behind it.
    """

    action: EditAction
    dimension: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def describe(self) -> tuple[str, str]:
        """The range before and after, in words."""
        return _words(self.dimension, self.before), _words(self.dimension, self.after)


Edited = tuple[Space, SpaceEdit]
"""What every edit returns: the space it leads to and its record."""


def freeze(space: Space, name: str, value: Value | Unset = UNSET) -> Edited:
    """Hold a dimension at one value: any value inside its domain, the only choice left when none is given.

    Raises:
        EngineError: When the value is outside the domain or of another type.
    """
    old = space[name]
    if value is UNSET or (value is None and not any(choice is None for choice in old.domain_choices)):
        if old.kind != "categorical" or len(old.choices) != 1:
            raise EngineError(f"{name}: a value to freeze at is needed", f"its range is {describe_range(old)}")
        value = old.choices[0]
    return _replaced(space, "freeze", replace(old, frozen=checked_value(old, value)))


def unfreeze(space: Space, name: str) -> Edited:
    """Let a frozen dimension range again over what it ranged over before."""
    old = space[name]
    if not old.is_frozen:
        raise EngineError(f"{name} is not frozen, it ranges over {describe_range(old)}")
    return _replaced(space, "unfreeze", replace(old, frozen=UNSET))


def narrow(space: Space, name: str, low: float | None = None, high: float | None = None) -> Edited:
    """Restrict a range; a bound left out stays.

    Raises:
        EngineError: When the new range is not inside the old one, or no range at all.
    """
    old, new_low, new_high = _new_bounds(space, name, low, high)
    if new_low < old.bounds[0] or new_high > old.bounds[1]:
        raise EngineError(
            f"{name}: {old.text(new_low, 6)} … {old.text(new_high, 6)} is not inside {describe_range(old)}",
            "widen does that, narrow restricts",
        )
    return _ranged(space, "narrow", old, new_low, new_high)


def widen(space: Space, name: str, low: float | None = None, high: float | None = None) -> Edited:
    """Extend a range, within its domain; a bound left out stays.

    Raises:
        EngineError: When the new range does not contain the old one or leaves the domain.
    """
    old, new_low, new_high = _new_bounds(space, name, low, high)
    if new_low > old.bounds[0] or new_high < old.bounds[1]:
        raise EngineError(
            f"{name}: {old.text(new_low, 6)} … {old.text(new_high, 6)} does not contain {describe_range(old)}",
            "narrow does that, widen extends",
        )
    return _ranged(space, "widen", old, new_low, new_high)


def set_range(space: Space, name: str, low: float | None = None, high: float | None = None) -> Edited:
    """Give a dimension any range inside its domain; a ``widen`` when it grows on balance, else a ``narrow``.

    A trimmed range may pass the old bound on one side, where the top trials crowd it, and cut on the other.
    """
    old, new_low, new_high = _new_bounds(space, name, low, high)
    inside = old.bounds[0] <= new_low and new_high <= old.bounds[1]
    u_low, u_high = old.to_unit(new_low), old.to_unit(new_high)
    return _ranged(space, "narrow" if inside or u_high - u_low < 1 else "widen", old, new_low, new_high)


def choices(space: Space, name: str, wanted: Sequence[Value]) -> Edited:
    """Keep these categories of a dimension, in the order it was born with; removed ones may come back.

    Raises:
        EngineError: For a category the dimension never had, or none at all.
    """
    old = space[name]
    if old.kind != "categorical":
        raise EngineError(f"{name} is a number, it has no choices", "narrow or widen it")
    _refuse_frozen(old)
    for choice in wanted:
        if not _among(choice, old.domain_choices):
            refuse_unknown_keys(
                {whole_text(choice): None}, [whole_text(c) for c in old.domain_choices], where=f"{name}: choices"
            )
            raise EngineError(f"{name}: {choice!r} is not one of {list(old.domain_choices)}")
    if not wanted:
        raise EngineError(f"{name}: at least one choice must stay", f"its choices are {describe_range(old)}")
    kept = tuple(choice for choice in old.domain_choices if _among(choice, tuple(wanted)))
    return _replaced(space, "choices", replace(old, choices=kept))


def restore(space: Space, name: str, original: Dimension) -> Edited:
    """Give a dimension back the range it had in another space, usually the thread's first."""
    space[name]
    if original.name != name:
        raise EngineError(f"{name} cannot be restored from {original.name}")
    return _replaced(space, "restore", original)


def add(space: Space, dimension: Dimension) -> Edited:
    """Let a dimension join a living thread; earlier trials count as having had its ``was``.

    Raises:
        EngineError: When the space has one of that name, or the dimension does not say what earlier trials had.
    """
    name = dimension.name
    if (known := next((other for other in space.names if other.lower() == name.lower()), None)) is not None:
        raise EngineError(f"{known} is in the space already: {describe_range(space[known])}", "choose another name")
    if dimension.was is UNSET:
        raise EngineError(
            f"{name}: what earlier trials had must be said", "give the value that the training used before, --was VALUE"
        )
    return space.with_new(dimension), SpaceEdit(action="add", dimension=name, before={}, after=dimension.to_dict())


def remove(space: Space, name: str) -> Edited:
    """Take a dimension out of the space again that had joined it."""
    before = space[name].to_dict()
    return space.without(name), SpaceEdit(action="remove", dimension=name, before=before, after={})


def constrain(space: Space, constraints: Sequence[str]) -> Edited:
    """Replace the constraints of a space.

    Raises:
        EngineError: For one that cannot be read, or that no point of the space can hold.
    """
    new = replace(space, constraints=tuple(" ".join(text.split()) for text in constraints))
    before, after = {CONSTRAINTS_KEY: list(space.constraints)}, {CONSTRAINTS_KEY: list(new.constraints)}
    return new, SpaceEdit(action="constrain", dimension="", before=before, after=after)


def apply_proposal(space: Space, proposal: Proposal) -> Edited:
    """Do what a finding or the trimming rule proposes; the edit carries its reason."""
    name = proposal.dimension
    if proposal.action == "freeze":
        new, edit = freeze(space, name, proposal.value)
    elif proposal.action == "unfreeze":
        new, edit = unfreeze(space, name)
    elif proposal.action == "choices":
        new, edit = choices(space, name, proposal.choices or ())
    else:
        new, edit = set_range(space, name, proposal.low, proposal.high)
    return new, replace(edit, reason=proposal.reason)


def apply(space: Space, edit: SpaceEdit) -> Space:
    """Make an edit again.

    Raises:
        EngineError: When the space is not what the edit began from.
    """
    return _moved(space, edit, edit.before, edit.after)


def checked_value(dimension: Dimension, value: Value) -> Value:
    """A value of the dimension's own type inside its domain; text that spells a number counts as one.

    Raises:
        EngineError: When it is outside the domain or of another type.
    """
    name = dimension.name
    if dimension.kind == "categorical":
        return _checked_choice(dimension, value)
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise EngineError(f"{name}: a number is needed, got {value!r}") from None
    if isinstance(value, bool) or not math.isfinite(number):
        raise EngineError(f"{name}: a finite number is needed, got {value!r}")
    if dimension.kind == "int" and not number.is_integer():
        raise EngineError(f"{name}: a whole number is needed, got {number:g}")
    low, high = dimension.domain or (-math.inf, math.inf)
    if not low <= number <= high or (dimension.log and number <= 0):
        limit = f"{dimension.text(low, 6)} … {dimension.text(high, 6)}" if dimension.domain else "the numbers above 0"
        raise EngineError(f"{name}: {dimension.text(number, 6)} is outside its domain {limit}")
    return int(number) if dimension.kind == "int" else number


def typed_value(dimension: Dimension, text: str) -> Value:
    """Text that a person typed as a value: a choice as it is shown before anything else, 1 before ``"1"``.

    Raises:
        EngineError: As `checked_value` does.
    """
    if dimension.kind == "categorical":
        shown = [choice for choice in dimension.domain_choices if dimension.text(choice) == text.strip()]
        if len(shown) == 1:
            return shown[0]
    return checked_value(dimension, text)


def _checked_choice(dimension: Dimension, value: Value) -> Value:
    """The choice that is the value or that a typed text spells; capitals matter only where two differ by them."""
    choices = dimension.domain_choices
    tests: list[Callable[[Value], bool]] = [lambda choice: same_value(choice, value)]
    if isinstance(value, str):
        spelt = value.strip()
        tests += [
            lambda choice: spelt in (whole_text(choice), dimension.text(choice)),
            lambda choice: not isinstance(choice, str) and same_value(choice, _spelt(spelt)),
            lambda choice: spelt.lower() in (whole_text(choice).lower(), dimension.text(choice).lower()),
        ]
    for test in tests:
        found = [choice for choice in choices if test(choice)]
        if len(found) == 1:
            return found[0]
        if found:
            named = " or ".join(dimension.text(choice) for choice in found)
            raise EngineError(f"{dimension.name}: {value!r} may be {named}", "write it as it stands there")
    raise EngineError(f"{dimension.name}: {value!r} is not one of {list(choices)}")


def _spelt(text: str) -> Value | Unset:
    """What a typed text spells as JSON; `UNSET` where it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return UNSET
    return value if is_value(value) else UNSET


def _new_bounds(space: Space, name: str, low: float | None, high: float | None) -> tuple[Dimension, float, float]:
    old = space[name]
    if old.kind == "categorical":
        raise EngineError(f"{name} is a category, it has no range", "restrict its choices")
    _refuse_frozen(old)
    if low is None and high is None:
        raise EngineError(f"{name}: a new low or high is needed", f"its range is {describe_range(old)}")
    new_low = old.bounds[0] if low is None else as_number(checked_value(old, low))
    new_high = old.bounds[1] if high is None else as_number(checked_value(old, high))
    if old.step is not None:
        new_low, new_high = old.on_grid(new_low, new_high, outwards=False)
    return old, new_low, new_high


def _ranged(space: Space, action: EditAction, old: Dimension, low: float, high: float) -> Edited:
    if (low, high) == old.bounds:
        raise EngineError(f"{old.name}: {describe_range(old)} is already its range; no change")
    return _replaced(space, action, replace(old, low=low, high=high))


def _replaced(space: Space, action: EditAction, new: Dimension) -> Edited:
    edit = SpaceEdit(action=action, dimension=new.name, before=space[new.name].to_dict(), after=new.to_dict())
    if edit.before == edit.after:
        raise EngineError(f"{new.name}: {describe_range(new)} is already its range; no change")
    return space.with_dimension(new), edit


def _moved(space: Space, edit: SpaceEdit, start: Mapping[str, Any], end: Mapping[str, Any]) -> Space:
    if not edit.dimension:
        if list(space.constraints) != list(start[CONSTRAINTS_KEY]):
            raise EngineError("the space's constraints are not those the edit began from")
        return replace(space, constraints=tuple(end[CONSTRAINTS_KEY]))
    if not start or not end:
        if (edit.dimension in space.names) == (not start):
            raise EngineError(f"{edit.dimension} is {'' if not start else 'not '}in the space already")
        if not end:
            return space.without(edit.dimension)
        return space.with_new(Dimension.from_dict(edit.dimension, end))
    if space[edit.dimension].to_dict() != dict(start):
        raise EngineError(f"{edit.dimension} is not what the edit began from: {describe_range(space[edit.dimension])}")
    return space.with_dimension(Dimension.from_dict(edit.dimension, end))


def _refuse_frozen(dimension: Dimension) -> None:
    if dimension.is_frozen:
        raise EngineError(f"{dimension.name} is {describe_range(dimension)}", "unfreeze it first")


def _among(choice: Value, options: tuple[Value, ...]) -> bool:
    return any(same_value(choice, option) for option in options)


def _words(name: str, plain: Mapping[str, Any]) -> str:
    if not name:
        return ", ".join(plain.get(CONSTRAINTS_KEY, ())) or "no constraints"
    return describe_range(Dimension.from_dict(name, plain)) if plain else "not in the space"
