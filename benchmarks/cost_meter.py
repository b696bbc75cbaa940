"""Costs of the real training loop beside those of the bare encoder, document by document in one process.

The meter listens to :func:`model.training.train.train`: between two of its calls lies exactly one step, data and
Lightning included. Inside each call it runs the bare encoder on the same document, so that whatever else the machine
does at that moment strikes both alike. CPU time (of all threads) is what a busy machine distorts least.
"""

# ruff: noqa: ARG002 - a listener has the signatures that training calls

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from model.data.batch import TextBatch
from model.encoder.attention import use_cheap_attention
from model.encoder.encoder import Encoder
from model.encoder.fast_dropout import cheapen_dropout
from model.encoder.vocabulary import install_trained_rows, trained_rows

Cost = tuple[float, float]
"""Seconds of CPU time and of wall time."""

WARM_UP = 1
"""Epochs that are run and not counted: first allocations, optimizer state, gold arrays that are computed once."""


def now() -> Cost:
    return time.process_time(), time.perf_counter()


def since(start: Cost) -> Cost:
    cpu, wall = now()
    return cpu - start[0], wall - start[1]


@dataclass
class Costs:
    """What each contestant took for each document: (contestant, document) to one cost a repeat."""

    rows: dict[tuple[str, int], list[Cost]] = field(default_factory=dict)

    def add(self, name: str, document: int, cost: Cost) -> None:
        self.rows.setdefault((name, document), []).append(cost)

    def total(self, name: str, clock: int = 0) -> float:
        """Seconds for all documents: the sum of each one's median over the repeats."""
        return sum(median(c[clock] for c in costs) for (who, _), costs in self.rows.items() if who == name)

    def n_documents(self, name: str) -> int:
        return sum(who == name and document >= 0 for who, document in self.rows)

    def ratio(self, name: str, other: str, clock: int = 0) -> float:
        return self.total(name, clock) / self.total(other, clock)


class BareEncoder:
    """The encoder alone: what a step or a forward pass of it takes.

    Args:
        network: A transformers model; becomes part of this object.
        pieces: Of the whole corpus, to accelerate it as the joint model is; None leaves it as transformers made it.
        fused: Whether AdamW is torch's fused one.
    """

    def __init__(self, network: nn.Module, pieces: Tensor | None, *, fused: bool = True) -> None:
        if pieces is not None:
            cheapen_dropout(network)
            use_cheap_attention(network)
            install_trained_rows(network)
            rows = trained_rows(network)
            assert rows is not None
            rows.select(pieces)
        self.encoder = Encoder(network)
        self.noise = torch.randn(8192, self.encoder.width, generator=torch.Generator().manual_seed(0))
        self.optimizer = torch.optim.AdamW(self.encoder.parameters(), lr=0.0, weight_decay=0.01, fused=fused)

    def step(self, text: TextBatch) -> None:
        """Forward, backward, optimizer."""
        self.encoder.train()
        states = self.encoder(text)
        # Any gradient does, but not that of a constant: the last layer norm fixes the sum, and zeros are cheaper.
        (states * self.noise[: len(states)]).sum().backward()
        self.optimizer.step()
        self.optimizer.zero_grad()

    def forward(self, text: TextBatch) -> None:
        self.encoder.eval()
        with torch.inference_mode():
            self.encoder(text)


class Meter:
    """A listener of a training with batches of one document.

    Args:
        train: The training documents as the encoder reads them.
        validation: The validation documents.
        stepping: Contestants that make a training step.
        reading: Contestants that read a document.
        seed: Of the training, which fixes the order of its documents.
    """

    def __init__(
        self,
        train: Sequence[TextBatch],
        validation: Sequence[TextBatch],
        *,
        stepping: Mapping[str, Callable[[TextBatch], None]],
        reading: Mapping[str, Callable[[TextBatch], None]],
        seed: int,
    ) -> None:
        self.texts = {"training": train, "validation": validation}
        self.contestants = {"training": stepping, "validation": reading}
        self.seed = seed
        self.costs = {"training": Costs(), "validation": Costs()}
        self.metrics: dict[str, float] = {}
        self._done = {"training": 0, "validation": 0}
        self._mark = now()

    def progress(self, epoch: int, fraction: float, message: str = "") -> bool:
        """A step or a validation document is done: books it, and runs the contestants on the same document."""
        own = since(self._mark)
        number = self._done[message]
        self._done[message] += 1
        if message == "training":
            order = np.random.default_rng((self.seed, epoch - 1)).permutation(len(self.texts[message]))
            number = int(order[number])
        costs = self.costs[message] if epoch > WARM_UP else Costs()
        costs.add("ours", number, own)
        text = self.texts[message][number]
        for name, run in self.contestants[message].items():
            start = now()
            run(text)
            costs.add(name, number, since(start))
        self._mark = now()
        return True

    def report(self, step: int, score: float, metrics: Mapping[str, float], phase: str = "train") -> bool:
        """An epoch is scored: the time since its last document is the scoring's."""
        if step > WARM_UP:
            self.costs["validation"].add("ours", -1, since(self._mark))
        self.metrics = dict(metrics)
        self._done = {"training": 0, "validation": 0}
        self._mark = now()
        return True


def summary(costs: Costs, goal: float, others: Sequence[str]) -> dict[str, Any]:
    """Ratios and rates for the report."""
    n = costs.n_documents("ours")
    return {
        "goal": goal,
        "documents": n,
        "ratio": {name: {"cpu": costs.ratio("ours", name), "wall": costs.ratio("ours", name, 1)} for name in others},
        "ms_a_document": {
            name: {"cpu": 1000 * costs.total(name) / n, "wall": 1000 * costs.total(name, 1) / n}
            for name in ("ours", *others)
        },
        "docs_per_s": {"cpu": n / costs.total("ours"), "wall": n / costs.total("ours", 1)},
    }
