"""CSV, JSON and Parquet: one row a trial; JSON keeps the epochs and the space, too."""

import csv
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from engine.errors import EngineError
from engine.exchange.content import SprintContent, identifiers, inferred_space
from engine.space.dimension import Dimension
from engine.trials.trial import Direction, EpochReport, TrialRecord, TrialState
from engine.values import UNSET, Unset, Value, is_value, whole_text

PARAM = "param_"
"""Prefix of a hyperparameter's column."""

FACTS = ("number", "state", "source", "score", "seed", "train_fold", "val_fold", "seconds", "n_epochs", "reason")
"""Columns besides the hyperparameters."""

SCORES = ("score", "value", "values_0", "objective")
"""Columns that are taken for the score when none is named (ours, Optuna's)."""


def rows(content: SprintContent) -> list[dict[str, Any]]:
    """One flat row a trial; an inactive hyperparameter is None."""
    return [
        {
            "number": trial.number,
            "state": trial.state,
            "source": trial.source,
            "score": trial.score,
            "seed": trial.seed,
            "train_fold": trial.fold[0],
            "val_fold": trial.fold[1],
            "seconds": trial.seconds,
            "n_epochs": trial.n_epochs,
            "reason": trial.reason,
            **{f"{PARAM}{name}": _shown(trial.params.get(name, UNSET)) for name in content.space.names},
        }
        for trial in content.trials
    ]


def write_csv(content: SprintContent, path: Path) -> None:
    """Write a table with a header line; empty cells are None."""
    columns = [*FACTS, *(f"{PARAM}{name}" for name in content.space.names)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows(content))


def write_json(content: SprintContent, path: Path) -> None:
    """Write everything: facts, space, trials with their epochs."""
    trials = [
        row
        | {
            "params": dict(trial.params),
            "epochs": [_epoch(report) for report in trial.reports],
        }
        for row, trial in zip(rows(content), content.trials, strict=True)
    ]
    whole = {
        "label": content.label,
        "metric": content.metric,
        "direction": content.direction,
        **content.facts,
        "space": content.space.to_dict(),
        "trials": [{key: value for key, value in row.items() if not key.startswith(PARAM)} for row in trials],
    }
    path.write_text(json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def write_parquet(content: SprintContent, path: Path) -> None:
    """Write the table's columns with their types.

    Raises:
        EngineError: When pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError:
        raise EngineError("Parquet needs pyarrow", "pip install 'trimtab[parquet]', or export as CSV") from None
    number, whole, text = pyarrow.float64(), pyarrow.int64(), pyarrow.string()
    facts = dict.fromkeys(FACTS, whole) | dict.fromkeys(("score", "seconds"), number)
    facts |= dict.fromkeys(("state", "source", "reason"), text)
    params = {f"{PARAM}{d.name}": _column_type(d, number, whole, text) for d in content.space}
    schema = pyarrow.schema([*facts.items(), *params.items()])
    table = [{key: _cell(value, schema.field(key).type == text) for key, value in row.items()} for row in rows(content)]
    parquet.write_table(pyarrow.Table.from_pylist(table, schema=schema), path)


def _column_type(dimension: Dimension, number: Any, whole: Any, text: Any) -> Any:
    """A column's type is its dimension's, whatever values the trials happen to have; categories are text."""
    return {"float": number, "int": whole}.get(dimension.kind, text)


def _cell(value: Any, is_text: bool) -> Any:
    return str(value) if is_text and value is not None else value


def _shown(value: Value | Unset) -> Any:
    """A hyperparameter's cell: empty where it was inactive, ``null`` and lists as JSON where they were chosen."""
    if value is UNSET:
        return None
    return whole_text(value) if value is None or isinstance(value, list) else value


def read_csv(path: Path, *, score: str = "", direction: Direction = "maximize") -> SprintContent:
    """Read a table as a sprint.

    Hyperparameters are the columns with ``param_`` or ``params_`` before their name (ours, Optuna's) or, where there
    are none, all columns that are no known fact. The space just holds the values seen.

    Raises:
        EngineError: When the file cannot be read or has no score column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:  # spreadsheets begin with a byte order mark
            header, *lines = [line for line in csv.reader(file) if line] or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise EngineError(f"{path} cannot be read as CSV: {why}") from error
    found = _rows(path, header, lines)
    column = score or next((name for name in SCORES if name in header), "")
    if column not in header:
        looked_for = column or "among " + ", ".join(SCORES)
        raise EngineError(
            f"{path} has no score column {looked_for}, it has {', '.join(header)}", "name it with --score"
        )
    names = _param_columns(header, column)
    if not names:
        raise EngineError(f"{path} must have a column for each hyperparameter, got {', '.join(header)}")
    trials = [_trial(number, row, column, names) for number, row in enumerate(found)]
    columns = {name: [t.params[name] for t in trials if name in t.params] for name in names.values()}
    return SprintContent(
        label=path.stem, space=inferred_space(columns), trials=trials, direction=direction, metric=column
    )


def _param_columns(header: list[str], score: str) -> dict[str, str]:
    """Hyperparameters' names by their columns."""
    prefixed = {c: c.removeprefix(p) for p in ("params_", PARAM) for c in header if c.startswith(p)}
    foreign = ("datetime", "system", "user_attrs")
    others = {c: c for c in header if c not in (*FACTS, score) and not c.startswith(foreign)}
    found = prefixed or others
    return dict(zip(found, identifiers(found.values()).values(), strict=True))


def _rows(path: Path, header: list[str], lines: list[list[str]]) -> list[dict[str, str]]:
    """Lines by column.

    Raises:
        EngineError: Without any, for a column that is there twice, or a line of another length.
    """
    if not lines:
        raise EngineError(f"{path} must have a header line and a line for each trial, got none")
    if twice := next((name for name in header if header.count(name) > 1), None):
        raise EngineError(f"{path} must name every column once, got {twice!r} twice")
    for number, line in enumerate(lines, 2):
        if len(line) != len(header):
            raise EngineError(
                f"{path}, line {number}: {len(header)} cells are needed as in the header, got {len(line)}"
            )
    return [dict(zip(header, line, strict=True)) for line in lines]


def _trial(number: int, row: Mapping[str, str], score: str, names: Mapping[str, str]) -> TrialRecord:
    value = _value(row.get(score) or "")
    finite = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    said = (row.get(score) or "").strip()
    reason = row.get("reason") or ("" if finite else f"its score must be a number, got {said!r}")
    state = (row.get("state") or "").lower() or ("complete" if finite else "failed")
    if state not in ("complete", "pruned", "failed"):
        state = {"fail": "failed"}.get(state, "cancelled")
    seconds = _value(row.get("seconds") or "")
    cells = {name: _value(row.get(column) or "") for column, name in names.items()}
    return TrialRecord(
        number=number,
        state=cast(TrialState, state if finite or state != "complete" else "failed"),
        source="manual",
        params={name: cell for name, cell in cells.items() if cell is not None},
        score=float(cast(float, value)) if finite else None,
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
        reason=reason,
    )


def _value(text: str) -> Value | None:
    """A cell as the number or truth value it spells, else as text; None where it is empty."""
    shown = text.strip()
    if not shown:
        return None
    if shown.lower() in ("true", "false"):
        return shown.lower() == "true"
    for kind in (int, float):
        try:
            return kind(shown)
        except ValueError:
            continue
    return _list_in(shown) or shown


def _list_in(text: str) -> Value:
    """The list of values that a cell spells as JSON; None where it spells none."""
    try:
        spelt = json.loads(text) if text.startswith("[") else None
    except ValueError:
        return None
    return spelt if is_value(spelt) else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _epoch(report: EpochReport) -> dict[str, Any]:
    metrics = {name: _finite(value) for name, value in report.metrics.items()}
    return {
        "step": report.step,
        "phase": report.phase,
        "score": _finite(report.score),
        "metrics": metrics,
        "at": report.at,
    }
