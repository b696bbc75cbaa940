"""What looks wrong about a space is said in one sentence each."""

from engine.space.condition_values import settings_for
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.space.warnings import lint_space
from engine.trials.fidelity import Fidelity


def warnings(*dimensions: Dimension, **settings: bool) -> str:
    return "\n".join(lint_space(Space(dimensions=dimensions), settings))


def test_a_linear_range_over_more_than_a_decade_is_warned_of() -> None:
    assert "2.0 decades on a linear scale" in warnings(Dimension(name="x", kind="float", low=0.01, high=1.0))
    assert warnings(Dimension(name="x", kind="float", low=0.1, high=1.0)) == ""
    assert warnings(Dimension(name="x", kind="float", low=0.01, high=1.0, log=True)) == ""


def test_a_rate_that_begins_at_zero_is_warned_of() -> None:
    assert "looks like a rate" in warnings(Dimension(name="weight_decay_shared", kind="float", low=0.0, high=0.1))
    assert warnings(Dimension(name="dropout", kind="float", low=0.0, high=0.5)) == ""


def test_a_huge_grid_is_warned_of() -> None:
    many = [Dimension(name=f"c{i}", kind="categorical", choices=tuple(range(10))) for i in range(5)]
    assert "100,000 combinations" in warnings(*many)
    assert "21 choices" in warnings(Dimension(name="c", kind="categorical", choices=tuple(range(21))))


def test_a_condition_on_something_unknown_is_warned_of() -> None:
    odd = Dimension(name="x", kind="float", low=0.1, high=0.5, active_when={"schedulr": True})
    assert "nothing is called schedulr" in warnings(odd, scheduler=True)


def test_settings_are_the_models_options_and_the_scheduler_and_unset_flags_are_off() -> None:
    space = Space(
        dimensions=(
            Dimension(name="w", kind="float", low=0.1, high=0.5, active_when={"dtl": False}),
            Dimension(name="pct_start", kind="float", low=0.24, high=0.32, active_when={"scheduler": True}),
        )
    )
    settings = settings_for(space, {"type": "JointMRC", "layers": [1, 2]}, Fidelity(scheduler=False))
    assert settings == {"dtl": False, "type": "JointMRC", "scheduler": False}
    assert [d.name for d in space.active(settings)] == ["w"]
    assert [d.name for d in space.active(settings_for(space, {"dtl": True}, Fidelity()))] == ["pct_start"]
