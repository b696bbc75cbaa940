"""JSON: a sprint whole, with its space, its facts and the epochs of every trial."""

import json
import math
from collections.abc import Mapping
from typing import Any, cast, get_args

from engine.boundary.input import read_text
from engine.boundary.json_text import parse_json
from engine.boundary.table import MOST_BYTES
from engine.errors import EngineError
from engine.exchange.content import SprintContent
from engine.exchange.conventions import TableConventions
from engine.exchange.format import ExportTarget, ImportRequest, ImportSource, Reading
from engine.exchange.output import output_of
from engine.exchange.table_rows import facts_of
from engine.space.space import Space
from engine.trials.states import Direction, TrialState
from engine.trials.trial import EpochReport, TrialRecord, TrialSource

OWN = ("label", "metric", "direction", "space", "trials")
"""Keys that are no facts."""


class JsonFile:
    """One JSON object a sprint."""

    name = "json"
    title = "JSON"
    can_write = True
    can_read = True

    def is_target(self, target: ExportTarget) -> bool:
        """By its suffix."""
        return not target.is_url and target.path.suffix.lower() == ".json"

    def is_source(self, source: ImportSource) -> bool:
        """By its suffix, or a brace at its beginning."""
        return source.is_text and (source.path.suffix.lower() == ".json" or source.magic.lstrip().startswith(b"{"))

    def write(self, content: SprintContent, target: ExportTarget) -> str:
        """Write everything."""
        whole = {
            "label": content.label,
            "metric": content.metric,
            "direction": content.direction,
            **content.facts,
            "space": content.space.to_dict(),
            "trials": [
                {**facts_of(trial), "params": dict(trial.params), "epochs": [_epoch(one) for one in trial.reports]}
                for trial in content.trials
            ],
        }
        text = json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        with output_of(target).file() as part:
            part.write_text(text, encoding="utf-8")
        return f"{len(content.trials)} trials in {target.text}"

    def read(self, source: ImportSource, request: ImportRequest) -> Reading:
        """Read what `write` wrote."""
        whole = parse_json(read_text(source.path, limit=MOST_BYTES, refusal=EngineError), source.text, EngineError)
        try:
            content = SprintContent(
                label=str(whole["label"]),
                space=Space.from_dict(whole["space"]),
                trials=[_trial(number, one) for number, one in enumerate(whole["trials"])],
                direction=request.direction or Direction.read(whole["direction"]),
                metric=str(whole["metric"]),
                facts={key: value for key, value in whole.items() if key not in OWN},
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise EngineError(
                f"{source.text} must be a sprint that trimtab exported, got JSON with {error} missing or wrong",
                "export other tools' runs as CSV",
            ) from error
        return Reading(format=self.name, content=content)


def _trial(number: int, plain: Mapping[str, Any]) -> TrialRecord:
    state = TableConventions().state_of(str(plain["state"])) or TrialState.CANCELLED
    score = plain.get("score")
    return TrialRecord(
        number=number,
        state=state,
        source=_source(plain["source"]),
        params=dict(plain["params"]),
        score=None if score is None or not state.is_scored else float(score),
        seed=_whole(plain.get("seed")),
        fold=(_whole(plain.get("train_fold")), _whole(plain.get("val_fold"))),
        seconds=None if plain.get("seconds") is None else float(plain["seconds"]),
        n_epochs=_whole(plain.get("n_epochs")),
        reason=str(plain.get("reason") or "")
        or (f"not finished: its state was {plain['state']}" if state == TrialState.CANCELLED else ""),
        reports=tuple(_report(one) for one in plain["epochs"]),
        started_at=_seconds(plain.get("started_at")),
        finished_at=_seconds(plain.get("finished_at")),
    )


def _report(plain: Mapping[str, Any]) -> EpochReport:
    return EpochReport(
        step=_whole(plain["step"]),
        phase=str(plain["phase"]),
        score=_number(plain["score"]),
        metrics={str(name): _number(value) for name, value in plain["metrics"].items()},
        at=float(plain.get("at") or 0.0),
    )


def _source(value: object) -> TrialSource:
    """Where a trial came from.

    Raises:
        ValueError: For anything else.
    """
    for known in get_args(TrialSource):
        if value == known:
            return cast(TrialSource, known)
    raise ValueError(f"source {value!r:.40}")


def _whole(value: float | None) -> int:
    """A whole number that a store can hold; 0 where there is none.

    Raises:
        ValueError: For any other.
    """
    number = float(value or 0)
    if not abs(number) < 2**63:
        raise ValueError(f"whole number {value!r:.40}")
    return int(value or 0)


def _seconds(moment: str | None) -> float | None:
    from datetime import datetime

    return None if not moment else datetime.fromisoformat(moment).timestamp()


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _epoch(report: EpochReport) -> dict[str, Any]:
    return {
        "step": report.step,
        "phase": report.phase,
        "score": _finite(report.score),
        "metrics": {name: _finite(value) for name, value in report.metrics.items()},
        "at": report.at,
    }


FORMAT = JsonFile()
"""What the registry loads."""
