"""Columns of the trials table: what each shows of a trial, and what it is sorted by; pure functions."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from engine import api
from tui.drawing.format import duration, score, state_sign, value_text
from tui.drawing.styled_lines import line
from tui.trial.rows import epochs_text, holds, progress, thin_bar
from tui.widgets.columns import Cell

BAR = 6
"""Cells of a running trial's bar."""

DIGITS = 3
"""Of a hyperparameter's value: enough to tell trials apart, few enough for many columns."""

MOST_WIDTH = 20
"""Cells of a hyperparameter's column; long texts lose their end."""

PARAMETER = "param:"
"""Before a hyperparameter's name in a column's key: one may be called ``score``."""

NOTE = "note"
"""Key of the column that takes the room that is left."""

NEWEST = "number"
"""Key of the column by which the table is sorted at first: running trials first, then the newest."""


STATE_ORDER = {state: index for index, state in enumerate(api.TrialState)}
"""How states are sorted: as a trial goes through them."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What cells depend on besides their trial.

    Attributes:
        best: Number of the sprint's best trial.
        pause: How the sprint is paused, as in `tui.trial.rows.holds`.
    """

    best: int | None = None
    pause: str = ""


@dataclass(frozen=True, slots=True)
class TrialColumn:
    """One column.

    Attributes:
        key: Names it: a field, or `PARAMETER` and a hyperparameter's name.
        title: On the head row; fields in capitals, hyperparameters as they are called.
        cell: What it shows of a trial.
        value: What it is sorted by; None where the trial has no such value, which comes last either way.
        right: Aligned to the right.
        descending: The first sort by it begins with the largest.
    """

    key: str
    title: str
    cell: Callable[[api.TrialView, Basis], Cell]
    value: Callable[[api.TrialView], float | str | None]
    right: bool = False
    descending: bool = False


def number_cell(trial: api.TrialView, _basis: Basis) -> Cell:
    """The number, with a star where a person set one."""
    return line(("★" if trial.starred else "", "top"), str(trial.number))


def state_cell(trial: api.TrialView, basis: Basis) -> Cell:
    """Sign and word; the best complete trial says so."""
    if trial.number == basis.best and trial.state == api.TrialState.COMPLETE:
        return line(("✓ best", "bold:top"))
    sign = state_sign("paused" if holds(trial, basis.pause) else trial.state)
    return line((sign.text, sign.ink))


def epochs_cell(trial: api.TrialView, _basis: Basis) -> Cell:
    """``9/25``, with a thin bar only while it runs."""
    text = line((epochs_text(trial), "muted"))
    if trial.state != api.TrialState.RUNNING:
        return text
    return line(*text, (f" {thin_bar(progress(trial), BAR)}", "running"))


def score_cell(trial: api.TrialView, basis: Basis) -> Cell:
    """The score; the latest one while it runs."""
    return line((score(trial.score), "bold:top" if trial.number == basis.best else ""))


def note_cell(trial: api.TrialView, basis: Basis) -> Cell:
    """Why it ended early, else what it does, else what a person must know to trust its score."""
    running = trial.state == api.TrialState.RUNNING
    if trial.state.is_cut_short and trial.reason:
        return line((trial.reason, state_sign(trial.state).ink))
    if holds(trial, basis.pause):
        return line(("paused after the epoch; R resume", "warning"))
    if running and basis.pause:
        told = f"pauses after this epoch; {trial.message}" if basis.pause == "epoch" else "last epoch before the pause"
        return line((told, "muted"))
    if running and trial.message:
        return line((trial.message, "muted"))
    return line(("; ".join(trial.findings), "warning"))


def source_word(trial: api.TrialView) -> str:
    """Where its parameters came from, in the word that the filter takes."""
    return trial.source.replace("-", " ")


def _state_value(trial: api.TrialView) -> float:
    return float(STATE_ORDER[trial.state])


def _time_cell(trial: api.TrialView, _basis: Basis) -> Cell:
    return duration(trial.seconds) if trial.state != api.TrialState.RUNNING else ""  # which would tick


FIELDS = (
    TrialColumn(NEWEST, "#", number_cell, lambda trial: float(trial.number), right=True, descending=True),
    TrialColumn("state", "STATE", state_cell, _state_value),
    TrialColumn("epochs", "EPOCHS", epochs_cell, lambda trial: float(trial.epoch), descending=True),
    TrialColumn("score", "SCORE", score_cell, lambda trial: trial.score, right=True),
    TrialColumn("time", "TIME", _time_cell, lambda trial: trial.seconds, right=True, descending=True),
    TrialColumn(
        "source", "SOURCE", lambda trial, _: line((source_word(trial), "muted")), source_word
    ),
    TrialColumn(
        "tags", "TAGS", lambda trial, _: line((" ".join(trial.tags), "info")),
        lambda trial: " ".join(trial.tags) or None,
    ),
    TrialColumn(NOTE, "NOTE", note_cell, lambda trial: trial.reason or trial.message or None),
)  # fmt: skip
"""Columns of every sprint; the first `PINNED` stay where they are when the others scroll."""

PINNED = 2
"""Number and state name a trial."""

BEFORE = ("epochs", "score", "time")
"""Fields before the hyperparameters; the others stand behind them."""


def parameter_column(name: str, *, is_text: bool = False) -> TrialColumn:
    """The column of a hyperparameter; texts are aligned to the left."""

    def cell(trial: api.TrialView, _basis: Basis) -> Cell:
        return value_text(trial.params[name], DIGITS) if name in trial.params else line(("·", "muted"))

    return TrialColumn(
        PARAMETER + name, name, cell, lambda trial: sort_value(trial.params.get(name)), right=not is_text
    )


def sort_value(value: api.Value) -> float | str | None:
    """A value as something that can be sorted: numbers by size, everything else by its text."""
    if value is None:
        return None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def all_columns(names: Sequence[str], texts: Collection[str] = ()) -> tuple[TrialColumn, ...]:
    """Every column behind the pinned ones, in the order they have at first.

    Args:
        names: Hyperparameters.
        texts: Those of them whose values are texts.
    """
    rest = FIELDS[PINNED:]
    parameters = (parameter_column(name, is_text=name in texts) for name in names)
    return (*(c for c in rest if c.key in BEFORE), *parameters, *(c for c in rest if c.key not in BEFORE))


def arranged(columns: Sequence[TrialColumn], wanted: Sequence[str], shown_at_first: Iterable[str]) -> list[TrialColumn]:
    """Columns in the order a person chose; those they never saw stand where they stand at first.

    Args:
        columns: All there are.
        wanted: Keys in the chosen order, with ``-`` before one that is hidden; empty where nothing was chosen.
        shown_at_first: Keys of those that are shown where nothing was chosen of them.
    """
    first = set(shown_at_first)
    by_key = {column.key: column for column in columns}
    known = {key.removeprefix("-") for key in wanted}
    order = [by_key[key.removeprefix("-")] for key in wanted if key.removeprefix("-") in by_key]
    hidden = {key[1:] for key in wanted if key.startswith("-")}
    for index, column in enumerate(columns):
        if column.key not in known:
            before = next((c for c in reversed(columns[:index]) if c in order), None)
            order.insert(order.index(before) + 1 if before is not None else 0, column)
            if column.key not in first:
                hidden.add(column.key)
    return [column for column in order if column.key not in hidden]


def cell_width(cell: Cell) -> int:
    """Cells that a cell takes."""
    return cell_len(cell) if isinstance(cell, str) else sum(cell_len(text) for text, _ in cell)


def sorted_trials(trials: Sequence[api.TrialView], column: TrialColumn, *, descending: bool) -> Sequence[api.TrialView]:
    """Trials by a column; those without a value last, equal ones by number.

    By number from the newest on is the order of work: running ones first, queued ones last.
    """
    if column.key == NEWEST and descending:
        return in_order(trials)
    decorated = [(column.value(trial), trial) for trial in trials]
    numbers = [(value, trial) for value, trial in decorated if isinstance(value, float | int)]
    texts = [(value, trial) for value, trial in decorated if isinstance(value, str)]
    nothing = [trial for value, trial in decorated if value is None]
    numbers.sort(key=lambda pair: pair[0], reverse=descending)
    texts.sort(key=lambda pair: pair[0], reverse=descending)
    return [trial for _, trial in (*numbers, *texts)] + nothing


def in_order(trials: Sequence[api.TrialView]) -> list[api.TrialView]:
    """Running ones first, then the rest from the newest to the oldest, queued ones last."""
    weight = {"running": 0, "queued": 2}
    return sorted(
        trials, key=lambda t: (weight.get(t.state, 1), t.number if t.state == api.TrialState.QUEUED else -t.number)
    )


def full_row(trial: api.TrialView, names: Sequence[str]) -> list[str]:
    """A trial's numbers in full, for a CSV file: as `full_head` names them."""
    facts: tuple[object, ...] = (
        trial.number, trial.state.value, trial.score, trial.epoch, trial.n_epochs, trial.seconds, trial.source,
        trial.seed, *trial.fold,
    )  # fmt: skip
    values = [api.whole_text(trial.params[name]) if name in trial.params else "" for name in names]
    marks = ("yes" if trial.starred else "", " ".join(trial.tags), trial.reason)
    return [*("" if one is None else str(one) for one in facts), *values, *marks]


def full_head(names: Sequence[str]) -> list[str]:
    """Names of the columns of `full_row`."""
    facts = ("number", "state", "score", "epoch", "n_epochs", "seconds", "source", "seed", "train_subset", "val_subset")
    taken = {*facts, "starred", "tags", "reason"}
    return [*facts, *(f"params.{name}" if name in taken else name for name in names), "starred", "tags", "reason"]
