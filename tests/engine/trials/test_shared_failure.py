"""What failures have in common, in a sentence."""

from engine.trials.shared_failure import EndedTrial, what_failures_share


def trial(number: int, reason: str = "", **params: object) -> EndedTrial:
    return EndedTrial(number=number, params=params, reason=reason)  # type: ignore[arg-type]


def test_the_reason_and_the_range_that_set_failures_apart_are_named() -> None:
    failed = [trial(n, f"out of memory: tried to allocate {n}.5 GiB", batch=28 + n, opt="sgd") for n in range(3)]
    complete = [trial(9, batch=8, opt="sgd"), trial(10, batch=24, opt="adam")]
    assert what_failures_share(failed, complete) == (
        "All with the same reason: out of memory: tried to allocate 2.5 GiB. "
        "All have batch ≥ 28 (complete trials: at most 24)."
    )


def test_a_category_of_the_failures_alone_is_named() -> None:
    failed = [trial(0, "Command exited with code 1: ValueError: x", opt="lion"), trial(1, "timeout", opt="lion")]
    complete = [trial(2, opt="sgd"), trial(3, opt="adam")]
    assert what_failures_share(failed, complete).endswith("All have opt = lion (no complete trial has).")


def test_without_complete_trials_only_the_reason_is_told() -> None:
    assert what_failures_share([trial(0, "it broke", x=1), trial(1, "it broke", x=1)]) == (
        "All with the same reason: it broke."
    )
    assert what_failures_share([]) == ""


def test_two_hyperparameters_are_named_at_most() -> None:
    failed = [EndedTrial(number=n, params={"a": 9.0, "b": 9.0, "c": 9.0}, reason="oom") for n in range(3)]
    fine = [EndedTrial(number=n, params={"a": 1.0, "b": 1.0, "c": 1.0}) for n in range(3, 6)]
    said = what_failures_share(failed, fine)
    assert ("a ≥ 9" in said, "b ≥ 9" in said, "c ≥ 9" in said) == (True, True, False)
