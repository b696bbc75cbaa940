"""The Gaussian process of scikit-optimize, run as ``gp_minimize`` runs it, but as a function of the trials.

``gp_minimize`` keeps an Optimizer between calls; here one is built for each suggestion. What it would carry over and
the trials do not tell are the hedge's gains and its last three candidates: they are the state (decisions: State of the
hedge). The random stream is reseeded for each trial number, so a resumed sprint proposes what an uninterrupted one
would. Earlier trials that inform only are told as well; those beyond the bounds enter the process's fit where they lie,
up to one width of the range away, their losses no worse than `WORST`.
"""

import math
import statistics
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import EngineError
from engine.samplers.gp_regressor import regressor
from engine.samplers.problem import Answer, Observation, Problem
from engine.samplers.random import ask as ask_random
from engine.space.dimension import Dimension
from engine.values import Value, as_number, native

WORST = 2.0
"""Standardized loss of an earlier point beyond the bounds at most."""

LIARS = ("min", "mean", "max")
"""What a pending trial may be taken to score, in terms of the losses so far (constant liar, Ginsbourger 2010)."""


def ask(problem: Problem, *, number: int, seed: int, state: Mapping[str, Any]) -> Answer:
    """Suggest a point: initial ones first, then the optimum of the acquisition function.

    Raises:
        EngineError: For an option out of its range.
    """
    if problem.index < problem.n_random or not problem.observed:
        if problem.options["initial_point_generator"] == "random" or problem.index >= problem.n_random:
            return ask_random(problem, number=number, seed=seed, state=state)
        return Answer(params=_initial_point(problem), state=state, guided=False)
    import numpy as np
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1), warnings.catch_warnings():
        # scikit-optimize warns when a candidate repeats a trial, and then takes another one: that is what we want.
        warnings.simplefilter("ignore")
        optimizer = _optimizer(problem, seed)
        # gp_minimize's own next_x is a function of everything told so far; telling at once gives the same model, and
        # the gains and candidates of the last suggestion make the hedge's choice the same too.
        if optimizer.acq_func == "gp_hedge" and len(state.get("next_xs", ())) == 3:
            candidates = [np.asarray(x, dtype=float) for x in state["next_xs"]]
            if all(len(x) == optimizer.space.transformed_n_dims for x in candidates):
                optimizer.next_xs_ = candidates
                optimizer.gains_ = np.asarray(state["gains"], dtype=float)
        points, losses = _told(problem)
        optimizer.tell(points, losses)
        chosen = optimizer.ask()
    kept: dict[str, Any] = {}
    if optimizer.acq_func == "gp_hedge":
        kept = {
            "gains": [float(gain) for gain in optimizer.gains_],
            "next_xs": [[float(x) for x in candidate] for candidate in optimizer.next_xs_],
        }
    return Answer(params=_from_skopt(problem.dimensions, chosen), state=kept)


def _optimizer(problem: Problem, seed: int) -> Any:
    """An Optimizer made of the parts ``gp_minimize`` makes it of."""
    import numpy as np
    from sklearn.utils import check_random_state
    from skopt import Optimizer
    from skopt.utils import cook_estimator, normalize_dimensions

    options = problem.options
    if options["acq_func"] not in ("gp_hedge", "EI", "LCB", "PI"):
        raise EngineError(f"gp: acq_func must be gp_hedge, EI, LCB or PI, got {options['acq_func']!r}")
    rng = check_random_state(seed)
    space = normalize_dimensions(_dimensions(problem.dimensions))
    estimator = cook_estimator(
        "GP", space=space, random_state=rng.randint(0, np.iinfo(np.int32).max), noise=options["noise"]
    )
    outside = _outside(problem, space)
    estimator.__class__ = regressor(problem.dimensions, problem.success, problem.least_chance, outside)
    try:
        return Optimizer(
            space,
            estimator,
            # gp_minimize counts primed points on top of the random ones; here the random ones are over.
            n_initial_points=0,
            acq_func=options["acq_func"],
            acq_optimizer=options["acq_optimizer"],
            random_state=rng,
            model_queue_size=1,
            acq_optimizer_kwargs={
                "n_points": options["n_points"],
                "n_restarts_optimizer": options["n_restarts_optimizer"],
                "n_jobs": 1,
            },
            acq_func_kwargs={"xi": options["xi"], "kappa": options["kappa"]},
        )
    except ValueError as error:  # such as lbfgs over a space of categories alone, which has no gradient
        raise EngineError(f"gp: {error}", "leave acq_optimizer at auto") from error


def _outside(problem: Problem, space: Any) -> tuple[Any, Any] | None:
    """Earlier points beyond the bounds, transformed, and their standardized losses, none worse than `WORST`.

    What is far worse than all inside would stretch the process to explain it, and says no more than "not there".
    """
    import numpy as np

    known = [one.loss for one in problem.observed if one.loss is not None]
    mean, spread = statistics.fmean(known), statistics.pstdev(known)
    if not problem.outside or not spread > 0.0:
        return None
    rows = []
    for one in problem.outside:
        row = np.asarray(space.transform([_to_skopt(problem.dimensions, one.params)])[0], dtype=float)
        at = 0
        for dimension in problem.dimensions:
            if dimension.is_ordered:
                row[at] = dimension.to_share(one.params[dimension.name])
            at += 1 if dimension.is_ordered or len(dimension.choices) <= 2 else len(dimension.choices)
        rows.append(row)
    losses = [min(((one.loss or 0.0) - mean) / spread, WORST) for one in problem.outside]
    return np.array(rows), np.array(losses)


def _told(problem: Problem) -> tuple[list[list[Any]], list[float]]:
    """Points and standardized losses of all usable trials, pending ones with the lie."""
    losses = problem.standardized()
    liar = problem.options["liar"]
    if liar not in LIARS:
        raise EngineError(f"gp: liar must be one of {', '.join(LIARS)}, got {liar!r}")
    known = list(losses.values())
    lie = {"min": min(known), "max": max(known), "mean": sum(known) / len(known)}[liar]
    told = _most_telling(problem, losses)
    points = [_to_skopt(problem.dimensions, one.params) for one in told]
    return points, [losses.get(one.number, lie) for one in told]


def _most_telling(problem: Problem, losses: Mapping[int, float]) -> list[Observation]:
    """The history, or its pending, newest and best trials when it has more than ``max_points``."""
    limit = max(2, problem.options["max_points"])
    history = list(problem.history)
    if len(history) <= limit:
        return history
    newest = {one.number for one in history[-(limit // 2) :]}
    kept = newest | {one.number for one in problem.pending}
    best = sorted((one for one in problem.observed if one.number not in kept), key=lambda one: losses[one.number])
    kept |= {one.number for one in best[: max(0, limit - len(kept))]}
    return [one for one in history if one.number in kept]


def _initial_point(problem: Problem) -> dict[str, Value]:
    """Point ``index`` of the generator's sequence of ``n_random``."""
    from skopt.utils import cook_initial_point_generator, normalize_dimensions

    try:
        generator = cook_initial_point_generator(problem.options["initial_point_generator"])
    except ValueError as error:
        raise EngineError(f"gp: {error}", "random, sobol, lhs, halton, hammersly or grid") from error
    space = normalize_dimensions(_dimensions(problem.dimensions))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sobol complains about counts that are no power of two
        points = generator.generate(space.dimensions, problem.n_random, random_state=problem.base_seed % 2**31)
    return _from_skopt(problem.dimensions, points[problem.index])


def _dimensions(dimensions: Sequence[Dimension]) -> list[Any]:
    """The dimensions as scikit-optimize's; what has steps or an order becomes a share, see `engine.space.dimension`.

    Its own whole numbers are rounded positions, which propose either end half as often as the others.
    """
    from skopt.space import Categorical, Real

    made: list[Any] = []
    for dimension in dimensions:
        if not dimension.is_ordered:
            # By position, as text: scikit-optimize's numpy arrays would turn mixed choices into one type.
            made.append(Categorical([str(index) for index in range(len(dimension.choices))], name=dimension.name))
        elif dimension.n_values < math.inf:
            made.append(Real(0.0, 1.0, name=dimension.name))
        else:
            low, high = dimension.bounds
            made.append(Real(low, high, prior="log-uniform" if dimension.log else "uniform", name=dimension.name))
    return made


def _to_skopt(dimensions: Sequence[Dimension], params: Mapping[str, Value]) -> list[Any]:
    point: list[Any] = []
    for dimension in dimensions:
        value = params[dimension.name]
        if not dimension.is_ordered:
            point.append(str(dimension.index(value)))
        elif dimension.n_values < math.inf:
            point.append(min(max(dimension.to_share(value), 0.0), 1.0))
        else:
            low, high = dimension.bounds
            point.append(min(max(as_number(value), low), high))  # 9.999999999999997e-06 is "outside" there
    return point


def _from_skopt(dimensions: Sequence[Dimension], point: Sequence[Any]) -> dict[str, Value]:
    params: dict[str, Value] = {}
    for dimension, raw in zip(dimensions, point, strict=True):
        if not dimension.is_ordered:
            params[dimension.name] = dimension.choices[int(raw)]
        elif dimension.n_values < math.inf:
            params[dimension.name] = dimension.from_share(float(raw))
        else:
            params[dimension.name] = dimension.nearest(as_number(native(raw)))
    return params
