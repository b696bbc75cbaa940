"""What the training does to gradients and how its optimizer is set up, without a training."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from model.training import lightning_module
from model.training.lightning_module import BETAS


def module_class() -> Any:
    """The one Lightning module."""
    return next(
        value
        for value in vars(lightning_module).values()
        if isinstance(value, type) and "configure_gradient_clipping" in vars(value)
    )


def gradients_after_clipping(clip_norm: float) -> dict[str, float]:
    """Norms of the gradients of two groups, each 5 before."""
    parameters = {name: nn.Parameter(torch.zeros(2)) for name in ("heads", "counts")}
    for parameter in parameters.values():
        parameter.grad = torch.tensor([3.0, 4.0])
    optimizer = torch.optim.SGD([{"params": [p], "name": name} for name, p in parameters.items()], lr=0.1)
    training = SimpleNamespace(network=SimpleNamespace(config=SimpleNamespace(clip_norm=clip_norm)))
    module_class().configure_gradient_clipping(training, optimizer)
    return {name: float(p.grad.norm()) for name, p in parameters.items() if p.grad is not None}


@pytest.mark.parametrize(("clip_norm", "norm"), [(1.0, 1.0), (0.25, 0.25), (7.0, 5.0), (0.0, 5.0)])
def test_gradients_are_clipped_to_the_configured_norm_and_count_heads_apart(clip_norm: float, norm: float) -> None:
    assert gradients_after_clipping(clip_norm) == pytest.approx({"heads": norm, "counts": norm}, rel=1e-4)


def test_adamw_forgets_squared_gradients_over_fifty_steps() -> None:
    assert BETAS == (0.9, 0.98), "measured with these; torch's 0.999 needs a longer warmup"
    layer = nn.Linear(2, 2)
    training = SimpleNamespace(
        network=SimpleNamespace(config=SimpleNamespace(grouping="GLOBAL", precision="32")),
        hyperparameters={"lr": 1e-3, "pct_start": 0.3},
        shape="constant",
        total_steps=10,
    )
    groups = [{"params": list(layer.parameters()), "lr": 1e-3, "weight_decay": 0.0}]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lightning_module, "parameter_groups", lambda *_: ())
        patch.setattr(lightning_module, "optimizer_groups", lambda *_: groups)
        patch.setattr(lightning_module, "make_schedule", lambda *_, **__: None)
        optimizer = module_class().configure_optimizers(training)
    assert [group["betas"] for group in optimizer.param_groups] == [BETAS]
