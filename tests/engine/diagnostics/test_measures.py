"""The measures behind the findings, each against a plain recomputation or a known value."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diagnostics.budget import under_budget
from engine.diagnostics.entropy import normalized_entropy
from engine.diagnostics.fanova import fanova, tree_variances
from engine.diagnostics.irrelevant import irrelevant
from engine.diagnostics.pedanova import pedanova
from engine.diagnostics.sample import merged_configurations, positions, take_sample
from engine.space.dimension import Dimension
from engine.statistics.chance import (
    average_ranks,
    binomial_tail,
    hypergeometric_none,
    hypergeometric_tail,
    kruskal_wallis,
)
from engine.statistics.forest import grow_forest, grow_tree
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord
from engine.values import value_key
from tests.engine.diagnostics.constructed import mixed_space, sprint


def test_tail_probabilities_agree_with_plain_sums():
    assert binomial_tail(3, 10, 0.05) == pytest.approx(
        sum(math.comb(10, i) * 0.05**i * 0.95 ** (10 - i) for i in range(3, 11))
    )
    plain = sum(math.comb(30, i) * math.comb(90, 10 - i) for i in range(4, 11)) / math.comb(120, 10)
    assert hypergeometric_tail(4, 10, 30, 120) == pytest.approx(plain)
    assert hypergeometric_none(10, 30, 120) == pytest.approx(math.comb(90, 10) / math.comb(120, 10))
    assert hypergeometric_none(10, 115, 120) == 0.0


def test_ranks_and_the_test_of_subsets_agree_with_scipy():
    from scipy import stats

    rng = np.random.default_rng(0)
    values = rng.integers(0, 8, size=60).astype(float)
    np.testing.assert_allclose(average_ranks(values), stats.rankdata(values))
    groups = np.split(values, 4)
    assert kruskal_wallis(groups)[0] == pytest.approx(stats.kruskal(*groups).pvalue)


@given(u=st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_positions_of_many_values_are_those_of_the_dimension(u):
    for dimension in mixed_space():
        values = [dimension.from_unit(x) for x in u]
        np.testing.assert_allclose(positions(dimension, values), [dimension.to_unit(v) for v in values], atol=1e-12)


def test_values_that_do_not_belong_have_no_position():
    number = Dimension(name="x", kind="float", low=0.0, high=1.0)
    choice = Dimension(name="x", kind="categorical", choices=(1, "a"))
    assert np.isnan(positions(number, [None, "a", True, 1.5, -0.1, math.nan])).all()
    assert np.isnan(positions(choice, [None, True, "b"])).all()


def test_entropy_is_one_for_an_even_spread_and_nothing_for_one_cell():
    assert normalized_entropy(np.full(10, 100)) == pytest.approx(1.0, abs=0.01)
    assert normalized_entropy(np.array([50, 0, 0, 0])) == 0.0


def test_the_boxes_of_a_tree_tile_the_cube_and_predict_what_they_hold():
    rng = np.random.default_rng(0)
    x, y = rng.uniform(size=(200, 3)), rng.normal(size=200)
    tree = grow_tree(x, y)
    assert (tree.high - tree.low).prod(axis=1).sum() == pytest.approx(1.0)
    inside = ((x[:, None, :] >= tree.low) & (x[:, None, :] < tree.high)).all(axis=2)
    assert (inside.sum(axis=1) == 1).all()
    np.testing.assert_allclose(tree.predict(x), [y[inside[:, box]].mean() for box in inside.argmax(axis=1)])


def test_the_variances_of_a_tree_agree_with_sampling_the_cube():
    rng = np.random.default_rng(1)
    x = rng.uniform(size=(300, 2))
    tree = grow_tree(x, np.sin(5 * x[:, 0]) + 0.3 * x[:, 1])
    variance, main = tree_variances(tree)
    grid = (np.arange(400) + 0.5) / 400
    values = tree.predict(np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1).reshape(-1, 2)).reshape(400, 400)
    # The grid resolves the boxes to 1/400, hence the tolerance.
    assert variance == pytest.approx(values.var(), rel=0.02)
    np.testing.assert_allclose(main, [values.mean(axis=1).var(), values.mean(axis=0).var()], rtol=0.05)


def test_functional_anova_of_an_additive_function_recovers_its_shares():
    x = np.random.default_rng(2).uniform(size=(400, 3))
    y = 2 * x[:, 0] + x[:, 1]  # variances 4 : 1 : 0
    shares = fanova(grow_forest(x, y), 3)
    # Trees of 32 leaves flatten the smaller effect somewhat.
    np.testing.assert_allclose(shares, [0.8, 0.2, 0.0], atol=0.07)


def test_a_forest_knows_when_there_is_nothing_to_learn():
    rng = np.random.default_rng(3)
    x = rng.uniform(size=(200, 4))
    assert grow_forest(x, rng.normal(size=200)).r2 < 0.1
    assert grow_forest(x, x[:, 0]).r2 > 0.8


def test_pedanova_orders_the_dimensions_as_optuna_does():
    import optuna

    rng = np.random.default_rng(5)
    space = mixed_space()
    trials = sprint(
        lambda u, _: -20 * (u["lr"] - 0.4) ** 2 - 4 * (u["w_relation"] - 0.6) ** 2 + 0.1 * rng.normal(), seed=0
    )
    study = optuna.create_study(direction="maximize")
    for trial in trials:
        params = {d.name: trial.params[d.name] for d in space.dimensions[:4]}
        distributions = {
            d.name: optuna.distributions.FloatDistribution(*d.bounds, log=d.log) for d in space.dimensions[:4]
        }
        study.add_trial(optuna.trial.create_trial(params=params, distributions=distributions, value=trial.score))
    theirs = optuna.importance.PedAnovaImportanceEvaluator().evaluate(study)
    ours = pedanova(take_sample(space, trials, settings={}))
    assert list(theirs)[:2] == sorted(theirs, key=lambda name: -ours[name].divergence)[:2] == ["lr", "w_relation"]


@pytest.mark.parametrize(("n_trials", "is_thin"), [(29, True), (30, False)])
def test_five_trials_a_dimension_are_the_least(n_trials, is_thin):
    found = under_budget(n_trials=n_trials, n_unguided=0, n_dimensions=6)
    assert [f.text for f in found] == (["29 trials for 6 free dimensions are fewer than 5 a dimension"] * is_thin)


@pytest.mark.parametrize(("n", "may_speak"), [(59, False), (60, True)])
def test_ten_trials_a_dimension_are_needed_before_one_is_called_irrelevant(n, may_speak):
    trials = sprint(lambda u, rng: 10 * u["lr"] + 0.2 * rng.normal(), seed=1, n=n)
    assert bool(irrelevant(take_sample(mixed_space(), trials, settings={}))) is may_speak


@given(
    st.lists(st.tuples(st.sampled_from([1, 1.0, True, "1", 2]), st.sampled_from([0.1, 0.1 + 1e-15, None])), max_size=12)
)
def test_repeats_are_found_as_by_comparing_every_value(drawn):
    runs = [
        TrialRecord(number=row, state="complete", source="random", score=float(-row),
                    params={"a": a} | ({} if b is None else {"b": b}))
        for row, (a, b) in enumerate(drawn)
    ]  # fmt: skip
    plain = [frozenset((name, value_key(value)) for name, value in run.params.items()) for run in runs]
    best_first, places = merged_configurations(runs, Direction.MAXIMIZE)
    assert len(best_first) == len(set(plain))
    assert [best_first[place].number for place in places] == [plain.index(key) for key in plain]
    scores = [trial.score for trial in best_first]
    assert scores == sorted(scores, reverse=True)
