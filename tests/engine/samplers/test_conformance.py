"""What every sampler must do; a new line in the registry is tested by being there."""

import json
import math
import random
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from engine.errors import EngineError
from engine.samplers.problem import Observation, Problem
from engine.samplers.random import ask as ask_random
from engine.samplers.registry import SAMPLERS, complete_options, load_sampler
from engine.samplers.suggest import Search, Suggestion, suggest
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord, TrialState
from engine.values import Value, as_number, value_key

FAST: dict[str, dict[str, Any]] = {"gp": {"n_points": 500, "n_restarts_optimizer": 1, "max_points": 40}}
"""Options that make a sampler quick without changing what is tested."""

SPACE = Space(
    dimensions=(
        Dimension(name="lr", kind="float", low=1e-6, high=1e-1, log=True),
        Dimension(name="layers", kind="int", low=1, high=6),
        Dimension(name="loss", kind="categorical", choices=("bce", "asl")),
        Dimension(name="gamma", kind="float", low=0.0, high=4.0, active_when={"loss": "asl"}),
        Dimension(name="pct_start", kind="float", low=0.24, high=0.32, active_when={"scheduler": True}),
        Dimension(name="dropout", kind="float", low=0.0, high=0.5, frozen=0.1),
    )
)
LINE = Space(dimensions=(Dimension(name="x", kind="float", low=0.0, high=1.0),))


def search(sampler: str, space: Space = SPACE, **changes: Any) -> Search:
    plain = Search(
        space=space,
        settings={"scheduler": False},
        sampler=sampler,
        options=FAST.get(sampler, {}),
        n_random=4,
        seed=7,
        direction=Direction.MAXIMIZE,
    )
    return replace(plain, **changes)


def score(params: Mapping[str, Value]) -> float:
    x = params.get("lr", params.get("x", 0.5))
    lr = -((math.log10(float(x) + 1e-12) + 3) ** 2)
    return lr + 0.1 * float(params.get("layers", 0)) + (0.5 if params.get("loss") == "asl" else 0.0)


def finished(number: int, found: Suggestion, value: float | None = None, state: TrialState = "complete") -> TrialRecord:
    return TrialRecord(
        number=number,
        state=state,
        source=found.source,
        params=found.params,
        score=score(found.params) if value is None else value,
    )


def run(plan: Search, n: int, trials: list[TrialRecord] | None = None) -> tuple[list[TrialRecord], dict[str, Any]]:
    done, state = list(trials or ()), {}
    for number in range(len(done), n):
        found = suggest(plan, done, number, state)
        state = json.loads(json.dumps(found.state))
        done.append(finished(number, found))
    return done, state


@pytest.fixture(params=list(SAMPLERS))
def sampler(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_suggestion_lies_in_the_space_and_is_plain_json(sampler: str) -> None:
    for trial in run(search(sampler), 9)[0]:
        assert SPACE.misfits(trial.params, {"scheduler": False}) == ()
        assert json.loads(json.dumps(trial.params)) == trial.params
        assert {type(value) for value in trial.params.values()} <= {float, int, str}


def test_frozen_dimensions_keep_their_value_and_inactive_ones_are_absent(sampler: str) -> None:
    for trial in run(search(sampler), 9)[0]:
        assert trial.params["dropout"] == 0.1
        assert "pct_start" not in trial.params
        assert ("gamma" in trial.params) == (trial.params["loss"] == "asl")
    on = search(sampler, settings={"scheduler": True})
    assert all(0.24 <= float(trial.params["pct_start"]) <= 0.32 for trial in run(on, 6)[0])


def test_equal_arguments_give_equal_suggestions(sampler: str) -> None:
    assert [t.params for t in run(search(sampler), 8)[0]] == [t.params for t in run(search(sampler), 8)[0]]


def test_another_seed_gives_other_points(sampler: str) -> None:
    one, two = run(search(sampler), 3)[0], run(search(sampler, seed=8), 3)[0]
    assert [t.params for t in one] != [t.params for t in two]


def test_a_resumed_sprint_proposes_what_an_uninterrupted_one_would(sampler: str) -> None:
    whole, _ = run(search(sampler), 10)
    first, state = run(search(sampler), 7)
    for number in range(7, 10):  # a fresh process knows the rows and the kept state, nothing else
        found = suggest(search(sampler), first, number, json.loads(json.dumps(state)))
        state = found.state
        first.append(finished(number, found))
    assert [t.params for t in first] == [t.params for t in whole]


def test_random_trials_come_first_and_are_called_so(sampler: str) -> None:
    sources = [trial.source for trial in run(search(sampler), 8)[0]]
    guided = SAMPLERS[sampler].is_guided
    assert sources[:4] == ["random"] * 4
    assert ("model" in sources[4:]) == guided


def test_failed_and_not_finite_scores_never_reach_the_model(sampler: str) -> None:
    clean, state = run(search(sampler), 8)
    failures: list[tuple[TrialState, float | None]] = [
        ("failed", None), ("complete", math.nan), ("complete", math.inf), ("pruned", -math.inf), ("cancelled", 3.0),
    ]  # fmt: skip
    spoiled = list(clean)
    for state_name, value in failures:
        found = suggest(search(sampler), spoiled, len(spoiled), state)
        spoiled.append(replace(finished(len(spoiled), found), state=state_name, score=value))
    for _ in range(3):
        found = suggest(search(sampler), spoiled, len(spoiled), state)
        state = found.state
        assert SPACE.misfits(found.params, {"scheduler": False}) == ()
        spoiled.append(finished(len(spoiled), found))


def test_all_trials_failed_still_gives_a_point(sampler: str) -> None:
    trials: list[TrialRecord] = []
    for number in range(8):
        found = suggest(search(sampler), trials, number, {})
        trials.append(replace(finished(number, found), state="failed", score=None))
    assert len({repr(t.params) for t in trials}) == 8


def test_equal_scores_are_no_trouble(sampler: str) -> None:
    trials: list[TrialRecord] = []
    state: dict[str, Any] = {}
    for number in range(10):
        found = suggest(search(sampler), trials, number, state)
        state = found.state
        trials.append(finished(number, found, value=1.0))
    assert len({repr(t.params) for t in trials}) == 10


def test_pending_points_are_never_proposed_again(sampler: str) -> None:
    trials, state = run(search(sampler), 8)
    for number in range(8, 12):
        found = suggest(search(sampler), trials, number, state)
        state = found.state
        trials.append(replace(finished(number, found), state="running", score=None))
    assert len({repr(sorted(t.params.items())) for t in trials}) == 12


def test_one_dimension_is_enough(sampler: str) -> None:
    trials, _ = run(search(sampler, LINE), 10)
    assert all(LINE.misfits(t.params, {}) == () for t in trials)


def test_all_but_one_frozen_varies_that_one_alone(sampler: str) -> None:
    names = ("layers", "loss", "gamma", "pct_start")
    values: tuple[Value, ...] = (2, "asl", 1.0, 0.3)
    space = SPACE
    for name, value in zip(names, values, strict=True):
        space = space.with_dimension(replace(space[name], frozen=value))
    trials, _ = run(search(sampler, space), 8)
    assert {t.params["layers"] for t in trials} == {2}
    assert len({t.params["lr"] for t in trials}) == 8


def test_nothing_left_to_search_gives_the_only_point(sampler: str) -> None:
    space = Space(dimensions=(replace(LINE["x"], frozen=0.5),))
    assert suggest(search(sampler, space), [], 0, {}).params == {"x": 0.5}


def test_a_small_space_is_exhausted_before_a_point_is_repeated(sampler: str) -> None:
    space = Space(
        dimensions=(
            Dimension(name="layers", kind="int", low=1, high=3),
            Dimension(name="loss", kind="categorical", choices=("bce", "asl")),
        )
    )
    trials, _ = run(search(sampler, space), 8)
    assert len({repr(t.params) for t in trials[:6]}) == 6


def test_constraints_hold_in_every_suggestion(sampler: str) -> None:
    space = Space(
        dimensions=(
            *(Dimension(name=f"w{i}", kind="float", low=0.1, high=0.8) for i in range(3)),
            *(Dimension(name=name, kind="int", low=1, high=9) for name in "ab"),
        ),
        constraints=("sum(w*) == 1", "a < b"),
    )
    for trial in run(search(sampler, space), 12)[0]:
        assert space.misfits(trial.params, {}) == ()
        assert math.isclose(sum(float(trial.params[f"w{i}"]) for i in range(3)), 1.0)


def test_a_model_guides_along_the_edge_of_a_constraint(sampler: str) -> None:
    if not SAMPLERS[sampler].is_guided:
        return  # no model
    square = tuple(Dimension(name=name, kind="float", low=0.0, high=1.0) for name in "ab")
    plan = search(sampler, Space(dimensions=square, constraints=("a < b",)))
    trials: list[TrialRecord] = []
    state: dict[str, Any] = {}
    for number in range(16):
        found = suggest(plan, trials, number, state)
        a, b = float(found.params["a"]), float(found.params["b"])
        # The best point, (0.55, 0.45), breaks the constraint; the best that holds it is (0.5, 0.5), at -0.005.
        trials.append(finished(number, found, -((a - 0.55) ** 2) - (b - 0.45) ** 2))
        state = dict(found.state)
    guided = [trial for trial in trials[4:] if trial.source == "model"]
    assert len(guided) >= 4, "without draws around a rejected answer it is 1 of 12 at most, but for cmaes"
    assert max(trial.score or -1.0 for trial in guided) > -0.05


def test_a_thousand_trials_are_no_trouble(sampler: str) -> None:
    rng = random.Random(0)
    trials = []
    for number in range(1000):
        params: dict[str, Value] = {"x": rng.random()}
        trials.append(TrialRecord(number=number, state="complete", source="random", params=params, score=score(params)))
    found = suggest(search(sampler, LINE), trials, 1000, {})
    assert 0.0 <= float(found.params["x"]) <= 1.0


def test_minimizing_the_negated_score_finds_the_same_points(sampler: str) -> None:
    up, _ = run(search(sampler), 8)
    plan, down, state = search(sampler, direction=Direction.MINIMIZE), [], {}
    for number in range(8):
        found = suggest(plan, down, number, state)
        state = found.state
        down.append(finished(number, found, value=-score(found.params)))
    assert [t.params for t in down] == [t.params for t in up]


def test_the_unit_of_the_score_decides_nothing(sampler: str) -> None:
    """gp_hedge on raw scores chooses another acquisition at 0…1 than at 0…100."""
    small, _ = run(search(sampler), 9)
    plan, large, state = search(sampler), [], {}
    for number in range(9):
        found = suggest(plan, large, number, state)
        state = found.state
        large.append(finished(number, found, value=64 * score(found.params)))  # a power of two: exact in floating point
    assert [t.params for t in large] == [t.params for t in small]


def test_unknown_options_are_refused_with_the_nearest_name(sampler: str) -> None:
    with pytest.raises(EngineError, match="unknown key"):
        complete_options(sampler, {"no_such_option": 1})
    with pytest.raises(EngineError, match="did you mean gp"):
        complete_options("gpp", {})


def test_no_warning_reaches_the_worker(sampler: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(search(sampler), 8)


PEOPLES = Space.from_dict(
    {
        "dropout": {"type": "float", "low": 0, "high": 0.5, "step": 0.1},
        "batch": {"type": "int", "low": 16, "high": 256, "step": 16, "log": True},
        "depth": {"type": "categorical", "choices": [None, 3, 5]},
        "widths": {"type": "categorical", "choices": [[64], [64, 32], [32]]},
        "size": {"type": "categorical", "choices": ["small", "medium", "large"], "order": True},
        "mixed": {"type": "categorical", "choices": [True, "true", 1]},
        "top": {"type": "categorical", "choices": ["0", "1", "2"]},
        "middle": {"type": "categorical", "choices": ["p", "q"], "active_when": {"top": ["1", "2"]}},
        "bottom": {"type": "float", "low": 0, "high": 1, "active_when": {"middle": "p", "batch": ">= 32"}},
    }
)


def test_steps_null_lists_orders_and_nested_conditions_are_kept(sampler: str) -> None:
    def judge(params: Mapping[str, Value]) -> float:
        size = ("small", "medium", "large").index(str(params["size"]))
        return size - as_number(params["dropout"]) + (params["depth"] is None) + len(json.dumps(params["widths"])) / 10

    trials: list[TrialRecord] = []
    state: dict[str, Any] = {}
    for number in range(14):
        found = suggest(search(sampler, PEOPLES), trials, number, state)
        state = json.loads(json.dumps(found.state))
        kept = replace(found, params=json.loads(json.dumps(found.params)))
        assert PEOPLES.misfits(kept.params, {}) == ()
        assert ("middle" in kept.params) == (kept.params["top"] != "0")
        has_bottom = kept.params.get("middle") == "p" and as_number(kept.params["batch"]) >= 32
        assert ("bottom" in kept.params) == has_bottom
        assert round(as_number(kept.params["dropout"]), 1) == kept.params["dropout"]
        trials.append(finished(number, kept, judge(kept.params)))
    assert len({value_key(trial.params["mixed"]) for trial in trials}) > 1


def test_the_ends_of_whole_numbers_and_steps_are_drawn_as_often_as_the_middle(sampler: str) -> None:
    """Chi-square over the values, at a thousandth: rounding positions gives the ends half of the others' share."""
    from scipy.stats import chisquare

    space = Space(
        dimensions=(
            Dimension(name="n", kind="int", low=1, high=4),
            Dimension(name="x", kind="float", low=0.0, high=0.3, step=0.1),
            Dimension(name="size", kind="categorical", choices=("a", "b", "c", "d"), ordered=True),
        )
    )
    plan = search(sampler, space, n_random=10_000)
    rows = [TrialRecord(number=n, state="complete", source="random", params={}, score=0.0) for n in range(400)]
    for name in space.names:
        seen: dict[Any, int] = {}
        for number in range(400):
            drawn = load_sampler(sampler)(problem_of(plan, rows[:number]), number=number, seed=number * 7919, state={})
            seen[drawn.params[name]] = seen.get(drawn.params[name], 0) + 1
        assert len(seen) == 4
        assert chisquare(list(seen.values())).pvalue > 0.001, (name, seen)


def problem_of(plan: Search, rows: list[TrialRecord]) -> Problem:
    return Problem(
        dimensions=plan.space.free({}),
        history=(),
        n_random=plan.n_random,
        index=len(rows),
        options=complete_options(plan.sampler, plan.options),
        base_seed=plan.seed,
    )


def test_a_model_does_not_shun_the_ends_of_whole_numbers(sampler: str) -> None:
    """The model's own first proposals, from trials that say nothing about n: each end its fair share."""
    if not SAMPLERS[sampler].is_guided:
        return  # no model
    space = Space(
        dimensions=(
            Dimension(name="n", kind="int", low=1, high=4),
            Dimension(name="x", kind="float", low=0.0, high=1.0),
        )
    )
    rng = random.Random(3)
    drawn = []
    for start in range(40):
        trials = [
            TrialRecord(
                number=k,
                state="complete",
                source="random",
                params={"n": 1 + (k + start) % 4, "x": rng.random()},
                score=rng.random(),
            )
            for k in range(8)
        ]
        drawn.append(suggest(search(sampler, space, seed=start), trials, 8, {}).params["n"])
    ends = sum(n in (1, 4) for n in drawn)
    assert ends >= 10, f"{ends} of 40 at an end; a fair half is 20, and 10 is less than one in a thousand"


@pytest.mark.parametrize("sampler", sorted(set(SAMPLERS) - {"random", "qmc"}))
def test_the_plans_random_trials_are_drawn_at_random_however_many_trials_are_known(sampler: str) -> None:
    """Primed trials make a history before the first suggestion; the startup trials stay random all the same."""
    x = Dimension(name="x", kind="float", low=0.0, high=1.0)
    known = tuple(Observation(number=n, params={"x": n / 20}, loss=float(n)) for n in range(20))
    problem = Problem(
        dimensions=(x,), history=known, n_random=25, index=20, options=complete_options(sampler, {}), base_seed=3
    )
    answer = load_sampler(sampler)(problem, number=20, seed=11, state={})
    assert answer.params == ask_random(problem, number=20, seed=11, state={}).params
