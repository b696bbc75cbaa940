"""A hyperparameter from fields: type, range, scale, step, choices, order; for a new thread, or to join a living one."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from engine import api
from tui.dialogs.space_change import KeepingDialog
from tui.dialogs.typed_space import typed_choices
from tui.drawing.scale import range_text
from tui.drawing.styled_lines import line, wrap
from tui.widgets.field import ChoiceField, Field, TextField, number_begins
from tui.widgets.painting import Lines

WIDTH = 70
"""Cells of the dialog's texts."""

DEFAULTS: Mapping[str, str] = {
    "name": "", "type": "float", "low": "", "high": "", "scale": "linear", "step": "", "choices": "", "order": "no",
    "was": "", "words": "", "reason": "",
}  # fmt: skip
"""Texts of the fields when the dialog opens."""

NOTES: Mapping[str, str] = {
    "name": "name in the command template",
    "step": "empty: any value in the range",
    "choices": "small|medium|large; null omits the option",
    "order": "yes: ordered from first to last",
    "was": "value in earlier trials",
    "words": "added to the command: --dropout {dropout}",
    "reason": "kept in the decision log",
}
"""What stands behind a field."""


def visible(texts: Mapping[str, str]) -> set[str]:
    """Names of the fields that mean something for a type."""
    if texts["type"] == "categorical":
        return {"name", "type", "choices", "order", "was", "words", "reason"}
    return {"name", "type", "low", "high", "scale", "step", "was", "words", "reason"}


def dimension_of(texts: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Name and definition of the hyperparameter that the fields say, as a thread file has it.

    Raises:
        ValueError: Saying which field is wrong.
    """
    name = texts["name"].strip()
    if not name.isidentifier():
        raise ValueError(f"name must be a word of letters, digits and _, got {name!r}")
    if texts["type"] == "categorical":
        plain: dict[str, Any] = {"type": "categorical", "choices": typed_choices(texts["choices"])}
        plain |= {"order": True} if texts["order"] == "yes" else {}
    else:
        plain = {"type": texts["type"], "low": _number(texts, "low"), "high": _number(texts, "high")}
        plain |= {"log": True} if texts["scale"] == "log" else {}
        plain |= {"step": _number(texts, "step")} if texts["step"].strip() else {}
    if texts["was"].strip():
        [plain["was"]] = typed_choices(texts["was"])
    api.Dimension.from_dict(name, plain)
    return name, plain


def _number(texts: Mapping[str, str], key: str) -> float | int:
    text = texts[key].strip()
    try:
        return int(text) if texts["type"] == "int" else float(text)
    except ValueError:
        kind = "whole number" if texts["type"] == "int" else "number"
        raise ValueError(f"{key} must be a {kind}, got {text!r}") from None


class HyperparameterDialog(KeepingDialog):
    """Fields of one hyperparameter, and its range as the engine reads them; enter keeps, escape leaves.

    Args:
        thread: The living thread that it joins; empty for a space that is still being typed.
        take: Takes name and definition, of a space that is still being typed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "keep", "Keep", id="hyperparameter.keep", tooltip="Add the hyperparameter"),
        Binding("tab", "next_field", "Next field", id="hyperparameter.next", tooltip="Next field", priority=False),
    ]

    def __init__(self, thread: str = "", take: Callable[[str, dict[str, Any]], None] | None = None) -> None:
        super().__init__(f"Add a hyperparameter to {thread}" if thread else "Add a hyperparameter")
        self.thread = thread
        self._take = take

    def body(self) -> Iterator[Widget]:
        """The fields and what they make."""
        yield from hyperparameter_fields(joins=bool(self.thread))
        yield Lines(id="made-dimension")

    def on_mount(self) -> None:
        """Begin with the name."""
        self._show_fields()
        self.query_one("#field-name", Field).focus()
        self._draw()

    @property
    def texts(self) -> dict[str, str]:
        """What the fields say."""
        return {**DEFAULTS, **{field.name or "": field.text for field in self.query(Field)}}

    def on_field_changed(self, _message: Field.Changed) -> None:
        """Show what the fields make."""
        self._show_fields()
        self._draw()

    def _show_fields(self) -> None:
        shown = visible(self.texts)
        for field in self.query(Field):
            field.display = field.name in shown

    def _draw(self) -> None:
        try:
            name, plain = self._made()
        except (ValueError, api.EngineError) as problem:
            self.refused(str(problem.args[0]))
            return
        dimension = api.Dimension.from_dict(name, plain)
        self._show([line((f"{name}: {range_text(dimension)}", "bold:top"))])

    def _made(self) -> tuple[str, dict[str, Any]]:
        name, plain = dimension_of(self.texts)
        if self.thread and "was" not in plain:
            raise ValueError("was must be given: the value in earlier trials")
        return name, plain

    def _show(self, lines: list[Any]) -> None:
        panel = self.query_one("#made-dimension", Lines)
        panel.styles.height = max(len(lines), 2)
        panel.show(lines)

    def refused(self, why: str) -> None:
        """In the place of the range."""
        self._show(wrap(f"✗ {why}", WIDTH, "error"))

    def action_next_field(self) -> None:
        """Go round the fields."""
        self.focus_next(".field")

    def action_keep(self) -> None:
        """Let it join, unless the fields are wrong."""
        for field in self.query(Field):
            field.finish()
        try:
            name, plain = self._made()
        except (ValueError, api.EngineError) as problem:
            self.refused(str(problem.args[0]))
            return
        if self._take is not None:
            self._take(name, plain)
            self.dismiss(None)
            return
        ws, thread, texts = self.trimtab.ws, self.thread, self.texts
        dimension = api.Dimension.from_dict(name, plain)
        self.keep(
            lambda: api.add_dimension(
                ws, thread, dimension, words=texts["words"].strip(), reason=texts["reason"].strip()
            )
        )


def hyperparameter_fields(*, joins: bool) -> Iterator[Field]:
    """The fields, in their order.

    Args:
        joins: Whether it joins a living thread, which asks for value in earlier trials.
    """
    yield _typed("name", str.isprintable)
    yield ChoiceField("type", "type", ("float", "int", "categorical"), DEFAULTS["type"])
    for name in ("low", "high"):
        yield _typed(name, number_begins)
    yield ChoiceField("scale", "scale", ("linear", "log"), DEFAULTS["scale"])
    yield _typed("step", number_begins)
    yield _typed("choices", str.isprintable)
    yield ChoiceField("order", "ordered", ("no", "yes"), DEFAULTS["order"], note=NOTES["order"])
    for name in ("was", "words", "reason") if joins else ():
        yield _typed(name, str.isprintable)


def _typed(name: str, begins: Any) -> TextField:
    return TextField(name, name, DEFAULTS[name], begins=begins, enter_passes=True, note=NOTES.get(name, ""))
