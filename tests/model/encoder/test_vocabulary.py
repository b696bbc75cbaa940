import copy

import torch
from torch import nn

from model.encoder.vocabulary import TrainedRows


def training(embedding: nn.Embedding, batches: list[torch.Tensor]) -> list[float]:
    """A few steps of AdamW as a training takes them; the losses."""
    head = nn.Linear(6, 1)
    with torch.no_grad():
        head.weight.fill_(0.3)
    optimizer = torch.optim.AdamW(
        [{"params": [embedding.weight], "weight_decay": 0.0}, {"params": head.parameters()}], lr=0.05
    )
    losses = []
    for ids in batches:
        loss = head(embedding(ids)).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def make_batches() -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randint(3, 15, (2, 7), generator=generator) for _ in range(12)]


def test_training_some_rows_equals_training_the_whole_table() -> None:
    torch.manual_seed(0)
    plain = nn.Embedding(40, 6, padding_idx=0)
    ours = TrainedRows(copy.deepcopy(plain))
    ours.select(torch.cat([ids.flatten() for ids in make_batches()]))
    assert len(ours.weight) == 13  # twelve pieces and the padding
    torch.manual_seed(1)
    expected = training(plain, make_batches())
    torch.manual_seed(1)
    assert training(ours, make_batches()) == expected
    assert torch.equal(ours.state_dict()["weight"], plain.weight)
    assert torch.equal(ours.eval()(torch.arange(40)), plain(torch.arange(40)))


def test_it_looks_like_the_whole_table_to_state_dicts() -> None:
    ours = TrainedRows(nn.Embedding(10, 4))
    ours.select(torch.tensor([2, 5]))
    state = {"weight": torch.randn(10, 4)}
    ours.load_state_dict(state)
    assert torch.equal(ours.state_dict()["weight"], state["weight"])
    assert torch.equal(ours.train()(torch.tensor([5, 2])), state["weight"][[5, 2]])
    assert ours.load_state_dict({}, strict=False).missing_keys == ["weight"]


def test_choosing_other_rows_keeps_what_was_learned() -> None:
    ours = TrainedRows(nn.Embedding(10, 4))
    ours.select(torch.tensor([2]))
    with torch.no_grad():
        ours.weight.fill_(7.0)
    ours.select(torch.tensor([3, 4]))
    assert (ours.eval()(torch.tensor([2])) == 7).all()
