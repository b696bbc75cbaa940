"""What the joint model says of itself to whoever steers it; importing this loads nothing.

The keys are those of `engine.objectives.declaration` and `engine.objectives.registry`, which are not imported: a
mapping crosses the seam.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

SPACES = Path(__file__).with_name("spaces.yaml")
"""Named spaces of the joint model."""

ENCODER_LABELS = {"bert": "Bert", "longformer": "Long", "minilm": "MiniLM", "tiny": "Tiny"}
"""Encoders the paper names, and ours, by the beginning of their name."""

VARIANT_FLAGS = ("asl", "dtl", "pos")
"""Options that show in the variant when they are on, in the order of the paper's Table 2 (``Bert-DTL-POS``)."""

F1_BY_TASK = (
    ("mention_f1_micro", "MENT", "mention F1"),
    ("coref_f1_micro", "COREF", "coref F1"),
    ("entity_f1_micro", "ENT", "entity F1"),
    ("rel_f1_micro", "REL", "rel F1"),
    ("rel_nec_f1_micro", "NEC", "rel nec F1"),
)
"""Micro F1 of the tasks in percent: name, head, title."""

CURVES: Mapping[str, tuple[str, ...]] = {
    "losses": ("loss", "loss_mention", "loss_coref", "loss_entity", "loss_relation"),
    "learning rate": ("lr", "lr_shared", "lr_mention", "lr_coref", "lr_entity", "lr_relation"),
    "thresholds": ("threshold_mention", "threshold_coref", "threshold_relation"),
    "task weights": ("weight_mention", "weight_coref", "weight_entity", "weight_relation"),
    "documents per second": ("docs_per_s",),
}
"""Other metrics by the plot that they share."""

HEADS = {"loss": "LOSS", "lr": "LR", "lr_shared": "LR", "docs_per_s": "DOCS/S"}
"""Heads of those that have a column of their own."""

TITLES = {"docs_per_s": "documents/s"}
"""What legends call those that are not called by their names."""


def model_label(model: Mapping[str, Any]) -> str:
    """Type, variant and partitioning, as in ``JointMRC-Bert-DTL-POS-GLOBAL``; empty where the options say too little.

    Args:
        model: Options of a thread.
    """
    kind = model.get("type")
    if not isinstance(kind, str) or not kind or not (model.get("encoder") or model.get("grouping")):
        return ""
    encoder = encoder_label(str(model["encoder"])) if model.get("encoder") else ""
    flags = [flag.upper() for flag in VARIANT_FLAGS if model.get(flag) and not (flag == "pos" and encoder == "Long")]
    return "-".join(part for part in (kind, encoder, *flags, str(model.get("grouping", "GLOBAL"))) if part)


def encoder_label(encoder: str) -> str:
    """An encoder's short name: ``bert-base-cased`` is Bert, ``longformer-base-4096`` Long, else its last path part."""
    last = encoder.rstrip("/").rsplit("/", 1)[-1]
    for part, label in ENCODER_LABELS.items():
        if last.lower() == part or last.lower().startswith(f"{part}-base"):
            return label
    return last


def _metrics() -> list[Mapping[str, str]]:
    scores = [
        {"name": name, "unit": "%", "direction": "maximize", "head": head, "title": title, "group": "F1 by task"}
        for name, head, title in F1_BY_TASK
    ]
    others = [
        {"name": name, "head": HEADS.get(name, ""), "title": TITLES.get(name, ""), "group": group}
        for group, names in CURVES.items()
        for name in names
    ]
    return [*scores, *others]


OBJECTIVE: Mapping[str, Any] = {
    "target": "model.objective:JointExtraction",
    "title": "joint model",
    "summary": "Joint entity and relation extraction from documents (JEREX-L)",
    "label": "model.search.declaration:model_label",
    "form": "model.search.form:FORM",
    "spaces": "model.search.declaration:SPACES",
    "checks": "model.search.installation_checks:installation_checks",
    "declaration": {
        "unit": "document",
        "units": "documents",
        "units_short": "docs",
        "rate": "docs_per_s",
        "metrics": _metrics(),
        "views": ["examples", "thresholds"],
    },
}
"""Entry of the registry of objectives."""
