"""Parameter groups: every parameter in exactly one, embeddings, norms and biases without decay (paper §2.1, Table 1).

GLOBAL has one rate; LR0-L2 tells the shared part and the four tasks apart; LR1-L2 splits the shared part into
embeddings and encoder; LR2-L2 splits the encoder by layer. Each splits again by decay.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn

from model.config import TASKS
from model.errors import ModelError
from model.hyperparameters import Hyperparameters

_LAYER = re.compile(r"\.(?:layers?|h|blocks?)\.(\d+)\.")
_OF_LAYER = re.compile(r"(?:lr|weight_decay)_(layer_\d+)")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ParameterGroup:
    """Parameters that share a learning rate and a weight decay.

    Attributes:
        name: ``global``, ``shared``, ``mention``, ``embedding``, ``layer_3``, ``weights`` ….
        decays: Whether weight decay applies.
        parameters: Name to parameter.
    """

    name: str
    decays: bool
    parameters: dict[str, nn.Parameter]

    @property
    def n_parameters(self) -> int:
        """Numbers in all."""
        return sum(parameter.numel() for parameter in self.parameters.values())


def parameter_groups(network: nn.Module, grouping: str) -> list[ParameterGroup]:
    """Sorts the trainable parameters of a network (and of its task weights) into groups.

    Args:
        network: A module whose parameters are named as in `model.network.joint.JointModel`, perhaps below a prefix.
        grouping: GLOBAL, LR0-L2, LR1-L2 or LR2-L2.
    """
    groups: dict[tuple[str, bool], dict[str, nn.Parameter]] = {}
    for module_name, module in network.named_modules():
        for name, parameter in module.named_parameters(recurse=False):
            if parameter.requires_grad:
                full = f"{module_name}.{name}" if module_name else name
                key = (group_of(full, grouping, of_embedding=isinstance(module, nn.Embedding)), _decays(module, name))
                if key[0] == "weights":
                    key = ("weights", False)
                groups.setdefault(key, {})[full] = parameter
    return [ParameterGroup(name=n, decays=d, parameters=p) for (n, d), p in groups.items()]


def group_of(name: str, grouping: str, *, of_embedding: bool = False) -> str:
    """The group of a parameter by its full name."""
    parts = name.split(".")
    if "task_weights" in parts or "counts" in parts:
        return "counts" if "counts" in parts else "weights"
    if grouping == "GLOBAL":
        return "global"
    for task in TASKS:
        if task in parts[:2]:
            return task
    if grouping == "LR0-L2":
        return "shared"
    if of_embedding or "embeddings" in parts or "pos_embedding" in parts:
        return "embedding"
    layer = _LAYER.search(name)
    return f"layer_{layer.group(1)}" if layer and grouping == "LR2-L2" else "encoder"


def optimizer_groups(groups: list[ParameterGroup], hyperparameters: Hyperparameters) -> Iterator[dict[str, object]]:
    """The groups as torch's optimizers take them."""
    refuse_absent_layers(groups, hyperparameters)
    for group in groups:
        decay = hyperparameters.rate("weight_decay", group.name) if group.decays else 0.0
        yield {
            "params": list(group.parameters.values()),
            "lr": hyperparameters.rate("lr", group.name),
            "weight_decay": decay,
            "name": group.name,
        }


def refuse_absent_layers(groups: list[ParameterGroup], hyperparameters: Hyperparameters) -> None:
    """Raises a ModelError if a rate or decay is that of a layer the encoder lacks: tuning it would do nothing."""
    layers = [group.name for group in groups if group.name.startswith("layer_")]
    for name in hyperparameters.values:
        layer = _OF_LAYER.fullmatch(name)
        if layer and layer.group(1) not in layers:
            raise ModelError(
                f"{name} must belong to a layer of the encoder, which has layer_0 to layer_{len(set(layers)) - 1}"
            )


def _decays(module: nn.Module, name: str) -> bool:
    return not (isinstance(module, nn.Embedding) or "norm" in type(module).__name__.lower() or name.endswith("bias"))
