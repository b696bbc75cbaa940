"""What an edit would do to the trials a sprint has, and how two spaces differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine.space.cut_cost import CutCost
from engine.space.space import Space, describe_range
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord, ranked
from engine.values import UNSET, Value

N_NAMED = 10
"""Losing one of the best ten trials is worth a word; the trimming rule looks at the same ten (paper §3)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EditEffect:
    """What an edit would do, before it is kept.

    Attributes:
        n_before: Complete trials of the sprint that fit the working space; a frozen dimension counts by its range.
        n_kept: Of those, how many still fit after the edit.
        dropped: Numbers of those that would not.
        loses: ``excludes #7 (rank 2)``; empty when none of the best ten is lost.
        before: The range before, in words.
        after: The range after, in words.
        error: Why the edit is impossible; empty when it is possible.
        cost: The chance that the best configuration lies outside and what the cut gains; None where nothing is cut or
            the trials are too few to say.
    """

    n_before: int = 0
    n_kept: int = 0
    dropped: tuple[int, ...] = ()
    loses: str = ""
    before: str = ""
    after: str = ""
    error: str = ""
    cost: CutCost | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DimensionChange:
    """How one dimension differs between two spaces.

    Attributes:
        name: The dimension; ``constraints`` for the space's constraints.
        before: Its range in the first space; empty where it is new.
        after: Its range in the second; empty where it is gone.
    """

    name: str
    before: str
    after: str


def effect(
    before: Space,
    after: Space,
    trials: Sequence[TrialRecord],
    settings: Mapping[str, Value],
    direction: Direction = Direction.MAXIMIZE,
) -> EditEffect:
    """Which complete trials that fit ``before`` would still fit ``after``, and whether a leading one is lost.

    A frozen dimension asks for its value only of trials to come (a primed trial takes it over), so it drops none: the
    range it would have unfrozen decides.
    """
    before, after = _unfrozen(before), _unfrozen(after)
    fitted, fits = before.fits(settings), after.fits(settings)
    best_first = [t for t in ranked(trials, direction) if fitted(t.params)]
    lost = [t.number for t in best_first if not fits(t.params)]
    places = [place for place, t in enumerate(best_first[:N_NAMED]) if not fits(t.params)]
    return EditEffect(
        n_before=len(best_first),
        n_kept=len(best_first) - len(lost),
        dropped=tuple(sorted(lost)),
        loses=f"excludes #{best_first[places[0]].number} (rank {places[0] + 1})" if places else "",
    )


def diff(first: Space, second: Space) -> tuple[DimensionChange, ...]:
    """Every dimension that differs between two spaces, in the first one's order, new ones last."""
    names = [*first.names, *(name for name in second.names if name not in first.names)]
    changes = []
    for name in names:
        before = describe_range(first[name]) if name in first.names else ""
        after = describe_range(second[name]) if name in second.names else ""
        same = name in first.names and name in second.names and first[name] == second[name]
        if not same:
            changes.append(DimensionChange(name=name, before=before, after=after))
    if first.constraints != second.constraints:
        changes.append(
            DimensionChange(
                name="constraints", before=", ".join(first.constraints), after=", ".join(second.constraints)
            )
        )
    return tuple(changes)


def _unfrozen(space: Space) -> Space:
    """The space with every dimension free over its range."""
    for dimension in space:
        if dimension.is_frozen:
            space = space.with_dimension(replace(dimension, frozen=UNSET))
    return space
