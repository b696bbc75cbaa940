"""The form of a new thread: texts of its fields to a thread file, pure.

The form covers what most threads need; the file it writes can say everything else (docs/thread-file.md).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine import api
from tui.dialogs.typed_space import SpaceError, typed_dimensions

KINDS = ("built-in model", "command", "python class")
"""What is trained: the joint model, a command template, or an objective of one's own."""

MODEL_OBJECTIVE = "model.objective:JointExtraction"
"""The built-in model."""

MODEL_CHOICES: dict[str, tuple[str, ...]] = {
    "type": ("JointMRC", "JointGRC", "Mention", "Coref", "Entity", "Relation"),
    "grouping": ("GLOBAL", "LR0-L2", "LR1-L2", "LR2-L2"),
}
"""Choices of the built-in model (`model.config`); the objective itself is asked whether it takes them."""

ENCODERS = ("minilm", "tiny", "bert-base-cased", "allenai/longformer-base-4096")
"""What the arrows offer; any hub name or folder may be typed."""

TYPED = "typed here"
"""Choice of a space whose dimensions are typed in one line."""

TASKS = ("mention", "coref", "entity", "relation")
"""Tasks of the built-in model; a type of one task takes no weight and no rate of another."""

SPACE_OF_GROUPING = {
    "GLOBAL": "jerex-global",
    "LR0-L2": "jerex-lr0-l2",
    "LR1-L2": "jerex-lr0-l2",
    "LR2-L2": "jerex-lr0-l2",
}
"""The catalogue entry that fits a grouping of learning rates."""

DEFAULTS: dict[str, str] = {
    "kind": KINDS[0],
    "name": "",
    "type": "JointMRC",
    "encoder": "minilm",
    "grouping": "GLOBAL",
    "pos": "off",
    "asl": "off",
    "dtl": "off",
    "command": "",
    "objective": "",
    "metric": "score",
    "direction": "maximize",
    "data": "atlas",
    "documents": "60",
    "world": "1",
    "train": "",
    "validation": "",
    "space": "jerex-global",
    "dimensions": "",
    "explore": "T6_V3_M25",
    "trials_1E": "120",
    "trials_Warm": "90",
    "trials_Full": "9",
}
"""Texts of the fields when the form opens."""

STAGES = ("1E", "Warm", "Full")
"""Stages whose number of trials the form asks for."""


class FormError(ValueError):
    """A field's text is wrong.

    Attributes:
        field: Its name.
    """

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def visible(texts: Mapping[str, str]) -> set[str]:
    """Names of the fields that mean something for what the others say."""
    shown = {"kind", "name", "space", "explore", *(f"trials_{stage}" for stage in STAGES)}
    if texts["kind"] == KINDS[0]:
        shown |= {"type", "encoder", "grouping", "pos", "asl", "dtl", "data"}
        shown |= {"documents", "world"} if texts["data"] == "atlas" else {"train", "validation"}
    elif texts["kind"] == KINDS[1]:
        shown |= {"command", "metric", "direction"}
    else:
        shown |= {"objective"}
    return shown | ({"dimensions"} if texts["space"] == TYPED else set())


def file_name(name: str, taken: Sequence[str] = ()) -> str:
    """The file a thread of this name is written to, next to those that are taken."""
    stem = re.sub(r"[^\w.-]+", "-", name.strip()).strip("-.") or "thread"
    candidates = [f"{stem}.yaml", *(f"{stem}-{number}.yaml" for number in range(2, len(taken) + 3))]
    return next(one for one in candidates if one not in taken)


def thread_text(texts: Mapping[str, str]) -> str:
    """The thread file that the fields say.

    Raises:
        FormError: Naming the field that is wrong.
    """
    if not texts["name"].strip():
        raise FormError("name", "a thread needs a name")
    parts = [
        "# Made by the form of `trimtab`. Keep it, change it, make other threads from it: docs/thread-file.md",
        f"thread: {_flow(texts['name'].strip())}",
        *_objective(texts),
        *_space(texts),
        "stages:",
    ]
    train, val, max_epochs = _fidelity(texts["explore"])
    for stage in STAGES:
        plain: dict[str, Any] = {"n_trials": _count(texts, f"trials_{stage}", low=1)}
        if stage != "Full":
            plain["fidelity"] = {"train_parts": train, "val_parts": val, "max_epochs": max_epochs}
        parts.append(f"  {stage}: {_flow(plain)}")
    return "\n".join(parts) + "\n"


def _objective(texts: Mapping[str, str]) -> list[str]:
    if texts["kind"] == KINDS[1]:
        if not texts["command"].strip():
            raise FormError("command", "a template such as python train.py --lr {lr} --epochs {epochs}")
        return [
            f"command: {_flow(texts['command'].strip())}",
            f"metric: {_flow(texts['metric'].strip() or 'score')}",
            f"direction: {texts['direction']}",
        ]
    if texts["kind"] == KINDS[2]:
        if ":" not in texts["objective"]:
            raise FormError("objective", "module:Class, importable from the workspace's folder")
        return [f"objective: {_flow(texts['objective'].strip())}"]
    model: dict[str, Any] = {name: texts[name].strip() for name in ("type", "encoder", "grouping")}
    model |= {name: True for name in ("pos", "asl", "dtl") if texts[name] == "on"}
    data: dict[str, Any]
    if texts["data"] == "atlas":
        data = {"atlas": {"documents": _count(texts, "documents", low=1), "seed": _count(texts, "world")}}
    else:
        if not texts["train"].strip():
            raise FormError("train", "a DocRED file, from the workspace's folder")
        data = {name: texts[name].strip() for name in ("train", "validation") if texts[name].strip()}
    return [f"objective: {MODEL_OBJECTIVE}", f"model: {_flow(model)}", f"data: {_flow(data)}"]


def _space(texts: Mapping[str, str]) -> list[str]:
    if texts["space"] != TYPED:
        left_out = _of_other_tasks(texts)
        name = texts["space"]
        return [f"space: {_flow({'from': name} | dict.fromkeys(left_out)) if left_out else name}"]
    try:
        typed = typed_dimensions(texts["dimensions"])
    except SpaceError as problem:
        raise FormError("dimensions", str(problem)) from None
    return ["space:", *(f"  {name}: {_flow(plain)}" for name, plain in typed.items())]


def _of_other_tasks(texts: Mapping[str, str]) -> list[str]:
    """Dimensions of the catalogue entry that a model of one task does not have."""
    task = texts["type"].lower()
    if texts["kind"] != KINDS[0] or task not in TASKS:
        return []
    others = {f"{kind}_{other}" for kind in ("w", "lr", "weight_decay") for other in TASKS if other != task}
    return [name for name in api.catalogue().get(texts["space"], ()) if name in others]


def _count(texts: Mapping[str, str], name: str, low: int = 0) -> int:
    text = texts[name].strip()
    if not text.isdigit() or int(text) < low:
        raise FormError(name, f"a whole number from {low}, got {text!r}")
    return int(text)


def _fidelity(text: str) -> tuple[int, int, int]:
    try:
        train, val, epochs = api.parse_code(text.strip())
    except api.EngineError:
        raise FormError("explore", "like T6_V3_M25") from None
    return train, val, 25 if epochs is None else epochs


def _flow(value: object) -> str:
    """A value on one line of YAML."""
    return api.flow_text(value)


def field_notes(texts: Mapping[str, str], folder: str) -> dict[str, str]:
    """What stands behind each field."""
    fits = SPACE_OF_GROUPING.get(texts["grouping"], "")
    space = texts["space"]
    about_space = ""
    if texts["kind"] == KINDS[0] and space in SPACE_OF_GROUPING.values() and space != fits:
        about_space = f"{fits} fits {texts['grouping']}"
    elif texts["kind"] == KINDS[0] and texts["asl"] == "on" and space == "jerex-global":
        about_space = "jerex-asl tunes its gammas"
    return {
        "name": "type it",
        "encoder": "← → or type: hub name, folder",
        "grouping": "of learning rates and decays",
        "pos": "part-of-speech tags",
        "asl": "asymmetric loss",
        "dtl": "learned task weights",
        "command": "prints {\"epoch\": 3, \"score\": 0.4} lines",
        "objective": "module:Class",
        "metric": "name of the score",
        "data": "built-in world" if texts["data"] == "atlas" else f"files from {folder}",
        "documents": "a fifth is held out",
        "world": "seed",
        "train": "DocRED JSON",
        "validation": "empty: a fifth of train",
        "space": about_space,
        "dimensions": "" if texts["dimensions"] else "ctrl+n fields; or lr 1e-5..1e-2 log, n 8..64 step 8, head a|b",
        "explore": "data of 1E and Warm",
        "trials_1E": "half of them random",
        "trials_Warm": "a third random",
        "trials_Full": "whole trainings",
    }  # fmt: skip
