"""What a search tunes, with its names and defaults (paper §2.1, Table 1; the public JEREX code)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model.config import TASKS, ModelConfig
from model.config_reader import refuse_unknown
from model.errors import ModelError

DEFAULTS: Mapping[str, float] = {
    "lr": 5e-5,
    "weight_decay": 0.01,
    "w_mention": 1.0,
    "w_coref": 1.0,
    "w_entity": 0.25,
    "w_relation": 1.0,
    "pct_start": 0.1,
    "gamma_pos": 0.0,
    "gamma_neg": 4.0,
    "asl_clip": 0.05,
    "asl_gap": 0.1,
    "lr_weights": 1e-2,
    "lr_counts": 1e-3,
}
"""Those of the public JEREX code and of the asymmetric loss's paper (Ridnik et al. 2021). ``lr_weights`` is our choice:
the learned task weights are single numbers and would hardly move at the rate of a pretrained encoder; ``lr_counts``
likewise: the count heads are new and small."""

_FALLBACK = {"embedding": "shared", "encoder": "shared"}
"""Where a group's own rate is absent, that of the coarser group counts; layers fall back on the encoder."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hyperparameters:
    """The values of one training.

    Attributes:
        values: Every name of :data:`DEFAULTS` and the group rates given, as numbers.
        dropout: Share of units dropped in the heads, 0..1.
        encoder_dropout: Share of units dropped in the encoder, 0..1; None for what it was pretrained with.
    """

    values: Mapping[str, float]
    dropout: float
    encoder_dropout: float | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Any], config: ModelConfig) -> "Hyperparameters":
        """Checks the parameters of a trial against what the model configuration has.

        Raises:
            ModelError: If a name is unknown, without effect in this configuration, or its value out of range.
        """
        refuse_unknown(params, known_names(config), "hyperparameters")
        numbers = {key: _number(key, value) for key, value in params.items()}
        dropout = numbers.pop("dropout", config.dropout)
        encoder_dropout = numbers.pop("encoder_dropout", config.encoder_dropout)
        for key, value in numbers.items():
            if key not in ("gamma_pos", "gamma_neg") and value < 0:
                raise ModelError(f"{key} must not be below 0; given: {value}")
        for key in ("pct_start", "asl_clip"):
            if not 0 <= numbers.get(key, 0) <= 1:
                raise ModelError(f"{key} must lie in 0..1; given: {numbers[key]}")
        for key, share in (("dropout", dropout), ("encoder_dropout", encoder_dropout)):
            if share is not None and not 0 <= share < 1:
                raise ModelError(f"{key} must lie in 0..1, below 1; given: {share}")
        return cls(values={**DEFAULTS, **numbers}, dropout=dropout, encoder_dropout=encoder_dropout)

    def __getitem__(self, name: str) -> float:
        return self.values[name]

    def rate(self, kind: str, group: str) -> float:
        """The ``lr`` or ``weight_decay`` of a group, or of the nearest coarser group that has one."""
        name: str | None = group
        while name:
            if (key := f"{kind}_{name}") in self.values:
                return self.values[key]
            name = "encoder" if name.startswith("layer_") else _FALLBACK.get(name)
        return self.values[kind]

    def weight(self, task: str) -> float:
        """The fixed weight of a task's loss."""
        return self.values[f"w_{task}"]


def known_names(config: ModelConfig) -> list[str]:
    """The hyperparameters that have an effect in a model configuration."""
    names = ["lr", "weight_decay", "pct_start", "dropout", "encoder_dropout"]
    groups: list[str] = []
    if config.grouping != "GLOBAL":
        groups = ["shared", *config.tasks]
    if config.grouping in ("LR1-L2", "LR2-L2"):
        groups += ["embedding", "encoder"]
    if config.grouping == "LR2-L2":
        groups += [f"layer_{i}" for i in range(48)]
    names += [f"{kind}_{group}" for group in groups for kind in ("lr", "weight_decay")]
    names += ["lr_weights"] if config.dtl else [f"w_{task}" for task in TASKS if task in config.tasks]
    if config.nha:
        names.append("lr_counts")
    if config.asl:
        names += ["gamma_pos", "gamma_neg", "asl_clip"] + (["asl_gap"] if config.asl_adaptive else [])
    return names


def _number(key: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ModelError(f"{key} must be a number; given: {value!r}") from None
    if not math.isfinite(number):
        raise ModelError(f"{key} must be a finite number; given: {value!r}")
    return number
