"""The next trial's parameters as a pure function of the sprint's rows.

The sampler sees free, active dimensions and usable trials only; what is frozen or inactive, failed or not a number, and
what must not be repeated is settled here, once for all samplers.
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.errors import EngineError
from engine.samplers.problem import Answer, FailedPoint, Observation, Problem
from engine.samplers.registry import complete_options, load_sampler, sampler_info
from engine.samplers.success import Success, encode, learn_success
from engine.seeds import suggestion_seed
from engine.space.dimension import Dimension
from engine.space.draw import draw
from engine.space.space import Space
from engine.space.sum_constraints import Reparametrization, reparametrize
from engine.trials.states import Direction, TrialState
from engine.trials.trial import TrialRecord, TrialSource
from engine.values import UNSET, Value, value_key

MAX_DRAWS = 10_000
"""Random draws after which constraints count as impossible to satisfy."""

NEAR_WIDTHS = (0.02, 0.05, 0.1, 0.2)
"""Standard deviations, in parts of a range, of the draws around a model's answer that broke a constraint."""

WARINESS = ((0.05, 0.7), (0.1, 0.85), (1.0, 0.93))
"""Chance of success that a proposal needs, by the share of failed ones among the guided trials: a search that follows
an edge is to fail about once in twelve, for it learns nothing of the edge otherwise."""

N_LEADERS = 3
"""Best trials towards which a proposal that is likely to fail is moved."""

WAY = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99)
"""Shares of the way on which such a move may end; finer near its end, for there the edge often lies."""

NEAR_DRAWS = 20
"""Draws at each width: an edge through the answer passes half of them."""

REACH = 1.0
"""Widths of a range beyond its bounds up to which earlier trials inform: what lies farther says nothing of inside."""

MOST_OUTSIDE = 60
"""Earlier trials beyond the bounds that inform at most: the cost is cubic."""

MAX_REPEATS = 200
"""Random draws after which a space counts as exhausted, so that a trial may be repeated."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """What stays the same over a sprint's suggestions.

    Attributes:
        space: The sprint's space.
        settings: What ``active_when`` conditions are judged by.
        sampler: Name in the registry.
        options: The sampler's options.
        n_random: Random trials before the model guides.
        seed: Of the sprint.
        direction: Which way the score is better.
        informing: Trials of an earlier sprint, scored alike: they inform the model and are no trials of this one
            (`engine.sprint.informing`).
    """

    space: Space
    settings: Mapping[str, Value]
    sampler: str
    options: Mapping[str, Any]
    n_random: int
    seed: int
    direction: Direction
    informing: tuple[TrialRecord, ...] = ()

    def breaks_constraint(self, params: Mapping[str, Value]) -> bool:
        """Whether finished parameters break a constraint of the space."""
        return bool(self.space.constraints) and bool(self.space.violations(params, self.settings))


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """A new trial.

    Attributes:
        params: Active dimensions, frozen ones included, in the space's order.
        source: ``random`` or ``model``.
        state: The sampler's state to keep with the trial.
        n_rejected: Proposed or uniformly drawn points thrown away because they broke a constraint.
    """

    params: dict[str, Value]
    source: TrialSource
    state: dict[str, Any]
    n_rejected: int = 0


def suggest(search: Search, trials: Sequence[TrialRecord], number: int, state: Mapping[str, Any]) -> Suggestion:
    """The parameters of trial ``number``.

    Args:
        search: The sprint.
        trials: All its trials so far, epoch reports where the sampler reads them.
        number: Of the trial to come.
        state: What the last suggestion returned as state.

    Raises:
        EngineError: For wrong options, or when no point satisfies the constraints.
    """
    options = complete_options(search.sampler, search.options)
    seed = suggestion_seed(search.seed, number)
    view = reparametrize(search.space, search.settings)
    dimensions = tuple(d for d in view.space.free(search.settings) if not _is_constant(d))
    if not dimensions:
        return Suggestion(params=_finish(search, view, {}), source="random", state=dict(state))
    index = sum(trial.source in ("random", "model") and trial.number < number for trial in trials)
    earlier = [replace(trial, number=place - len(search.informing)) for place, trial in enumerate(search.informing)]
    history = tuple(_observations(search, view, dimensions, [*earlier, *trials]))
    failures = tuple(_failures(view, dimensions, [*earlier, *trials]))
    guides = sampler_info(search.sampler).is_guided and index >= search.n_random
    problem = Problem(
        dimensions=dimensions,
        history=history,
        n_random=search.n_random,
        index=index,
        options=options,
        base_seed=search.seed,
        failures=failures,
        success=_success(dimensions, history, failures) if failures and guides else None,
        least_chance=_least_chance(trials),
        outside=_outside(search, view, dimensions, earlier) if guides else (),
    )
    answer = load_sampler(search.sampler)(problem, number=number, seed=seed, state=state)
    if problem.success is not None:
        answer = _steered(problem, answer, random.Random(seed ^ 0xFA11))
    params = _finish(search, view, answer.params)
    seen = {_key(trial.params) for trial in (*trials, *earlier)}
    if _key(params) not in seen and not search.breaks_constraint(params):
        return Suggestion(params=params, source="model" if answer.guided else "random", state=dict(answer.state))
    return _redrawn(search, view, problem, seen, params, answer, random.Random(seed ^ 0x5EED))


def _redrawn(
    search: Search,
    view: Reparametrization,
    problem: Problem,
    seen: set[str],
    params: dict[str, Value],
    answer: Answer,
    rng: random.Random,
) -> Suggestion:
    """A point in place of an answer that repeats a trial or breaks a constraint.

    Near a model's answer first: where the best points lie along a constraint's edge, a model proposes points beyond it
    again and again, and uniform draws in their place would make the search a random one.
    """
    repeated = None if search.breaks_constraint(params) else params
    n_rejected = int(repeated is None)
    for width in NEAR_WIDTHS if answer.guided else ():
        for _ in range(NEAR_DRAWS):
            drawn = _finish(search, view, _near(problem.dimensions, answer.params, width, rng))
            if not search.breaks_constraint(drawn) and _key(drawn) not in seen:
                return Suggestion(params=drawn, source="model", state=dict(answer.state), n_rejected=n_rejected)
    for n_drawn in range(1, MAX_DRAWS + 1):
        drawn = _finish(search, view, draw(problem.dimensions, rng))
        feasible = not search.breaks_constraint(drawn)
        if feasible and _key(drawn) not in seen:
            return Suggestion(params=drawn, source="random", state=dict(answer.state), n_rejected=n_rejected)
        n_rejected += not feasible
        if feasible and n_drawn >= MAX_REPEATS:
            # Every point of a small space was tried: one more run of one of them tells at least about noise.
            return Suggestion(
                params=repeated or drawn, source="random", state=dict(answer.state), n_rejected=n_rejected
            )
    raise EngineError(
        f"some point must satisfy the constraints, got none in {MAX_DRAWS} random draws", "loosen a constraint"
    )


def _near(
    dimensions: Sequence[Dimension], params: Mapping[str, Value], width: float, rng: random.Random
) -> dict[str, Value]:
    """A point around another one: Gaussian on every ordered dimension's own scale, ``width`` in parts of its range.

    Categories without an order are drawn again with a chance of ``width``.
    """
    moved: dict[str, Value] = {}
    for dimension in dimensions:
        value = params[dimension.name]
        if dimension.is_ordered:
            moved[dimension.name] = dimension.from_share(dimension.to_share(value) + rng.gauss(0.0, width))
        else:
            moved[dimension.name] = rng.choice(dimension.choices) if rng.random() < width else value
    return moved


def _failures(
    view: Reparametrization, dimensions: Sequence[Dimension], trials: Sequence[TrialRecord]
) -> list[FailedPoint]:
    """Trials that failed, whatever of: also a worker that died under a trial again and again may tell of it."""
    found = []
    for trial in sorted(trials, key=lambda one: one.number):
        is_none = trial.state == TrialState.COMPLETE and (trial.score is None or not math.isfinite(trial.score))
        params = _filled(dimensions, view.encode(trial.params)) if trial.state == TrialState.FAILED or is_none else None
        if params is not None:
            found.append(FailedPoint(number=trial.number, params=params, kind="nan" if is_none else trial.failure))
    return found


def _success(
    dimensions: Sequence[Dimension], history: Sequence[Observation], failures: Sequence[FailedPoint]
) -> Success | None:
    """Where trials succeed, from those that ended."""
    by_kind: dict[str, list[list[float]]] = {}
    for one in failures:
        by_kind.setdefault(one.kind, []).append(encode(dimensions, one.params))
    return learn_success([encode(dimensions, one.params) for one in history if not one.is_pending], by_kind)


def _least_chance(trials: Sequence[TrialRecord]) -> float:
    """Chance of success a proposal needs: more the more of the guided trials have failed so far."""
    ended = [t.state for t in trials if t.source == "model" and t.state.is_tried]
    share = ended.count(TrialState.FAILED) / (len(ended) + 1)
    return next(chance for most, chance in WARINESS if share <= most)


def _steered(problem: Problem, answer: Answer, rng: random.Random) -> Answer:
    """The answer or, where it is likely to fail, a point on the way to the best trials or around them that is not.

    Where no way leads there, for nothing has succeeded yet, it is the first of many random points that is as likely to
    succeed as any of them.
    """
    best = sorted(problem.observed, key=lambda one: one.loss or 0.0)[:N_LEADERS] if answer.guided else []
    on_the_way = [_between(problem.dimensions, answer.params, one.params, share) for share in WAY for one in best]
    around = [
        _near(problem.dimensions, one.params, width, rng)
        for width in NEAR_WIDTHS
        for one in best
        for _ in range(NEAR_DRAWS)
    ]
    anywhere = [] if best else [draw(problem.dimensions, rng) for _ in range(NEAR_DRAWS)]
    points = [answer.params, *on_the_way, *around, *anywhere]
    chosen = problem.likely(points).index(True)
    return answer if chosen == 0 else replace(answer, params=points[chosen])


def _between(
    dimensions: Sequence[Dimension], start: Mapping[str, Value], end: Mapping[str, Value], share: float
) -> dict[str, Value]:
    """A point on the way from one to another; categories without an order change half way."""
    return {
        d.name: d.from_share(d.to_share(start[d.name]) * (1 - share) + d.to_share(end[d.name]) * share)
        if d.is_ordered
        else (start if share < 0.5 else end)[d.name]
        for d in dimensions
    }


def _observations(
    search: Search, view: Reparametrization, dimensions: Sequence[Dimension], trials: Sequence[TrialRecord]
) -> list[Observation]:
    found = []
    for trial in sorted(trials, key=lambda one: one.number):
        is_pending = not trial.state.is_finished
        usable = trial.state.is_scored and trial.score is not None and math.isfinite(trial.score)
        params = _filled(dimensions, view.encode(trial.params))
        if params is None or not (is_pending or usable):
            continue
        found.append(
            Observation(
                number=trial.number,
                params=params,
                loss=None if is_pending else search.direction.cost(trial.score or 0.0),
                curve={
                    report.step: search.direction.cost(report.score)
                    for report in trial.reports
                    if report.phase == "train" and math.isfinite(report.score)
                },
                is_pruned=trial.state == TrialState.PRUNED,
            )
        )
    return found


def _outside(
    search: Search, view: Reparametrization, dimensions: Sequence[Dimension], earlier: Sequence[TrialRecord]
) -> tuple[Observation, ...]:
    """Earlier trials beyond the bounds of ordered dimensions, the nearest first; see `REACH`.

    Where sums are held a position depends on the others, and there is none beyond the bounds.
    """
    if view.sums or not sampler_info(search.sampler).reads_outside:
        return ()
    found: list[tuple[float, Observation]] = []
    for trial in earlier:
        scored = trial.state == TrialState.COMPLETE and trial.score is not None and math.isfinite(trial.score)
        params = {d.name: trial.params.get(d.name, d.from_share(0.5)) for d in dimensions}
        if not scored or any(not d.is_ordered and d.index(params[d.name]) < 0 for d in dimensions):
            continue
        away = [
            max(-u, u - 1.0, 0.0) for d in dimensions if d.kind != "categorical" for u in [d.to_unit(params[d.name])]
        ]
        if 1e-9 < max(away, default=0.0) <= REACH:
            loss = search.direction.cost(trial.score or 0.0)
            found.append((sum(away), Observation(number=trial.number, params=params, loss=loss)))
    found.sort(key=lambda one: one[0])
    return tuple(one for _, one in found[:MOST_OUTSIDE])


def _filled(dimensions: Sequence[Dimension], params: Mapping[str, Value]) -> dict[str, Value] | None:
    """A value for each dimension: inactive ones sit in the middle; None for a trial that does not fit the space."""
    filled: dict[str, Value] = {}
    for dimension in dimensions:
        value = params.get(dimension.name, dimension.from_share(0.5))
        if not _lies_in(dimension, value):
            return None
        filled[dimension.name] = value
    return filled


def _lies_in(dimension: Dimension, value: Value) -> bool:
    """Whether a value is a choice or inside the bounds, be it beside the grid of steps."""
    if dimension.kind == "categorical":
        return dimension.index(value) >= 0
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -1e-9 <= dimension.to_unit(value) <= 1 + 1e-9


def _finish(search: Search, view: Reparametrization, sampled: Mapping[str, Value]) -> dict[str, Value]:
    """Sampled values with the frozen ones added and the inactive ones left out, in the space's order."""
    known = {d.name: d.choices[0] for d in view.space.free(search.settings) if _is_constant(d)} | dict(sampled)
    decoded = view.decode(known)
    active = search.space.active(search.settings)
    params: dict[str, Value] = {d.name: decoded[d.name] if d.frozen is UNSET else d.frozen for d in active}
    return {name: value for name, value in params.items() if search.space.is_active(name, params, search.settings)}


def _is_constant(dimension: Dimension) -> bool:
    return dimension.kind == "categorical" and len(dimension.choices) == 1


def _key(params: Mapping[str, Value]) -> str:
    return repr(sorted((name, value_key(value)) for name, value in params.items()))
