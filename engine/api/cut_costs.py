"""What cuts of a thread's space would cost, as a sprint's trials say; the model behind it is kept between edits."""

import json
from collections.abc import Mapping, Sequence, Set
from functools import lru_cache
from typing import TYPE_CHECKING

from engine.space import edits
from engine.space.cut_cost import CutCost
from engine.space.proposal import Proposal
from engine.space.space import Space
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord
from engine.values import Value

if TYPE_CHECKING:
    from engine.diagnostics.sample import Sample
    from engine.reviewers.cut_model import CutModel


def cut_cost(
    searched: Space,
    trials: Sequence[TrialRecord],
    before: Space,
    after: Space,
    *,
    settings: Mapping[str, Value],
    direction: Direction = Direction.MAXIMIZE,
) -> CutCost | None:
    """What an edit of the working space would cost; None where it cuts nothing or the trials are too few to say.

    Args:
        searched: The space of the sprint.
        trials: Its trials.
        before: The working space.
        after: The working space after the edit.
        settings: What ``active_when`` is judged by.
        direction: Which way the score is better.
    """
    model = _kept_model(_Asked(searched, trials, before, settings, direction))
    return None if model is None else model.cost(after)


def costs_of_proposals(
    sample: "Sample", current: Space, proposals: Mapping[str, Proposal], *, together: Set[str]
) -> tuple[dict[str, CutCost], CutCost | None]:
    """The cost of each proposal by dimension, and that of some of them together."""
    if not proposals:
        return {}, None
    model = _model(sample, current)
    if model is None:
        return {}, None
    costs: dict[str, CutCost] = {}
    after = current
    for name, proposal in proposals.items():
        cost = model.cost(edits.apply_proposal(current, proposal)[0])
        if cost is not None:
            costs[name] = cost
        if name in together:
            after = edits.apply_proposal(after, proposal)[0]
    return costs, model.cost(after)


class _Asked:
    """The trials and spaces of a question; two are equal where the model behind the answer would be the same."""

    def __init__(
        self,
        searched: Space,
        trials: Sequence[TrialRecord],
        before: Space,
        settings: Mapping[str, Value],
        direction: Direction,
    ) -> None:
        self.searched, self.trials, self.before, self.settings, self.direction = (
            searched, trials, before, settings, direction,
        )  # fmt: skip
        spaces = json.dumps([searched.to_dict(), before.to_dict(), dict(settings)], default=str)
        scores = tuple((t.number, t.state, t.score, tuple(t.params.values())) for t in trials)
        self._key = (spaces, direction, repr(scores))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@lru_cache(maxsize=2)
def _kept_model(asked: _Asked) -> "CutModel | None":
    from engine.diagnostics.sample import take_sample

    sample = take_sample(asked.searched, asked.trials, settings=asked.settings, direction=asked.direction)
    return _model(sample, asked.before)


def _model(sample: "Sample", before: Space) -> "CutModel | None":
    from engine.diagnostics.score_model import score_model
    from engine.reviewers.cut_model import CutModel

    model = score_model(sample)
    return None if model is None else CutModel(sample, model, before)
