import pytest
import torch

from model.encoder import attention
from model.encoder.fast_dropout import Dropout, cheapen_dropout, dropout_mask
from model.encoder.loading import load_encoder


@pytest.mark.parametrize("masked", [False, True])
def test_training_attention_equals_the_librarys_when_nothing_is_dropped(
    masked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = load_encoder("tiny").network.eval()
    pieces = torch.randint(2, 60, (2, 20), generator=torch.Generator().manual_seed(0))
    mask = torch.ones(2, 20, dtype=torch.long)
    mask[1, 12:] = 0
    given = {"attention_mask": mask} if masked else {}
    expected = network(pieces, **given).last_hidden_state
    assert attention.use_cheap_attention(network)
    asked = []
    monkeypatch.setattr(
        attention, "dropout_mask", lambda shape, share, like: (asked.append(share), torch.ones(shape))[1]
    )
    cheapen_dropout(network)
    for module in network.modules():
        if isinstance(module, Dropout):
            module.p = 0.0
    for layer in network.encoder.layer:
        layer.attention.self.dropout.p = 0.25
        layer.attention.self.train()
    found = network(pieces, **given).last_hidden_state
    assert asked == [0.25, 0.25]
    torch.testing.assert_close(found[mask.bool()], expected[mask.bool()], rtol=1e-4, atol=1e-5)


def test_attention_drops_what_it_is_told_to() -> None:
    module = torch.nn.Module().train()
    q = torch.zeros(1, 1, 200, 4)
    v = torch.ones(1, 1, 200, 4)
    torch.manual_seed(0)
    out, _ = attention.attend(module, q, q, v, None, dropout=0.5)
    # Uniform weights of 1/200 on ones: each output is the mean of 200 masks of value 0 or 2, sd 1/√200.
    assert out.mean().item() == pytest.approx(1.0, abs=0.05)
    assert 0.03 < out[0, :, 0, 0].std().item() < 0.12


def test_masks_keep_the_mean_and_are_repeatable() -> None:
    like = torch.empty(0)
    torch.manual_seed(0)
    mask = dropout_mask((300, 401), 0.1, like)
    values = mask.unique()
    assert values[0] == 0
    assert values[1].item() == pytest.approx(256 / 230)
    # 120,300 draws: the share kept has a standard deviation below 0.001.
    assert (mask > 0).float().mean().item() == pytest.approx(230 / 256, abs=0.004)
    assert mask.mean().item() == pytest.approx(1.0, abs=0.005)
    torch.manual_seed(0)
    assert torch.equal(mask, dropout_mask((300, 401), 0.1, like))


def test_dropout_layers_are_replaced_in_their_mode_and_idle_outside_training() -> None:
    network = torch.nn.Sequential(torch.nn.Dropout(0.3), torch.nn.Linear(2, 2)).eval()
    cheapen_dropout(network)
    assert isinstance(network[0], Dropout)
    x = torch.ones(50, 2)
    assert torch.equal(network[0](x), x)
    assert (network.train()[0](x) == 0).any()
