"""Views as JSON: the names are a promise (docs/json.md); a number that is none becomes null."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from engine.api.review_views import DimensionReview, EditView, Review, SpaceView
from engine.api.views import CheckView, SprintView, ThreadView, TrialView
from engine.review.advice import Advice
from engine.review.findings import Finding
from engine.space.edit_preview import EditEffect
from engine.space.proposal import Proposal
from engine.space.space import describe_range
from engine.trials.fidelity import Fidelity
from engine.trials.trial import EpochReport


def plain(value: Any) -> Any:
    """JSON of anything made of dataclasses, mappings, sequences and numbers; NaN and infinities become null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Fidelity):
        return {"code": value.code, **value.to_dict()}
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    return value


def thread(view: ThreadView) -> dict[str, Any]:
    """One entry of ``{"threads": […]}``."""
    whole: dict[str, Any] = plain(view)
    return whole | {"sprints": [sprint(one) for one in view.sprints]}


def sprint(view: SprintView) -> dict[str, Any]:
    """One entry of ``{"sprints": […]}``."""
    whole: dict[str, Any] = plain(view)
    return whole


def trial(view: TrialView) -> dict[str, Any]:
    """One entry of ``{"trials": […]}``."""
    whole: dict[str, Any] = plain(view)
    return whole


def epoch(report: EpochReport) -> dict[str, Any]:
    """One entry of ``{"epochs": […]}``."""
    whole: dict[str, Any] = plain(report)
    return whole


def proposal(given: Proposal | None) -> dict[str, Any] | None:
    """A proposed edit: only the keys that its action uses."""
    if given is None:
        return None
    return {key: value for key, value in plain(given).items() if value is not None}


def finding(given: Finding) -> dict[str, Any]:
    """One entry of ``{"findings": […]}``."""
    whole: dict[str, Any] = plain(given)
    return whole | {"proposal": proposal(given.proposal)}


def review(view: Review) -> dict[str, Any]:
    """What ``review --json`` prints; ``findings`` holds those of dimensions, pairs and the sprint together."""
    every = [one for dimension in view.dimensions for one in dimension.findings] + list(view.findings)
    gravity = {"warning": 0, "info": 1, "ok": 2}
    return {
        "sprint": sprint(view.sprint),
        "top_k": view.top_k,
        "n_trials": view.n_trials,
        "n_top": view.n_top,
        "top": list(view.top),
        "caution": view.caution,
        "findings": [finding(one) for one in sorted(every, key=lambda f: gravity[f.severity])],
        "dimensions": [dimension(one) for one in view.dimensions],
        "cost": plain(view.cost),
    }


def dimension(view: DimensionReview) -> dict[str, Any]:
    """One entry of a review's ``dimensions``."""
    return {
        "name": view.dimension.name,
        "active": view.active,
        "range": describe_range(view.dimension),
        "current_range": describe_range(view.current),
        "dimension": plain(view.dimension.to_dict()),
        "current": plain(view.current.to_dict()),
        "edges": plain(view.edges),
        "all_counts": list(view.all_counts),
        "top_counts": list(view.top_counts),
        "top_values": plain(view.top_values),
        "advice": advice(view.advice),
        "proposal": proposal(view.recommended),
        "cost": plain(view.cost),
    }


def advice(given: Advice) -> dict[str, Any]:
    """The one recommendation for a dimension."""
    whole: dict[str, Any] = plain(given)
    return whole | {"proposal": proposal(given.proposal)}


def space(view: SpaceView) -> dict[str, Any]:
    """What ``space show --json`` prints."""
    return {
        "thread": view.thread,
        "number": view.number,
        "can_undo": view.can_undo,
        "can_redo": view.can_redo,
        "n_edits": view.n_edits,
        "constraints": list(view.space.constraints),
        "dimensions": [
            {"name": one.name, "range": describe_range(one), **plain(one.to_dict())} for one in view.space.dimensions
        ],
    }


def edit(view: EditView) -> dict[str, Any]:
    """One entry of ``{"edits": […]}``."""
    whole: dict[str, Any] = plain(view)
    return whole


def effect(given: EditEffect) -> dict[str, Any]:
    """What an edit would do."""
    whole: dict[str, Any] = plain(given)
    return whole


def check(view: CheckView) -> dict[str, Any]:
    """One entry of ``{"checks": […]}``."""
    whole: dict[str, Any] = plain(view)
    return whole
