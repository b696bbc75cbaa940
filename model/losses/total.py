"""The loss that training minimizes, as the configuration says: which loss a task has and how the tasks are weighed."""

from dataclasses import dataclass

from torch import Tensor, nn

from model.config import ModelConfig
from model.data.batch import SampleBatch
from model.hyperparameters import Hyperparameters
from model.losses.asymmetric import AsymmetricLoss
from model.losses.counts import count_losses
from model.losses.dynamic import TaskWeights
from model.losses.tasks import task_losses, weighted_sum
from model.network.joint import TaskLogits


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Loss:
    """A total and what it is made of.

    Attributes:
        total: To minimize.
        tasks: Unweighted loss of each task, and of the count heads.
    """

    total: Tensor
    tasks: dict[str, Tensor]


class MultitaskLoss(nn.Module):
    """Fixed or learned weights over the tasks of a model.

    Args:
        config: The model configuration.
        hyperparameters: Weights, and the asymmetric loss's settings.
    """

    def __init__(self, config: ModelConfig, hyperparameters: Hyperparameters) -> None:
        super().__init__()
        h = hyperparameters
        gap = h["asl_gap"] if config.asl_adaptive else None
        self.asymmetric = nn.ModuleDict(
            {
                task: AsymmetricLoss(h["gamma_pos"], h["gamma_neg"], h["asl_clip"], gap)
                for task in (config.asl_tasks if config.asl else ())
            }
        )
        self.fixed = {task: h.weight(task) if len(config.tasks) > 1 else 1.0 for task in config.tasks}
        self.task_weights = TaskWeights(config.tasks) if config.dtl else None

    def forward(self, logits: TaskLogits, batch: SampleBatch) -> Loss:
        """The loss of a batch."""
        tasks = task_losses(logits, batch, dict(self.asymmetric.items()))
        total = self.task_weights(tasks) if self.task_weights is not None else weighted_sum(tasks, self.fixed)
        counts = count_losses(logits, batch)
        for loss in counts.values():
            # Their gradient reaches the count heads only; the total stays comparable with and without them.
            total = total + (loss - loss.detach())
        return Loss(total=total, tasks={**tasks, **counts})

    def state(self) -> dict[str, float]:
        """What training has learned here, for the epoch's report."""
        learned = self.task_weights.weights() if self.task_weights is not None else {}
        report = {f"weight_{task}": weight for task, weight in learned.items()}
        for task, loss in self.asymmetric.items():
            if isinstance(loss, AsymmetricLoss) and loss.target_gap is not None:
                report[f"gamma_neg_{task}"] = loss.gamma_neg
        return report
