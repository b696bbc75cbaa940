import pytest
import torch

from model.optim.schedule import make_schedule, rates, warmup_epochs


def rates_of(shape: str, pct_start: float, total: int, run: int) -> list[float]:
    optimizer = torch.optim.AdamW([{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": 1.0, "name": "global"}])
    schedule = make_schedule(optimizer, shape=shape, pct_start=pct_start, total_steps=total)
    seen = []
    for _ in range(run):
        seen.append(rates(optimizer)["lr"])
        optimizer.step()
        if schedule is not None:
            schedule.step()
    return seen


def test_the_warmup_is_rounded_before_it_is_raised() -> None:
    assert warmup_epochs(0.28, 25) == 7  # 0.28 · 25 is 7.000000000000001 in floating point
    assert warmup_epochs(0.24, 25) == 6
    assert warmup_epochs(0.29, 25) == 8
    assert warmup_epochs(0.0, 25) == 1


def test_one_cycle_peaks_where_the_warmup_ends() -> None:
    seen = rates_of("one-cycle", 0.3, 100, 100)
    assert max(seen) == pytest.approx(1.0, abs=1e-3)
    assert seen.index(max(seen)) == 29
    assert seen[0] == pytest.approx(1 / 25)
    assert seen[-1] < 1e-4


def test_a_shorter_run_follows_the_beginning_of_the_same_cycle() -> None:
    assert rates_of("one-cycle", 0.3, 100, 20) == rates_of("one-cycle", 0.3, 100, 100)[:20]


def test_linear_rises_to_the_rate_and_falls_to_nothing() -> None:
    seen = rates_of("linear", 0.1, 100, 100)
    assert seen[0] == 0
    assert seen[10] == pytest.approx(1.0)
    assert seen[55] == pytest.approx(0.5)
    assert seen[99] == pytest.approx(1 / 90)


def test_off_leaves_the_rate_alone() -> None:
    assert rates_of("off", 0.3, 10, 5) == [1.0] * 5


@pytest.mark.parametrize("pct_start", [0.0, 1.0])
@pytest.mark.parametrize("shape", ["one-cycle", "linear"])
def test_extreme_warmups_are_no_error(shape: str, pct_start: float) -> None:
    assert len(rates_of(shape, pct_start, 8, 8)) == 8
