import pytest
import torch

from model.config import GROUPINGS, ModelConfig
from model.data.schema import LabelSchema
from model.encoder.loading import load_encoder
from model.errors import ModelError
from model.hyperparameters import Hyperparameters
from model.network.joint import JointModel
from model.optim.groups import optimizer_groups, parameter_groups

SCHEMA = LabelSchema(entity_types=("LOC", "PER"), relation_types=("a", "b", "c"))


@pytest.fixture(scope="module")
def network() -> JointModel:
    return JointModel(load_encoder("tiny").network, ModelConfig(encoder="tiny", pos=True, dtl=True), SCHEMA)


@pytest.mark.parametrize("grouping", GROUPINGS)
def test_every_parameter_is_in_exactly_one_group(network: JointModel, grouping: str) -> None:
    groups = parameter_groups(network, grouping)
    names = [name for group in groups for name in group.parameters]
    assert sorted(names) == sorted(name for name, _ in network.named_parameters())
    assert len({(group.name, group.decays) for group in groups}) == len(groups)


@pytest.mark.parametrize("grouping", GROUPINGS)
def test_embeddings_norms_and_biases_never_decay_and_weights_of_layers_do(network: JointModel, grouping: str) -> None:
    for group in parameter_groups(network, grouping):
        for name in group.parameters:
            exempt = "embedding" in name or "LayerNorm" in name or name.endswith("bias")
            assert group.decays is not exempt, name


def test_groups_are_those_of_the_paper(network: JointModel) -> None:
    names = {grouping: {group.name for group in parameter_groups(network, grouping)} for grouping in GROUPINGS}
    tasks = {"mention", "coref", "entity", "relation"}
    assert names["GLOBAL"] == {"global"}
    assert names["LR0-L2"] == {"shared", *tasks}
    assert names["LR1-L2"] == {"embedding", "encoder", *tasks}
    assert names["LR2-L2"] == {"embedding", "layer_0", "layer_1", *tasks}


def test_rates_fall_back_from_layer_to_encoder_to_shared_to_all() -> None:
    config = ModelConfig(grouping="LR2-L2")
    params = {"lr": 1e-3, "lr_shared": 1e-4, "lr_layer_1": 1e-6, "lr_mention": 1e-2, "weight_decay_encoder": 0.5}
    h = Hyperparameters.from_params(params, config)
    assert [h.rate("lr", group) for group in ("layer_1", "layer_0", "embedding", "mention", "coref")] == [
        1e-6,
        1e-4,
        1e-4,
        1e-2,
        1e-3,
    ]
    assert h.rate("weight_decay", "layer_0") == 0.5
    assert h.rate("weight_decay", "relation") == 0.01


def test_a_rate_of_a_layer_the_encoder_lacks_is_refused(network: JointModel) -> None:
    groups = parameter_groups(network, "LR2-L2")
    for name in ("lr_layer_2", "weight_decay_layer_40"):
        h = Hyperparameters.from_params({name: 1e-3, "lr_layer_1": 1e-4}, ModelConfig(grouping="LR2-L2"))
        with pytest.raises(ModelError, match=f"{name} must belong to a layer .* layer_0 to layer_1"):
            list(optimizer_groups(groups, h))


def test_the_optimizer_gets_rates_and_decays(network: JointModel) -> None:
    config = ModelConfig(grouping="LR0-L2")
    h = Hyperparameters.from_params({"lr_shared": 1e-5, "weight_decay_mention": 0.2}, config)
    groups = list(optimizer_groups(parameter_groups(network, "LR0-L2"), h))
    optimizer = torch.optim.AdamW(groups)
    found = {(g["name"], g["weight_decay"]): g["lr"] for g in optimizer.param_groups}
    assert found["shared", 0.01] == found["shared", 0.0] == 1e-5
    assert found["mention", 0.2] == 5e-5
