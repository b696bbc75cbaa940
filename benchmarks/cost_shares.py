"""Where the time of a training step and of a validation goes, part by part."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from cost_bench import SEED, Bench
from torch import nn

from model.data.batch import sample_batch
from model.data.sampling import DocumentSampler
from model.evaluation.scoring import Scorer
from model.hyperparameters import Hyperparameters
from model.inference.inference import Inference
from model.losses.total import MultitaskLoss
from model.network.joint import JointModel
from model.optim.groups import optimizer_groups, parameter_groups
from model.thresholds.thresholds import ThresholdSet
from model.training.train import sampling_options


class Watch:
    """CPU seconds by part."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        start = time.process_time()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - start

    def table(self, n: int) -> dict[str, dict[str, float]]:
        """Milliseconds a document, and percent."""
        whole = sum(self.seconds.values())
        return {k: {"ms": 1000 * v / n, "percent": 100 * v / whole} for k, v in self.seconds.items()}


def training_shares(bench: Bench, model: JointModel, n: int, repeats: int) -> dict[str, Any]:
    """The parts of a step, as :class:`model.training.lightning_module.JointModule` puts them together."""
    documents = bench.train_side(n)
    hyperparameters = Hyperparameters.from_params({"lr": 0.0}, model.config)
    model.train()
    model.learn_pieces(bench.pieces)
    loss = MultitaskLoss(model.config, hyperparameters)
    groups = list(optimizer_groups(parameter_groups(model, model.config.grouping), hyperparameters))
    optimizer = torch.optim.AdamW(groups, lr=0.0, fused=True)
    sampler = DocumentSampler(documents.plain, model.schema, sampling_options(model.config), SEED)
    first = Watch()
    for i in range(len(documents)):
        with first.part("gold arrays, once a training"):
            sampler.gold(i)
    for epoch in range(repeats + 1):
        if epoch <= 1:  # the first pass warms up
            watch = Watch()
        for i in range(len(documents)):
            with watch.part("sampling"):
                samples = [sampler.sample(i, epoch)]
            with watch.part("batch"):
                batch = sample_batch(documents.text([i]), samples)
            with watch.part("encoder forward"):
                words = model.word_states(batch.text)
            with watch.part("heads forward"):
                states = words.detach().requires_grad_()
                logits = model._logits(batch, states)
            with watch.part("loss"):
                total = loss(logits, batch).total
            with watch.part("heads backward"):
                total.backward()
            with watch.part("encoder backward"):
                words.backward(states.grad)
            with watch.part("clip, optimizer"):
                nn.utils.clip_grad_norm_([p for g in optimizer.param_groups for p in g["params"]], 1.0)
                optimizer.step()
                optimizer.zero_grad()
    n_trained = sum(p.numel() for g in optimizer.param_groups for p in g["params"])
    return {
        "parts": watch.table(repeats * len(documents)),
        "once": first.table(len(documents)),
        "parameters_stepped": n_trained,
        "parameters": sum(v.numel() for v in model.state_dict().values()),
    }


def validation_shares(bench: Bench, model: JointModel, n: int, repeats: int) -> dict[str, Any]:
    """The parts of a validation at the default thresholds."""
    documents = bench.validation_side(n)
    thresholds = ThresholdSet()
    model.eval()
    inference = Inference(model)
    scorer = Scorer(documents.plain, model.schema)
    counts = {"spans": 0, "mentions": 0, "entities": 0, "relations": 0}
    for epoch in range(repeats + 1):
        if epoch <= 1:
            watch, counts = Watch(), dict.fromkeys(counts, 0)
        predictions = []
        for i, encoded in enumerate(documents.encoded):
            with watch.part("batch"):
                text = documents.text([i])
            with watch.part("encoder"), torch.inference_mode():
                words = model.word_states(text)
            with watch.part("all spans"):
                scan = inference.scan(encoded.document, words)
            with watch.part("mention pairs"):
                found = inference.coreference(scan, thresholds.mention)
            with watch.part("clusters, types, all relations"):
                relations = inference.relations(found, thresholds.coref)
            with watch.part("in words"):
                predictions.append(inference.prediction(relations, thresholds))
            counts["spans"] += len(scan.spans)
            counts["mentions"] += len(found.rows)
            counts["entities"] += len(relations.clusters)
            counts["relations"] += len(predictions[-1].relations)
        with watch.part("scoring"):
            scorer.score(predictions)
    whole = repeats * len(documents)
    return {"parts": watch.table(whole), "a_document": {k: v / whole for k, v in counts.items()}}
