"""The joint model's part of the form of a new thread; follows `engine.objectives.form.ObjectiveForm` by its shape."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from model.config import GROUPINGS, TASKS, TYPES

ENCODERS = ("minilm", "tiny", "bert-base-cased", "allenai/longformer-base-4096")
"""What the arrows offer; any hub name or folder may be typed."""

SWITCHES = {"pos": "part-of-speech tags", "asl": "asymmetric loss", "dtl": "learned task weights"}
"""Options that are off or on, and what they are."""

SPACE_OF_GROUPING = {
    "GLOBAL": "jerex-global",
    "LR0-L2": "jerex-lr0-l2",
    "LR1-L2": "jerex-lr0-l2",
    "LR2-L2": "jerex-lr0-l2",
}
"""The named space that fits a grouping of learning rates."""


class JointForm:
    """Fields of the joint model.

    Attributes:
        fields: In their order.
    """

    fields: Sequence[Mapping[str, Any]] = (
        {"name": "type", "label": "model", "default": "JointMRC", "choices": TYPES},
        {"name": "encoder", "label": "encoder", "default": "minilm", "offers": ENCODERS},
        {"name": "grouping", "label": "grouping", "default": "GLOBAL", "choices": GROUPINGS},
        *(
            {"name": name, "label": name.upper(), "default": "off", "choices": ("off", "on")}
            for name in SWITCHES
        ),
        {"name": "data", "label": "data", "default": "atlas", "choices": ("atlas", "files")},
        {"name": "documents", "label": "documents", "default": "60", "step": 10},
        {"name": "world", "label": "world", "default": "1", "step": 1},
        {"name": "train", "label": "train", "default": ""},
        {"name": "validation", "label": "validation", "default": ""},
    )  # fmt: skip

    def visible(self, texts: Mapping[str, str]) -> Collection[str]:
        """Fields of the chosen kind of data, and all others."""
        of_data = {"atlas": {"documents", "world"}, "files": {"train", "validation"}}
        return {"type", "encoder", "grouping", *SWITCHES, "data", *of_data[texts["data"]]}

    def options(self, texts: Mapping[str, str]) -> Mapping[str, Mapping[str, Any]]:
        """``model`` and ``data``.

        Raises:
            ValueError: With the name of the field that is wrong, and what it must hold.
        """
        model: dict[str, Any] = {name: texts[name].strip() for name in ("type", "encoder", "grouping")}
        model |= {name: True for name in SWITCHES if texts[name] == "on"}
        if texts["data"] == "atlas":
            return {
                "model": model,
                "data": {"atlas": {"documents": _count(texts, "documents", 1), "seed": _count(texts, "world", 0)}},
            }
        if not texts["train"].strip():
            raise ValueError("train", "a DocRED file, from the workspace's folder")
        return {
            "model": model,
            "data": {name: texts[name].strip() for name in ("train", "validation") if texts[name].strip()},
        }

    def space(self, texts: Mapping[str, str]) -> str:
        """The named space of the grouping."""
        return SPACE_OF_GROUPING.get(texts["grouping"], "")

    def left_out(self, texts: Mapping[str, str], names: Collection[str]) -> Collection[str]:
        """Weights and rates of other tasks than the one that is trained alone."""
        task = texts["type"].lower()
        if task not in TASKS:
            return ()
        others = {f"{kind}_{other}" for kind in ("w", "lr", "weight_decay") for other in TASKS if other != task}
        return [name for name in names if name in others]

    def notes(self, texts: Mapping[str, str], space: str, folder: str) -> Mapping[str, str]:
        """What stands behind each field."""
        fits = self.space(texts)
        about_space = ""
        if space in SPACE_OF_GROUPING.values() and space != fits:
            about_space = f"{fits} fits {texts['grouping']}"
        elif texts["asl"] == "on" and space == "jerex-global":
            about_space = "jerex-asl tunes its gammas"
        return {
            "encoder": "← → or type: hub name, folder",
            "grouping": "of learning rates and decays",
            **SWITCHES,
            "data": "built-in world" if texts["data"] == "atlas" else f"files from {folder}",
            "documents": "a fifth is held out",
            "world": "seed",
            "train": "DocRED JSON",
            "validation": "empty: a fifth of train",
            "space": about_space,
        }

    def doubts(self, model: Mapping[str, Any]) -> Sequence[str]:
        """An encoder that nobody here knows is looked for when a sprint starts."""
        encoder = model.get("encoder")
        if encoder in ENCODERS:
            return ()
        return (f"encoder {encoder} is not one of those known here: the sprint looks for it when it starts",)


def _count(texts: Mapping[str, str], name: str, low: int) -> int:
    text = texts[name].strip()
    if not text.isdigit() or int(text) < low:
        raise ValueError(name, f"a whole number from {low}, got {text!r}")
    return int(text)


FORM = JointForm()
"""As the registry of objectives names it."""
