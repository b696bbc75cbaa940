"""Where trials succeed: learned from failures, by kind, and used by every sampler that guides."""

import json
import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from engine.samplers.registry import SAMPLERS
from engine.samplers.success import learn_success
from engine.samplers.suggest import Search, suggest
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord
from engine.values import Value, as_number

SQUARE = Space(dimensions=tuple(Dimension(name=name, kind="float", low=0.0, high=1.0) for name in "xy"))


def test_the_chance_falls_evenly_between_a_success_and_a_failure() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(size=(40, 2))
    fails = points[:, 0] > 0.6
    success = learn_success(points[~fails], {"oom": points[fails]})
    assert success is not None
    across = success.chance(np.array([[x, 0.5] for x in (0.1, 0.4, 0.6, 0.8, 0.95)]))
    assert list(across) == sorted(across, reverse=True)
    assert across[0] > 0.85
    assert 0.2 < across[2] < 0.8
    assert across[-1] < 0.2


def test_failures_without_a_pattern_are_in_nobodys_way() -> None:
    rng = np.random.default_rng(1)
    points = rng.uniform(size=(60, 2))
    fails = rng.uniform(size=60) < 0.25
    success = learn_success(points[~fails], {"lost": points[fails]})
    assert success is not None
    chances, needed = success.likely(rng.uniform(size=(500, 2)), 0.85)
    assert (chances >= needed).mean() > 0.3


def test_each_kind_of_failure_counts_and_none_is_no_model() -> None:
    rng = np.random.default_rng(2)
    points = rng.uniform(size=(60, 2))
    hot, big = points[:, 0] > 0.7, points[:, 1] > 0.7
    success = learn_success(points[~hot & ~big], {"nan": points[hot], "oom": points[big & ~hot]})
    assert success is not None
    assert len(success.kinds) == 2
    at = success.chance(np.array([[0.3, 0.3], [0.9, 0.3], [0.3, 0.9]]))
    assert at[0] > 0.75
    assert max(at[1:]) < 0.4
    assert learn_success(points, {}) is None


def explore(sampler: str, n: int, n_random: int, options: Mapping[str, Any]) -> list[TrialRecord]:
    """Case 19: the score rises towards x = 1, but beyond 0.6 trials diverge."""
    plan = Search(
        space=SQUARE,
        settings={},
        sampler=sampler,
        options=options,
        n_random=n_random,
        seed=3,
        direction=Direction.MAXIMIZE,
    )
    trials: list[TrialRecord] = []
    state: dict[str, Any] = {}
    for number in range(n):
        found = suggest(plan, trials, number, state)
        state = json.loads(json.dumps(found.state))
        x, y = as_number(found.params["x"]), as_number(found.params["y"])
        fails = x > 0.6
        trials.append(
            TrialRecord(
                number=number,
                state="failed" if fails else "complete",
                source=found.source,
                params=found.params,
                score=None if fails else x - 0.1 * (y - 0.3) ** 2,
                failure="nan" if fails else "",
            )
        )
    return trials


@pytest.mark.parametrize("sampler", [name for name, info in SAMPLERS.items() if info.is_guided])
def test_a_search_leaves_a_failing_region(sampler: str) -> None:
    trials = explore(sampler, 26, 8, {"n_points": 500, "n_restarts_optimizer": 1} if sampler == "gp" else {})
    guided = [trial for trial in trials if trial.source == "model"]
    assert len(guided) >= 12
    failed = sum(trial.state == "failed" for trial in guided)
    assert failed <= 0.15 * len(guided) + 1, f"{failed} of {len(guided)} guided trials failed"
    assert max(trial.score or 0.0 for trial in trials) > 0.54, "0.6 is the best that trains"


def test_a_configuration_that_failed_is_not_tried_again() -> None:
    grid = Space(
        dimensions=(
            Dimension(name="n", kind="int", low=1, high=3),
            Dimension(name="loss", kind="categorical", choices=("bce", "asl")),
        )
    )
    plan = Search(space=grid, settings={}, sampler="tpe", options={}, n_random=2, seed=1, direction=Direction.MAXIMIZE)
    trials: list[TrialRecord] = []
    for number in range(12):
        params: dict[str, Value] = suggest(plan, trials, number, {}).params
        fails = params["loss"] == "asl"
        trials.append(
            TrialRecord(
                number=number, state="failed" if fails else "complete", source="model", params=params,
                score=None if fails else random.Random(number).random(), failure="oom" if fails else "",
            )
        )  # fmt: skip
    failures = [tuple(sorted(trial.params.items())) for trial in trials if trial.state == "failed"]
    assert len(failures) == len(set(failures)), "the space is small, but only what trained is run again"
