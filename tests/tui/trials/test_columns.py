from dataclasses import replace

import pytest

from engine import api
from tui.drawing.styled_lines import plain
from tui.trial.details import failure_lines
from tui.trials.columns import (
    FIELDS,
    Basis,
    all_columns,
    arranged,
    epochs_cell,
    full_head,
    full_row,
    in_order,
    note_cell,
    parameter_column,
    sorted_trials,
    state_cell,
)
from tui.trials.layout import MARK, ValueWidths, column_cells, fitting, head_line, last_left
from tui.widgets.columns import Cell

TRIAL = api.TrialView(
    number=4, state=api.TrialState.PRUNED, source="primed-cold", params={"lr": 1e-3, "head": "mlp"},
    reason="bracket 1, rung 3: 20 < 31", epoch=3, n_epochs=25, score=20.0,
)  # fmt: skip
NAMES = ("lr", "head")


def text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else plain(cell)


def test_running_trials_stand_first_and_queued_ones_last() -> None:
    states = ["complete", "running", "queued", "pruned", "queued", "running"]
    trials = [replace(TRIAL, number=n, state=api.TrialState(state)) for n, state in enumerate(states)]
    assert [t.number for t in in_order(trials)] == [5, 1, 3, 0, 2, 4]


def test_a_pruned_trial_says_why_and_the_best_says_so() -> None:
    assert "rung 3" in text(note_cell(TRIAL, Basis(best=3)))
    assert text(state_cell(replace(TRIAL, state=api.TrialState.COMPLETE), Basis(best=4))) == "✓ best"
    assert text(state_cell(replace(TRIAL, state=api.TrialState.COMPLETE), Basis(best=5))) == "✓ complete"


def test_a_complete_trial_whose_score_is_in_doubt_says_why() -> None:
    trial = replace(TRIAL, state=api.TrialState.COMPLETE, reason="", findings=("Epoch 2 was …",))
    assert "Epoch 2 was" in text(note_cell(trial, Basis()))
    assert any("Epoch 2 was" in plain(shown) for shown in failure_lines(trial, 80))


def test_a_bar_stands_beside_the_epochs_only_while_a_trial_runs() -> None:
    running = replace(TRIAL, state=api.TrialState.RUNNING, epoch=13, fraction=0.5)
    assert text(epochs_cell(running, Basis())) == "13/25 ━━━╌╌╌"
    assert text(epochs_cell(TRIAL, Basis())) == "3/25"
    assert text(epochs_cell(replace(TRIAL, state=api.TrialState.QUEUED), Basis())) == ""


def test_a_trial_of_a_paused_sprint_says_whether_it_waits_or_still_trains() -> None:
    trial = replace(TRIAL, state=api.TrialState.RUNNING, epoch=2, n_epochs=5, message="training", reason="")

    def shown(pause: str, fraction: float) -> str:
        own, basis = replace(trial, fraction=fraction), Basis(pause=pause)
        return text(state_cell(own, basis)) + " " + text(note_cell(own, basis))

    assert "● running" in shown("", 0.0)
    assert "‖ paused" in shown("epoch", 0.0)
    assert "training" not in shown("epoch", 0.0)
    assert "● running pauses after this epoch; training" in shown("epoch", 0.4)
    assert "● running last epoch before the pause" in shown("trial", 0.4)


def test_trials_are_sorted_by_a_value_either_way_and_those_without_one_come_last() -> None:
    values: list[dict[str, api.Value]] = [{"lr": 0.1}, {"lr": 0.001}, {}, {"lr": 1}, {"lr": None}]
    trials = [replace(TRIAL, number=n, params=params) for n, params in enumerate(values)]
    column = parameter_column("lr")
    assert [t.number for t in sorted_trials(trials, column, descending=False)] == [1, 0, 3, 2, 4]
    assert [t.number for t in sorted_trials(trials, column, descending=True)] == [3, 0, 1, 2, 4]


def test_a_hyperparameter_named_as_a_field_has_a_column_of_its_own() -> None:
    trial = replace(TRIAL, params={"score": 7.0})
    assert [text(c.cell(trial, Basis())) for c in all_columns(["score"]) if c.title.lower() == "score"] == [
        "20.00",
        "7",
    ]
    assert full_head(["score"]).count("score") == 1
    assert dict(zip(full_head(["score"]), full_row(trial, ["score"]), strict=True))["params.score"] == "7.0"


def test_chosen_columns_keep_their_order_and_new_ones_stand_where_they_stand_at_first() -> None:
    columns = all_columns(["lr", "head", "new"])
    keys = [column.key for column in columns]
    wanted = ["param:head", "-time", "score", "param:lr", "epochs", "source", "tags", "note"]
    shown = [column.title for column in arranged(columns, wanted, keys)]
    assert shown == ["head", "new", "SCORE", "lr", "EPOCHS", "SOURCE", "TAGS", "NOTE"]
    assert [c.key for c in arranged(columns, (), keys)] == keys
    assert "param:new" not in [c.key for c in arranged(columns, wanted, [k for k in keys if k != "param:new"])]


@pytest.mark.parametrize("width", [80, 120, 200])
def test_as_many_columns_as_fit_are_shown_and_the_last_can_be_reached(width: int) -> None:
    names = [f"hyperparameter_{n}" for n in range(20)]
    trials = [replace(TRIAL, number=n, params=dict.fromkeys(names, 10.0**-n)) for n in range(12)]
    values = ValueWidths()
    values.measure(trials)
    columns = all_columns(names)
    cells = column_cells((*FIELDS[:2], *columns), trials, values, "score")
    seen: set[str] = set()
    for left in range(last_left(columns, cells, width) + 1):
        shown = fitting(columns, cells, width, left)
        assert [column.key for column, _ in shown[:2]] == ["number", "state"], "number and state stay"
        assert MARK + sum(n + 1 for _, n in shown) <= width
        seen |= {column.key for column, _ in shown}
        head = head_line(shown, width, "score", descending=True, more=(left > 0, shown[-1][0] is not columns[-1]))
        assert len(plain(head)) <= width
        assert ("‹" in plain(head)) == (left > 0)
        assert ("›" in plain(head)) == (shown[-1][0] is not columns[-1])
    assert seen == {"number", "state", *(column.key for column in columns)}


def test_a_column_is_as_wide_as_what_stands_in_it() -> None:
    trials = [replace(TRIAL, params={"lr": 1.23e-5, "x": 1, "head": "a-very-long-category-of-a-name"})]
    values = ValueWidths()
    values.measure(trials)
    columns = all_columns(["lr", "x", "head"])
    cells = column_cells(columns, trials, values, "param:x")
    assert (cells["param:lr"], cells["param:x"], cells["param:head"]) == (7, 3, 20)
    assert cells["epochs"] == 6, "no room for a bar where nothing runs"
    running = [replace(trials[0], state=api.TrialState.RUNNING)]
    assert column_cells(columns, running, values, "score")["epochs"] == 13


def test_a_file_holds_every_number_in_full() -> None:
    trial = replace(TRIAL, params={"lr": 0.123456789, "head": "mlp"}, seconds=1.23456, tags=("a", "b"), starred=True)
    row = dict(zip(full_head(NAMES), full_row(trial, NAMES), strict=True))
    assert row["lr"] == "0.123456789"
    assert row["seconds"] == "1.23456"
    assert (row["starred"], row["tags"], row["state"]) == ("yes", "a b", "pruned")
