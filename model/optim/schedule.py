"""Learning-rate schedules over the full length of a training, however much of it is run (paper §2.2, A.2).

No cycle is ever compressed: the schedule is laid out for ``max_epochs``, and a shorter run follows its beginning.
"""

import math
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR


def warmup_epochs(pct_start: float, max_epochs: int) -> int:
    """Epoch at whose end warmup ends: ceil(pct_start · max_epochs), rounded first: 0.28 · 25 is 7 (paper §3)."""
    return max(1, math.ceil(round(pct_start * max_epochs, 9)))


def make_schedule(optimizer: Optimizer, *, shape: str, pct_start: float, total_steps: int) -> LRScheduler | None:
    """The schedule of an optimizer, advanced once a step.

    Args:
        optimizer: Its groups' rates are the highest ones.
        shape: ``one-cycle`` (Smith & Topin 2018, torch's), ``linear`` (JEREX's warmup and decay to 0) or ``off``.
        pct_start: Share of the steps that warm up, 0..1.
        total_steps: Optimizer steps of ``max_epochs``.
    """
    if shape == "off":
        return None
    if shape == "one-cycle":
        highest = [group["lr"] for group in optimizer.param_groups]
        total_steps = max(total_steps, 4)
        # A rise or a fall of no step at all would divide by zero inside torch.
        pct_start = min(max(pct_start, 1.5 / total_steps), 1.0 - 0.5 / total_steps)
        return OneCycleLR(optimizer, max_lr=highest, total_steps=total_steps, pct_start=pct_start)
    warmup = pct_start * total_steps

    def factor(step: int) -> float:
        if step < warmup:
            return step / max(1.0, warmup)
        return max(0.0, (total_steps - step) / max(1.0, total_steps - warmup))

    return LambdaLR(optimizer, factor)


def rates(optimizer: Any) -> dict[str, float]:
    """The current learning rate by group: ``lr`` where there is one group, ``lr_<group>`` otherwise."""
    named = {str(group["name"]): float(group["lr"]) for group in optimizer.param_groups}
    learned = {"lr_weights": named.pop("weights")} if "weights" in named else {}
    if set(named) <= {"global"}:
        return {"lr": next(iter(named.values()), 0.0), **learned}
    return {**{f"lr_{name}": value for name, value in named.items()}, **learned}
