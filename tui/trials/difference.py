"""What tells trials apart: the score, and only the hyperparameters that differ; pure functions."""

from collections.abc import Sequence

from engine import api
from tui.drawing.format import NOTHING, number, plural, score, state_sign, value_text
from tui.drawing.styled_lines import Line, fit, line

MOST = 6
"""Trials beside each other."""

CELLS = 14
"""Of a value."""


def difference_lines(trials: Sequence[api.TrialView], metric: str, best: int | None = None) -> list[Line]:
    """A column a trial, a row a fact that differs; of two trials the difference stands behind.

    Args:
        trials: Two or more.
        metric: Name of the score.
        best: Number of the sprint's best trial.
    """
    names = list(dict.fromkeys(name for trial in trials for name in trial.params))
    differing = [name for name in names if not _alike([trial.params.get(name, api.UNSET) for trial in trials])]
    width = max((len(name) for name in (metric, "suggested by", *differing)), default=0) + 2
    heads = [f"#{trial.number}{' best' if trial.number == best else ''}" for trial in trials]
    lines = [_row("", heads, "DIFFERENCE" if len(trials) == 2 else "", width, "muted")]
    scores = [trial.score for trial in trials]
    lines.append(_row(metric or "score", [score(one) for one in scores], _delta(scores), width, "bold:top"))
    facts = {
        "state": [state_sign(trial.state).text for trial in trials],
        "epochs": [f"{trial.epoch}/{trial.n_epochs}" for trial in trials],
        "suggested by": [trial.source for trial in trials],
    }
    lines += [_row(name, values, "", width) for name, values in facts.items() if len(set(values)) > 1]
    for name in differing:
        values = [trial.params.get(name, api.UNSET) for trial in trials]
        texts = [NOTHING if isinstance(one, api.Unset) else value_text(one) for one in values]
        lines.append(_row(name, texts, _delta(values), width, "bold:text"))
    n_same = len(names) - len(differing)
    if n_same:
        word = plural(n_same, "hyperparameter is", "hyperparameters are")
        lines += [(), line((f"{word} the same.", "muted"))]
    return lines


def _alike(values: Sequence[object]) -> bool:
    return all(api.same_value(values[0], one) for one in values[1:])


def _delta(values: Sequence[object]) -> str:
    """The second less the first, with its sign, where there are two numbers."""
    numbers = [one for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
    if len(values) != 2 or len(numbers) != 2:
        return ""
    change = numbers[1] - numbers[0]
    return f"{'+' if change >= 0 else ''}{number(change, 3)}"


def _row(name: str, values: Sequence[str], delta: str, width: int, ink: str = "") -> Line:
    cells = ((fit(value, CELLS) + " ", ink) for value in values)
    return line((fit(name, width), "muted"), *cells, (delta, "accent"))
