"""What an objective says of itself, so that plans, lists and views speak its language.

An objective class may carry it as ``declaration``, a mapping of these keys; the worker records it with the sprint. An
objective that declares nothing is spoken of in neutral words, and has no views of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from engine.errors import EngineError
from engine.values import refuse_unknown_keys

VIEWS = ("examples", "thresholds")
"""Views that an objective may have: gold and predicted annotations of texts, and what decision thresholds did."""

HEAD_CELLS = 8
"""Cells of a column's head."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """A metric beside the score.

    Attributes:
        name: As it is reported.
        unit: ``%``, ``s``, …; may be empty.
        direction: ``maximize``, ``minimize``, or empty where neither is better.
        head: Head of its column, at most `HEAD_CELLS` cells; a metric without one has no column of its own.
    """

    name: str
    unit: str = ""
    direction: str = ""
    head: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Declaration:
    """What an objective says of itself.

    Attributes:
        unit: What it trains on, in the singular: ``document``, ``image``.
        units: The same in the plural.
        units_short: The same in at most 8 cells.
        metrics: Metrics that it reports beside the score.
        views: Which of `VIEWS` its trials fill.
        label_flags: Options that show in a sprint's label when they are on.
    """

    unit: str = "example"
    units: str = "examples"
    units_short: str = "examples"
    metrics: tuple[Metric, ...] = ()
    views: tuple[str, ...] = ()
    label_flags: tuple[str, ...] = ()

    def columns(self) -> Mapping[str, str]:
        """Heads of columns by metric."""
        return {metric.name: metric.head for metric in self.metrics if metric.head}

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def declaration_from(plain: Any) -> Declaration:
    """Read a declaration from a mapping.

    Raises:
        EngineError: For an unknown key or view, or a value of another kind.
    """
    if not isinstance(plain, Mapping):
        raise EngineError(f"an objective's declaration must be a mapping, got {plain!r:.80}")
    refuse_unknown_keys(plain, Declaration.__slots__, where="declaration")
    words = {key: _text(plain, key) for key in ("unit", "units", "units_short") if key in plain}
    if "units" in words:
        words.setdefault("units_short", words["units"][:8])
    views = _texts(plain, "views")
    for view in views:
        refuse_unknown_keys({view: None}, VIEWS, where="declaration: views")
    metrics = plain.get("metrics", ())
    if isinstance(metrics, str) or not isinstance(metrics, Sequence):
        raise EngineError(f"declaration: metrics must be a list of mappings, got {metrics!r:.80}")
    return Declaration(
        **words, metrics=tuple(map(_metric, metrics)), views=views, label_flags=_texts(plain, "label_flags")
    )


def _metric(plain: Any) -> Metric:
    if not isinstance(plain, Mapping) or "name" not in plain:
        raise EngineError(f"declaration: a metric must be a mapping with a name, got {plain!r:.80}")
    refuse_unknown_keys(plain, Metric.__slots__, where="declaration: metrics")
    metric = Metric(**{key: _text(plain, key) for key in plain})
    if metric.direction not in ("maximize", "minimize", ""):
        raise EngineError(f"declaration: direction must be maximize, minimize or empty, got {metric.direction!r}")
    if len(metric.head) > HEAD_CELLS:
        raise EngineError(f"declaration: a head must have at most {HEAD_CELLS} cells, got {metric.head!r}")
    return metric


def _text(plain: Mapping[str, Any], key: str) -> str:
    if not isinstance(plain[key], str):
        raise EngineError(f"declaration: {key} must be text, got {plain[key]!r:.80}")
    return str(plain[key])


def _texts(plain: Mapping[str, Any], key: str) -> tuple[str, ...]:
    given = plain.get(key, ())
    if isinstance(given, str) or not isinstance(given, Sequence) or not all(isinstance(one, str) for one in given):
        raise EngineError(f"declaration: {key} must be a list of words, got {given!r:.80}")
    return tuple(given)
