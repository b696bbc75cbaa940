"""Learned task weights (dynamic task loss): Σ exp(-s)·L + s/2, one log-variance s a task (Kendall et al. 2018)."""

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn


class TaskWeights(nn.Module):
    """The log-variances; they belong to a parameter group of their own, without decay.

    Args:
        tasks: Names of the tasks.
    """

    def __init__(self, tasks: Sequence[str]) -> None:
        super().__init__()
        self.tasks = tuple(tasks)
        self.log_variances = nn.Parameter(torch.zeros(len(self.tasks)))

    def forward(self, losses: Mapping[str, Tensor]) -> Float[Tensor, ""]:
        """The total loss."""
        values = torch.stack([losses[task] for task in self.tasks])
        return (torch.exp(-self.log_variances) * values + self.log_variances / 2).sum()

    def weights(self) -> dict[str, float]:
        """The weight exp(-s) of each task now."""
        values = torch.exp(-self.log_variances.detach()).tolist()
        return dict(zip(self.tasks, values, strict=True))
