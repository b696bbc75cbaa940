"""What an objective says of itself, so that plans, lists and views speak its language.

An objective class may carry it as ``declaration``, a mapping of these keys; the worker records it with the sprint. An
objective that declares nothing is spoken of in neutral words, and has no views of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from engine.errors import EngineError
from engine.values import refuse_unknown_keys

VIEWS = ("examples", "thresholds")
"""Views that an objective may have: gold and predicted annotations of texts, and what decision thresholds did."""

HEAD_CELLS = 8
"""Cells of a column's head."""

N_COLUMNS = 6
"""Metrics shown in a table of epochs of an objective that declares none of those it reports."""

USUAL_HEADS = {"loss": "LOSS", "lr": "LR"}
"""Heads of metrics that most trainings report, for objectives that do not declare them."""

PHASES = ("train_", "training_", "val_", "validation_", "valid_", "eval_", "test_")
"""Beginnings of names that differ in the data only: such metrics share a plot."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """A metric beside the score.

    Attributes:
        name: As it is reported.
        unit: ``%``, ``s``, …; may be empty.
        direction: ``maximize``, ``minimize``, or empty where neither is better.
        head: Head of its column, at most `HEAD_CELLS` cells; a metric without one has no column of its own.
        title: What a legend calls it; its name where empty.
        group: Title of the plot that it shares with others; empty: the usual ones.
    """

    name: str
    unit: str = ""
    direction: str = ""
    head: str = ""
    title: str = ""
    group: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Declaration:
    """What an objective says of itself.

    Attributes:
        unit: What it trains on, in the singular: ``image``, ``sentence``.
        units: The same in the plural.
        units_short: The same in at most 8 cells.
        rate: Metric that says how many units a second it trains on.
        metrics: Metrics that it reports beside the score.
        views: Which of `VIEWS` its trials fill.
    """

    unit: str = "example"
    units: str = "examples"
    units_short: str = "examples"
    rate: str = "examples_per_s"
    metrics: tuple[Metric, ...] = ()
    views: tuple[str, ...] = ()

    def columns(self, reported: Iterable[str]) -> Mapping[str, str]:
        """Heads of the columns of an epoch's metrics by name, those declared first; of none declared the first few."""
        names = list(dict.fromkeys(reported))
        heads = {metric.name: metric.head for metric in self.metrics if metric.head} or USUAL_HEADS
        shown = {name: head for name, head in heads.items() if name in names}
        return shown if self.metrics and shown else {name: heads.get(name, name) for name in names[:N_COLUMNS]}

    def groups(self, reported: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Reported metrics that belong in one plot, by its title: declared plots first, then the usual ones."""
        names = list(dict.fromkeys(reported))
        groups: dict[str, list[str]] = {}
        declared = [metric for metric in self.metrics if metric.group]
        for metric in declared:
            if metric.name in names:
                groups.setdefault(metric.group, []).append(metric.name)
        for name in sorted(set(names) - {metric.name for metric in declared}, key=names.index):
            groups.setdefault(_usual_group(name), []).append(name)
        return {title: tuple(members) for title, members in groups.items()}

    def title(self, name: str) -> str:
        """What a legend calls a metric."""
        return next((metric.title for metric in self.metrics if metric.name == name and metric.title), "") or (
            name.replace("_", " ")
        )

    def unit_of(self, name: str) -> str:
        """Unit of a metric; empty where none is declared."""
        return next((metric.unit for metric in self.metrics if metric.name == name), "")

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def _usual_group(name: str) -> str:
    """Title of the plot of a metric that no objective declares: its name without what says on which data."""
    lower = name.lower()
    if "loss" in lower:
        return "losses"
    if lower == "lr" or lower.startswith("lr_") or "learning_rate" in lower:
        return "learning rate"
    bare = next((name[len(phase) :] for phase in PHASES if lower.startswith(phase)), name)
    return (bare or name).replace("_", " ")


def declaration_from(plain: Any) -> Declaration:
    """Read a declaration from a mapping.

    Raises:
        EngineError: For an unknown key or view, or a value of another kind.
    """
    if not isinstance(plain, Mapping):
        raise EngineError(f"an objective's declaration must be a mapping, got {plain!r:.80}")
    refuse_unknown_keys(plain, Declaration.__slots__, where="declaration")
    words = {key: _text(plain, key) for key in ("unit", "units", "units_short", "rate") if key in plain}
    if "units" in words:
        words.setdefault("unit", words["units"].removesuffix("s"))
        words.setdefault("units_short", words["units"][:8])
        words.setdefault("rate", f"{words['units'].replace(' ', '_')}_per_s")
    views = _texts(plain, "views")
    for view in views:
        refuse_unknown_keys({view: None}, VIEWS, where="declaration: views")
    metrics = plain.get("metrics", ())
    if isinstance(metrics, str) or not isinstance(metrics, Sequence):
        raise EngineError(f"declaration: metrics must be a list of mappings, got {metrics!r:.80}")
    return Declaration(**words, metrics=tuple(map(_metric, metrics)), views=views)


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
