import pytest
import torch

from model.network.pooling import RangeTable, range_max, segment_max, width_maxima


def loop_max(states: torch.Tensor, starts: torch.Tensor, ends: torch.Tensor) -> torch.Tensor:
    zero = states.new_zeros(states.shape[1])
    rows = [states[s:e].max(0).values if e > s else zero for s, e in zip(starts.tolist(), ends.tolist(), strict=True)]
    return torch.stack(rows)


def random_ranges(n: int, q: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    starts = torch.randint(0, n, (q,), generator=generator)
    ends = torch.minimum(starts + torch.randint(-3, n, (q,), generator=generator), torch.tensor(n))
    return starts, ends


@pytest.mark.parametrize("n", [1, 2, 3, 17, 64])
def test_range_maxima_equal_loops(n: int) -> None:
    states = torch.randn(n, 5, generator=torch.Generator().manual_seed(n))
    starts, ends = random_ranges(n, 40, n)
    expected = loop_max(states, starts, ends)
    assert torch.equal(range_max(states, starts, ends, n), expected)
    assert torch.equal(range_max(states.requires_grad_(), starts, ends, n).detach(), expected)


def test_gradients_of_range_maxima_equal_those_of_loops() -> None:
    states = torch.randn(30, 7, generator=torch.Generator().manual_seed(0), requires_grad=True)
    starts, ends = random_ranges(30, 50, 1)
    weight = torch.randn(50, 7, generator=torch.Generator().manual_seed(2))
    (ours,) = torch.autograd.grad((range_max(states, starts, ends, 30) * weight).sum(), states)
    (loops,) = torch.autograd.grad((loop_max(states, starts, ends) * weight).sum(), states)
    torch.testing.assert_close(ours, loops)


def test_among_equal_values_the_first_row_gets_the_gradient() -> None:
    states = torch.tensor([[1.0], [2.0], [2.0]], requires_grad=True)
    range_max(states, torch.tensor([0]), torch.tensor([3]), 3).sum().backward()
    assert states.grad is not None
    assert states.grad.flatten().tolist() == [0.0, 1.0, 0.0]


def test_an_empty_range_is_zero_and_sends_no_gradient() -> None:
    states = torch.full((3, 2), -5.0, requires_grad=True)
    pooled = range_max(states, torch.tensor([2, 0]), torch.tensor([2, 1]), 3)
    pooled.sum().backward()
    assert pooled[0].tolist() == [0.0, 0.0]
    assert states.grad is not None
    assert states.grad[1:].abs().sum() == 0


def test_half_precision_states_keep_their_type_and_value() -> None:
    states = torch.randn(9, 3, generator=torch.Generator().manual_seed(0)).bfloat16().requires_grad_()
    starts, ends = torch.tensor([0, 4]), torch.tensor([5, 9])
    pooled = range_max(states, starts, ends, 9)
    assert pooled.dtype == torch.bfloat16
    assert torch.equal(pooled, loop_max(states, starts, ends))


def test_one_table_answers_many_questions() -> None:
    states = torch.randn(12, 4, generator=torch.Generator().manual_seed(0))
    table = RangeTable(states, 12)
    for seed in range(3):
        starts, ends = random_ranges(12, 9, seed)
        assert torch.equal(table(starts, ends), loop_max(states, starts, ends))


@pytest.mark.parametrize(("n", "widths"), [(1, 10), (6, 10), (25, 10), (25, 1)])
def test_width_maxima_equal_loops(n: int, widths: int) -> None:
    states = torch.randn(n, 3, generator=torch.Generator().manual_seed(n))
    maxima = width_maxima(states, widths)
    assert len(maxima) == min(n, widths)
    for width in range(1, len(maxima) + 1):
        for start in range(n - width + 1):
            assert torch.equal(maxima[width - 1, start], states[start : start + width].max(0).values)


def test_segment_maxima_and_their_gradients_equal_loops() -> None:
    lengths = torch.tensor([1, 4, 2, 1, 7])
    states = torch.randn(15, 6, generator=torch.Generator().manual_seed(0), requires_grad=True)
    ends = lengths.cumsum(0)
    ours, loops = segment_max(states, lengths), loop_max(states, ends - lengths, ends)
    assert torch.equal(ours, loops)
    weight = torch.randn(5, 6, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        torch.autograd.grad((ours * weight).sum(), states)[0], torch.autograd.grad((loops * weight).sum(), states)[0]
    )
