"""The Gaussian process against scikit-optimize's own Optimizer, kept alive as gp_minimize keeps it."""

import json
import math
from typing import Any

import numpy as np
import pytest
from sklearn.utils import check_random_state
from skopt.utils import cook_estimator

from engine.errors import EngineError
from engine.samplers import gp
from engine.samplers.gp_regressor import regressor
from engine.samplers.problem import Observation, Problem
from engine.samplers.registry import complete_options
from engine.space.dimension import Dimension

DIMENSIONS = (
    Dimension(name="lr", kind="float", low=1e-6, high=1e-1, log=True),
    Dimension(name="layers", kind="int", low=1, high=8),
    Dimension(name="loss", kind="categorical", choices=("bce", 2, True)),
)
OPTIONS = complete_options("gp", {"n_points": 400, "n_restarts_optimizer": 2})


def problem(history: list[Observation], **options: Any) -> Problem:
    return Problem(
        dimensions=DIMENSIONS,
        history=tuple(history),
        n_random=5,
        index=len(history),
        options={**OPTIONS, **options},
        base_seed=3,
    )


def loss(params: dict[str, Any]) -> float:
    return float((math.log10(params["lr"]) + 3) ** 2 + 0.2 * params["layers"] + (params["loss"] == "bce"))


def history_of(n: int, **options: Any) -> tuple[list[Observation], dict[str, Any]]:
    seen: list[Observation] = []
    state: dict[str, Any] = {}
    for number in range(n):
        answer = gp.ask(problem(seen, **options), number=number, seed=100 + number, state=state)
        state = json.loads(json.dumps(answer.state))
        seen.append(Observation(number=number, params=dict(answer.params), loss=loss(dict(answer.params))))
    return seen, state


def test_kept_state_makes_the_choices_of_an_optimizer_that_was_never_taken_down() -> None:
    """The Optimizer lives through ten suggestions; only its random stream and scores' scale are set by hand."""
    seen, _ = history_of(15)
    living = gp._optimizer(problem(seen[:5]), seed=0)
    for number in range(5, 15):
        known = seen[:number]
        scale = problem(known).standardized()
        rng = check_random_state(100 + number)
        seed = rng.randint(0, np.iinfo(np.int32).max)
        living.base_estimator_ = cook_estimator("GP", space=living.space, random_state=seed, noise="gaussian")
        living.base_estimator_.__class__ = regressor(DIMENSIONS)
        living.rng = rng
        told = len(living.Xi)
        living.yi = [scale[one.number] for one in known[:told]]
        fresh = known[told:]
        living.tell([gp._to_skopt(DIMENSIONS, one.params) for one in fresh], [scale[one.number] for one in fresh])
        assert gp._from_skopt(DIMENSIONS, living.ask()) == seen[number].params, f"trial {number}"


def test_without_the_kept_gains_the_hedge_chooses_otherwise() -> None:
    """Bulk replay alone gives another point: the state is not decoration."""
    differing = 0
    for n in (9, 12):
        seen, state = history_of(n)
        kept = gp.ask(problem(seen), number=n, seed=1000 + n, state=state)
        lost = gp.ask(problem(seen), number=n, seed=1000 + n, state={})
        differing += kept.params != lost.params or kept.state["gains"] != lost.state["gains"]
    assert differing == 2


def test_categories_of_mixed_types_keep_their_type() -> None:
    values = {repr(one.params["loss"]) for one in history_of(14)[0]}
    assert values <= {"'bce'", "2", "True"}
    assert len(values) == 3


@pytest.mark.parametrize("generator", ["sobol", "lhs", "halton", "hammersly", "grid"])
def test_every_initial_point_generator_can_be_reached(generator: str) -> None:
    seen, _ = history_of(5, initial_point_generator=generator)
    assert len({repr(one.params) for one in seen}) >= (3 if generator == "grid" else 5)  # a grid of 5 has few levels


@pytest.mark.parametrize("acq_func", ["EI", "LCB", "PI"])
def test_every_acquisition_function_can_be_reached(acq_func: str) -> None:
    seen, state = history_of(8, acq_func=acq_func)
    assert state == {}
    assert len(seen) == 8


def test_every_other_option_reaches_the_optimizer() -> None:
    """As scikit-optimize keeps them; what is written in a plan is what it works with."""
    seen, _ = history_of(5)
    given = {"acq_func": "LCB", "acq_optimizer": "sampling", "xi": 0.5, "kappa": 3.0, "noise": 0.25, "n_points": 77}
    made = gp._optimizer(problem(seen, **given, n_restarts_optimizer=4), seed=1)
    assert (made.acq_func, made.acq_optimizer) == ("LCB", "sampling")
    assert made.acq_func_kwargs == {"xi": 0.5, "kappa": 3.0}
    assert (made.n_points, made.n_restarts_optimizer) == (77, 4)
    assert made.base_estimator_.noise == 0.25
    assert gp._optimizer(problem(seen), seed=1).base_estimator_.noise == "gaussian"
    elsewhere = {"n_restarts_optimizer", "initial_point_generator", "liar", "max_points"}
    assert OPTIONS.keys() == {*given, *elsewhere}, "an option is neither tested here nor by itself"


def test_a_pending_trial_is_taken_for_what_the_liar_says() -> None:
    seen, _ = history_of(6)
    pending = Observation(number=6, params=dict(seen[0].params), loss=None)
    losses = sorted(problem(seen).standardized().values())
    for liar, lie in (("min", losses[0]), ("max", losses[-1]), ("mean", sum(losses) / len(losses))):
        assert gp._told(problem([*seen, pending], liar=liar))[1][-1] == pytest.approx(lie)


def test_the_worst_of_the_older_trials_are_left_out_beyond_max_points() -> None:
    seen, _ = history_of(9)
    points, losses = gp._told(problem(seen, max_points=6))
    assert len(points) == len(losses) == 6


@pytest.mark.parametrize(
    ("option", "value"),
    [("acq_func", "UCB"), ("acq_optimizer", "newton"), ("liar", "median"), ("noise", "loud"), ("noise", 0)],
)
def test_a_plan_with_an_option_out_of_its_range_is_refused_before_it_runs(option: str, value: object) -> None:
    with pytest.raises(EngineError, match=f"{option} must be"):
        complete_options("gp", {option: value})


def test_an_optimizer_that_needs_a_gradient_where_there_is_none_is_refused() -> None:
    words = Dimension(name="loss", kind="categorical", choices=("a", "b", "c"))
    seen = [Observation(number=n, params={"loss": one}, loss=float(n)) for n, one in enumerate("abc")]
    wrong = Problem(dimensions=(words,), history=tuple(seen), n_random=0, index=3,
                    options={**OPTIONS, "acq_optimizer": "lbfgs"}, base_seed=3)  # fmt: skip
    with pytest.raises(EngineError, match="acq_optimizer at auto"):
        gp._optimizer(wrong, seed=1)


@pytest.mark.parametrize(
    ("option", "value"), [("acq_func", "UCB"), ("liar", "median"), ("initial_point_generator", "dice")]
)
def test_options_out_of_range_say_what_is_allowed(option: str, value: str) -> None:
    with pytest.raises(EngineError, match=value):
        history_of(7, **{option: value})
