"""The form of a new thread: texts of its fields to a thread file, pure.

The form covers what most threads need; the file it writes can say everything else (docs/thread-file.md).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine import api
from tui.dialogs.typed_space import SpaceError, typed_dimensions

COMMAND, CLASS = "command", "python class"
"""What can be trained whatever objectives have a form of their own: a command template, or a class."""

TYPED = "typed here"
"""Choice of a space whose dimensions are typed in one line."""

DEFAULTS: dict[str, str] = {
    "kind": COMMAND,
    "name": "",
    "command": "",
    "objective": "",
    "metric": "score",
    "direction": "maximize",
    "space": TYPED,
    "dimensions": "",
    "explore": "T6_V3_M25",
    "trials_1E": "120",
    "trials_Warm": "90",
    "trials_Full": "9",
}
"""Texts of the fields when the form opens; an objective's own have theirs."""

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


def form_of(texts: Mapping[str, str], forms: Sequence[api.ThreadForm]) -> api.ThreadForm | None:
    """The objective that is chosen; None for a command or a class."""
    return next((form for form in forms if form.title == texts["kind"]), None)


def visible(texts: Mapping[str, str], forms: Sequence[api.ThreadForm] = ()) -> set[str]:
    """Names of the fields that mean something for what the others say."""
    shown = {"kind", "name", "space", "explore", *(f"trials_{stage}" for stage in STAGES)}
    form = form_of(texts, forms)
    if form is not None:
        shown |= form.visible(texts)
    elif texts["kind"] == COMMAND:
        shown |= {"command", "metric", "direction"}
    else:
        shown |= {"objective"}
    return shown | ({"dimensions"} if texts["space"] == TYPED else set())


def field_label(name: str, forms: Sequence[api.ThreadForm]) -> str:
    """What stands before a field, for an objection to it."""
    return next((own.label for form in forms for own in form.fields if own.name == name), name)


def file_name(name: str, taken: Sequence[str] = ()) -> str:
    """The file a thread of this name is written to, next to those that are taken."""
    stem = re.sub(r"[^\w.-]+", "-", name.strip()).strip("-.") or "thread"
    candidates = [f"{stem}.yaml", *(f"{stem}-{number}.yaml" for number in range(2, len(taken) + 3))]
    return next(one for one in candidates if one not in taken)


def thread_text(texts: Mapping[str, str], forms: Sequence[api.ThreadForm] = ()) -> str:
    """The thread file that the fields say.

    Raises:
        FormError: Naming the field that is wrong.
    """
    if not texts["name"].strip():
        raise FormError("name", "a thread must have a name")
    parts = [
        "# Written by the form of `trimtab`. Edit it, or create other threads from it: docs/thread-file.md",
        f"thread: {_flow(texts['name'].strip())}",
        *_objective(texts, forms),
        *_space(texts, forms),
        "stages:",
    ]
    train, val, max_epochs = _fidelity(texts["explore"])
    for stage in STAGES:
        plain: dict[str, Any] = {"n_trials": _count(texts, f"trials_{stage}", low=1)}
        if stage != "Full":
            plain["fidelity"] = {"train_parts": train, "val_parts": val, "max_epochs": max_epochs}
        parts.append(f"  {stage}: {_flow(plain)}")
    return "\n".join(parts) + "\n"


def _objective(texts: Mapping[str, str], forms: Sequence[api.ThreadForm]) -> list[str]:
    form = form_of(texts, forms)
    if form is not None:
        try:
            options = form.options(texts)
        except api.FormFieldError as problem:
            raise FormError(problem.field, problem.message) from problem
        return [f"objective: {form.target}", *(f"{name}: {_flow(plain)}" for name, plain in options.items())]
    if texts["kind"] == COMMAND:
        if not texts["command"].strip():
            raise FormError("command", "a template such as python train.py --lr {lr} --epochs {epochs}")
        return [
            f"command: {_flow(texts['command'].strip())}",
            f"metric: {_flow(texts['metric'].strip() or 'score')}",
            f"direction: {texts['direction']}",
        ]
    if ":" not in texts["objective"]:
        raise FormError("objective", "module:Class, importable from the workspace's folder")
    return [f"objective: {_flow(texts['objective'].strip())}"]


def _space(texts: Mapping[str, str], forms: Sequence[api.ThreadForm]) -> list[str]:
    if texts["space"] != TYPED:
        form, name = form_of(texts, forms), texts["space"]
        left_out = form.left_out(texts, list(api.catalogue().get(name, ()))) if form is not None else []
        return [f"space: {_flow({'from': name} | dict.fromkeys(left_out)) if left_out else name}"]
    try:
        typed = typed_dimensions(texts["dimensions"])
    except SpaceError as problem:
        raise FormError("dimensions", str(problem)) from None
    return ["space:", *(f"  {name}: {_flow(plain)}" for name, plain in typed.items())]


def _count(texts: Mapping[str, str], name: str, low: int = 0) -> int:
    text = texts[name].strip()
    if not text.isdigit() or int(text) < low:
        raise FormError(name, f"must be a whole number of at least {low}, got {text!r}")
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


def field_notes(texts: Mapping[str, str], folder: str, forms: Sequence[api.ThreadForm] = ()) -> dict[str, str]:
    """What stands behind each field."""
    form = form_of(texts, forms)
    return {
        "name": "type it",
        "kind": "← → choose",
        "command": "prints {\"epoch\": 3, \"score\": 0.4} lines",
        "objective": "module:Class",
        "metric": "name of the score",
        "dimensions": "" if texts["dimensions"] else "ctrl+n fields; or lr 1e-5..1e-2 log, n 8..64 step 8, head a|b",
        "explore": "data of 1E and Warm",
        "trials_1E": "half of them random",
        "trials_Warm": "a third random",
        "trials_Full": "whole trainings",
        **(form.notes(texts, folder) if form is not None else {}),
    }  # fmt: skip
