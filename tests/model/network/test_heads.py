"""The factorized heads against JEREX's formulation: one linear layer over the concatenation, pair by pair."""

import math

import pytest
import torch
from torch import nn

from model.network.coref_head import CorefHead
from model.network.entity_head import EntityHead
from model.network.layers import SCALE, LogDistances, PairProjection, ScaledLinear, chunks, initialize
from model.network.mention_head import SIZES, MentionHead
from model.network.relation_head import GlobalRelationHead, MultiInstanceRelationHead, RelationHead, start_rare

WIDTH, META = 12, 5


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


def joined(parts: list[ScaledLinear], bias: torch.Tensor) -> ScaledLinear:
    """The linear layer over the concatenation whose parts these are."""
    layer = ScaledLinear(sum(part.in_features for part in parts), parts[0].out_features)
    layer.weight.data = torch.cat([part.weight.data for part in parts], dim=1)
    layer.bias.data = bias.data
    return layer


def spread(module: nn.Module) -> None:
    """Larger weights than BERT's, so that every part matters."""
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.5)


def test_a_pair_projection_is_a_linear_layer_over_the_concatenation() -> None:
    layer = PairProjection(WIDTH, 7)
    items, first, second = torch.randn(6, WIDTH), torch.tensor([0, 3, 3]), torch.tensor([5, 1, 3])
    reference = joined([layer.first, layer.second], layer.first.bias)
    torch.testing.assert_close(layer(items, first, second), reference(torch.cat((items[first], items[second]), dim=1)))


def test_log_distances_keep_order_and_run_from_end_to_end() -> None:
    layer = LogDistances((300.0,), 1)
    nn.init.constant_(layer.linear.weight, 1 / SCALE)
    values = layer(torch.tensor([[0.0], [1.0], [10.0], [300.0], [5000.0]])).flatten()
    assert (values.diff() > 0).all()
    torch.testing.assert_close(values[[0, 3]], torch.tensor([-LogDistances.SPAN / 2, LogDistances.SPAN / 2]))


def test_the_mention_head_equals_loops_over_spans() -> None:
    head = MentionHead(WIDTH, META, 0.1).eval()
    spread(head)
    spans, sizes = torch.randn(5, WIDTH), torch.tensor([1, 2, 10, 29, 60])
    reference = joined([head.span, head.size], head.span.bias)
    for span, size, logit in zip(spans, sizes.tolist(), head(spans, sizes), strict=True):
        size_state = head.size_embedding.weight[min(size, SIZES - 1)]
        torch.testing.assert_close(logit, head.output(torch.relu(reference(torch.cat((span, size_state)))))[0])


def test_the_coreference_head_equals_loops_over_pairs() -> None:
    head = CorefHead(WIDTH, 0.1).eval()
    spread(head)
    mentions, edits = torch.randn(4, WIDTH), torch.tensor([0.0, 7.0, 31.0])
    first, second = torch.tensor([0, 1, 3]), torch.tensor([1, 0, 2])
    reference = joined([head.pair.first, head.pair.second, head.distance.linear], head.pair.first.bias)
    for i, j, edit, logit in zip(first, second, edits, head(mentions, first, second, edits), strict=True):
        d = torch.log1p(edit) * 30 / math.log(301) - 15
        d = d[None]
        expected = head.output(torch.relu(reference(torch.cat((mentions[i], mentions[j], d)))))[0]
        torch.testing.assert_close(logit, expected)


def test_the_entity_head_types_each_entity_on_its_own() -> None:
    head = EntityHead(WIDTH, 3, 0.1).eval()
    entities = torch.randn(4, WIDTH)
    torch.testing.assert_close(head(entities)[2:3], head(entities[2:3]))


def make_relation_inputs() -> dict[str, torch.Tensor]:
    return {
        "mentions": torch.randn(5, WIDTH),  # entity 0: mentions 0-1, entity 1: 2, entity 2: 3-4
        "entities": torch.randn(3, WIDTH),
        "pairs": torch.tensor([[0, 1], [2, 0]]),
        "heads": torch.tensor([0, 1, 3, 3, 4, 4]),
        "tails": torch.tensor([2, 2, 0, 1, 0, 1]),
        "rows": torch.tensor([0, 0, 1, 1, 1, 1]),
        "counts": torch.tensor([2, 4]),
        "contexts": torch.randn(6, WIDTH),
        "distances": torch.randint(0, 40, (6, 2)).float(),
        "types": torch.tensor([1, 0, 2]),
    }


def test_the_multi_instance_head_equals_loops_over_mention_pairs() -> None:
    head = MultiInstanceRelationHead(WIDTH, 3, 4, META, 0.1).eval()
    spread(head)
    x = make_relation_inputs()
    logits = head(
        head.evidence(x["contexts"], x["distances"]),
        x["mentions"],
        x["entities"],
        (x["heads"], x["tails"]),
        x["pairs"],
        x["rows"],
        x["counts"],
        x["types"],
    )
    parts = [head.context, head.mentions.first, head.mentions.second, head.entities.first, head.entities.second]
    pair_layer = joined([*parts, head.distances.linear], head.mentions.first.bias + head.entities.first.bias)
    c = head.classifier
    last = joined([c.hidden, c.types.first, c.types.second], c.hidden.bias + c.types.first.bias)
    for row, (h, t) in enumerate(x["pairs"].tolist()):
        us = []
        for k in torch.nonzero(x["rows"] == row).flatten().tolist():
            d = torch.log1p(x["distances"][k]) * 30 / torch.tensor([math.log(701), math.log(51)]) - 15
            mentions = (x["mentions"][x["heads"][k]], x["mentions"][x["tails"][k]])
            us.append(pair_layer(torch.cat((x["contexts"][k], *mentions, x["entities"][h], x["entities"][t], d))))
        types = (c.type_embedding.weight[x["types"][h]], c.type_embedding.weight[x["types"][t]])
        strongest = torch.stack(us).max(0).values
        expected = c.output(torch.relu(last(torch.cat((strongest, *types)))))
        torch.testing.assert_close(logits[row], expected, rtol=1e-4, atol=1e-4)


def test_the_global_head_equals_loops_over_entity_pairs() -> None:
    head = GlobalRelationHead(WIDTH, 3, 4, META, 0.1).eval()
    spread(head)
    x = make_relation_inputs()
    logits = head(head.entities.project(x["entities"]), x["pairs"][:, 0], x["pairs"][:, 1], x["types"])
    parts = [head.entities.first, head.entities.second, head.types.first, head.types.second]
    layer = joined(parts, head.entities.first.bias + head.types.first.bias)
    for row, (h, t) in enumerate(x["pairs"].tolist()):
        types = (head.type_embedding.weight[x["types"][h]], head.type_embedding.weight[x["types"][t]])
        expected = head.output(torch.relu(layer(torch.cat((x["entities"][h], x["entities"][t], *types)))))
        torch.testing.assert_close(logits[row], expected, rtol=1e-4, atol=1e-4)


def test_chunks_cover_everything_once_and_respect_the_budget() -> None:
    parts = list(chunks(10, bytes_each=3, budget=7))
    assert [(p.start, p.stop) for p in parts] == [(0, 2), (2, 4), (4, 6), (6, 8), (8, 10)]
    assert list(chunks(0, 3, 7)) == []
    assert [(p.start, p.stop) for p in chunks(2, bytes_each=100, budget=7)] == [(0, 1), (1, 2)]


@pytest.mark.parametrize("kind", [GlobalRelationHead, MultiInstanceRelationHead])
def test_a_new_model_holds_relations_for_rare(kind: type[RelationHead]) -> None:
    head = kind(WIDTH, 3, 40, META, 0.1)
    head.apply(initialize)
    start_rare(head)
    classifier = head if isinstance(head, GlobalRelationHead) else head.classifier
    scores = torch.sigmoid(classifier.output(torch.relu(torch.randn(50, WIDTH))))
    assert ((scores > 0.025) & (scores < 0.09)).all()


def test_a_new_layer_begins_as_berts_and_learns_faster_than_its_parameters_move() -> None:
    layer = ScaledLinear(400, 300)
    initialize(layer)
    states = torch.randn(200, 400)
    assert layer(states).std().item() == pytest.approx(0.02 * math.sqrt(400), rel=0.03)
    before = layer(states)
    with torch.no_grad():
        layer.bias += 0.01
    torch.testing.assert_close(layer(states) - before, torch.full((200, 300), 0.01 * SCALE))


def test_a_heads_layer_is_two_and_a_half_times_torchs() -> None:
    layer = ScaledLinear(3, 2)
    inputs = torch.randn(4, 3)
    torch.testing.assert_close(layer(inputs), 2.5 * nn.functional.linear(inputs, layer.weight, layer.bias))
