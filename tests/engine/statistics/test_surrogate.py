"""The Gaussian process behind the guarded reviewer."""

import numpy as np
import pytest

from engine.diagnostics.sample import take_sample
from engine.diagnostics.score_model import N_DRAWS, score_model
from engine.statistics.surrogate import LENGTH, NOISE, _loss, fit_surrogate, matern
from tests.engine.diagnostics.constructed import mixed_space, noise, sprint


def test_the_gradient_of_the_fit_is_that_of_its_loss():
    rng = np.random.default_rng(0)
    x, y = rng.uniform(size=(20, 3)), rng.normal(size=20)
    first, second = np.tril_indices(20, -1)
    parts = (x.T[:, first] - x.T[:, second]) ** 2
    theta = np.array([-0.5, 0.2, -1.0, 0.1, -2.0])
    step = 1e-5 * np.eye(5)
    numeric = [(_loss(theta + e, parts, y)[0] - _loss(theta - e, parts, y)[0]) / 2e-5 for e in step]
    np.testing.assert_allclose(_loss(theta, parts, y)[1], numeric, rtol=1e-5)


def test_the_kernel_is_the_published_one():
    from sklearn.gaussian_process.kernels import Matern

    points = np.random.default_rng(1).uniform(size=(8, 1))
    expected = Matern(length_scale=0.3, nu=2.5)(points)
    np.testing.assert_allclose(matern(((points - points.T) / 0.3) ** 2), expected)


def test_draws_pass_through_clean_trials_and_ignore_what_does_not_matter():
    rng = np.random.default_rng(2)
    x = rng.uniform(size=(60, 2))
    y = np.sin(6 * x[:, 0])
    fitted = fit_surrogate(x, y, np.zeros(2, dtype=bool))
    drawn = fitted.draws(x, 50, rng)
    np.testing.assert_allclose(drawn.mean(axis=0), (y - y.mean()) / y.std(), atol=0.1)
    assert fitted.lengths[1] > 2 * fitted.lengths[0]
    assert fitted.noise < np.exp(NOISE[0])


def test_noise_is_recognized_as_noise():
    rng = np.random.default_rng(3)
    fitted = fit_surrogate(rng.uniform(size=(80, 2)), rng.normal(size=80), np.zeros(2, dtype=bool))
    assert fitted.noise > 0.5
    assert np.exp(LENGTH[0]) > 0


def test_a_category_counts_as_equal_or_different_whatever_its_place():
    rng = np.random.default_rng(4)
    x = rng.integers(3, size=(60, 1)) / 2.0
    fitted = fit_surrogate(x, np.where(x[:, 0] == 0.5, 1.0, 0.0) + 0.05 * rng.normal(size=60), np.array([True]))
    mean = fitted.draws(np.array([[0.0], [0.5], [1.0]]), 200, rng).mean(axis=0)
    assert mean[1] > 1.0
    assert mean[0] == pytest.approx(mean[2], abs=0.2)


def test_the_likely_optima_gather_where_the_optimum_is_and_scatter_on_noise():
    def spread(score):
        model = score_model(take_sample(mixed_space(), sprint(score, seed=0), settings={}))
        assert model is not None
        found = model.optima
        assert found.shape == (N_DRAWS, 6)
        return np.quantile(found[:, 0], [0.05, 0.95])

    low, high = spread(lambda u, rng: -20 * (u["lr"] - 0.4) ** 2 + 0.3 * rng.normal())
    assert 0.2 < low < 0.4 < high < 0.6
    low, high = spread(noise)
    assert high - low > 0.7
