"""Losses against plain loops."""

import math

import pytest
import torch

from model.config import ModelConfig
from model.hyperparameters import Hyperparameters
from model.losses.asymmetric import AsymmetricLoss
from model.losses.binary import cross_entropy
from model.losses.dynamic import TaskWeights
from model.losses.tasks import weighted_sum
from model.losses.total import MultitaskLoss


def loop_asymmetric(x: float, y: float, plus: float, minus: float, clip: float) -> float:
    p = 1 / (1 + math.exp(-x))
    if y == 1:
        return -((1 - p) ** plus) * math.log(p)
    shifted = max(p - clip, 0.0)
    return -(shifted**minus) * math.log(1 - shifted)


@pytest.mark.parametrize(
    ("plus", "minus", "clip"), [(0.0, 4.0, 0.05), (1.0, 2.0, 0.0), (0.0, 0.0, 0.0), (2.0, 0.0, 0.2)]
)
def test_the_asymmetric_loss_equals_loops(plus: float, minus: float, clip: float) -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(40, 3, generator=generator) * 3
    labels = (torch.rand(40, 3, generator=generator) < 0.3).float()
    losses = AsymmetricLoss(plus, minus, clip)(logits, labels)
    expected = [
        loop_asymmetric(x, y, plus, minus, clip)
        for x, y in zip(logits.flatten().tolist(), labels.flatten().tolist(), strict=True)
    ]
    torch.testing.assert_close(losses.flatten(), torch.tensor(expected), rtol=1e-4, atol=1e-6)


def test_without_gammas_and_clip_it_is_cross_entropy() -> None:
    logits, labels = torch.linspace(-5, 5, 11), torch.tensor([0.0, 1.0] * 5 + [1.0])
    torch.testing.assert_close(AsymmetricLoss(0.0, 0.0, 0.0)(logits, labels), cross_entropy(logits, labels))


def test_its_gradient_is_finite_however_sure_the_model_is() -> None:
    logits = torch.tensor([-90.0, -1.0, 0.0, 1.0, 90.0] * 2, requires_grad=True)
    labels = torch.tensor([0.0] * 5 + [1.0] * 5)
    for plus, minus, clip in ((0.0, 4.0, 0.05), (1.0, 0.0, 0.0), (0.5, 0.5, 0.0)):
        (gradient,) = torch.autograd.grad(AsymmetricLoss(plus, minus, clip)(logits, labels).sum(), logits)
        assert gradient.isfinite().all(), (plus, minus, clip)


def test_gamma_rises_while_positives_lag_behind_negatives_and_falls_when_they_lead() -> None:
    labels = torch.tensor([1.0, 0.0])
    lagging = AsymmetricLoss(0.0, 4.0, 0.05, target_gap=0.1)
    lagging(torch.tensor([-3.0, -3.0]), labels)
    leading = AsymmetricLoss(0.0, 4.0, 0.05, target_gap=0.1)
    leading(torch.tensor([3.0, 0.0]), labels)
    assert lagging.gamma_neg > 4 > leading.gamma_neg
    with torch.no_grad():
        before = lagging.gamma_neg
        lagging(torch.tensor([-3.0, -3.0]), labels)
    assert lagging.gamma_neg == before


def test_learned_weights_follow_their_formula_and_their_optimum() -> None:
    weights = TaskWeights(("mention", "relation"))
    with torch.no_grad():
        weights.log_variances.copy_(torch.tensor([0.5, -1.0]))
    losses = {"mention": torch.tensor(2.0), "relation": torch.tensor(0.3)}
    expected = math.exp(-0.5) * 2 + 0.5 / 2 + math.exp(1.0) * 0.3 - 1.0 / 2
    assert weights(losses).item() == pytest.approx(expected)
    assert weights.weights() == pytest.approx({"mention": math.exp(-0.5), "relation": math.e})
    optimizer = torch.optim.SGD(weights.parameters(), lr=0.5)
    for _ in range(500):
        optimizer.zero_grad()
        weights(losses).backward()
        optimizer.step()
    # The total is least where exp(-s) = 1/(2L).
    assert weights.weights() == pytest.approx({"mention": 1 / 4, "relation": 1 / 0.6}, rel=1e-3)


def test_fixed_weights_are_a_weighted_sum() -> None:
    losses = {"mention": torch.tensor(2.0), "entity": torch.tensor(4.0)}
    assert weighted_sum(losses, {"mention": 1.0, "entity": 0.25}).item() == 3.0


def test_the_configuration_chooses_the_loss() -> None:
    config = ModelConfig(asl=True, asl_tasks=("relation", "coref"), dtl=True)
    loss = MultitaskLoss(config, Hyperparameters.from_params({"gamma_neg": 3}, config))
    assert set(loss.asymmetric) == {"relation", "coref"}
    assert loss.task_weights is not None
    assert set(loss.state()) == {f"weight_{task}" for task in ("mention", "coref", "entity", "relation")}
    plain = ModelConfig()
    fixed = MultitaskLoss(plain, Hyperparameters.from_params({"w_relation": 2}, plain))
    assert fixed.fixed == {"mention": 1.0, "coref": 1.0, "entity": 0.25, "relation": 2.0}
    assert not fixed.state()
