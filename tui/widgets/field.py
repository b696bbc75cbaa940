"""One-line fields of a form: a choice, a number or a text, with live values and no blinking cursor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tui.drawing.styled_lines import Line, fit, line
from tui.widgets.painting import Painting

LABEL_WIDTH = 14
"""Columns of a field's label."""


class Field(Painting, can_focus=True):
    """A labelled value; arrows left and right change it, enter or typing edits it.

    Subclasses decide what left and right do and whether typing is allowed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step(-1)", "Less", show=False, id="field.less", tooltip="Previous choice or less"),
        Binding("right,l,space", "step(1)", "More", show=False, id="field.more", tooltip="Next choice or more"),
        Binding("down,j,tab", "leave(1)", "Next", show=False, id="field.next", tooltip="Next field"),
        Binding("up,k,shift+tab", "leave(-1)", "Previous", show=False, id="field.previous", tooltip="Previous field"),
    ]

    @dataclass
    class Changed(Message):
        """The value changed; ``field.text`` has it."""

        field: "Field"

    def __init__(self, name: str, label: str, *, note: str = "", **arguments: Any) -> None:
        super().__init__(name=name, id=f"field-{name}", classes="field", **arguments)
        self.label = label
        self.note = note
        self.error = ""
        self.edits_on_enter = False
        self.edits_on_backspace = False
        self._typed: str | None = None
        self._was_editing = False

    @property
    def text(self) -> str:
        """The value as text, the typed one while editing."""
        raise NotImplementedError

    @property
    def editing(self) -> bool:
        """Whether keys are text now."""
        return self._typed is not None

    def step(self, direction: int) -> None:
        """Change the value by one."""

    def accepts(self, character: str) -> bool:  # noqa: ARG002
        """Whether typing this character begins an edit."""
        return False

    def commit(self, text: str) -> None:
        """Take typed text as the value."""

    def shown(self) -> str:
        """The value as it is shown while not editing."""
        return self.text

    def set_note(self, note: str, error: str = "") -> None:
        """What stands behind the value: a note, or an error in its place."""
        self.note, self.error = note, error
        self.repaint()

    def draw(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002
        """Marker, label, value, note."""
        marker = "▸ " if self.has_focus else "  "
        room = max(width - len(marker) - LABEL_WIDTH, 2)
        value = tail(f"{self._typed}▏", room) if self._typed is not None else self.shown()
        ink = "bold:top" if self.has_focus else ""
        note = (f"  {self.error}", "error") if self.error else (f"  {self.note}", "muted")
        return [line((marker, "top"), (fit(self.label, LABEL_WIDTH), "muted"), (value, ink), note)]

    def highlighted(self, row: int) -> bool:
        """The focused field's row."""
        return row == 0 and self.has_focus

    def watch_has_focus(self, has_focus: bool) -> None:
        """The marker comes and goes with the keys."""
        super().watch_has_focus(has_focus)
        self.repaint()

    def on_blur(self) -> None:
        """Keep what was typed."""
        self.finish()

    def finish(self) -> None:
        """End editing, keeping what was typed."""
        if self._typed is not None:
            typed, self._typed = self._typed, None
            self.commit(typed)
            self.changed()

    def changed(self) -> None:
        """Repaint and tell the form; the keys in force are others while editing."""
        self.repaint()
        if self.editing != self._was_editing:
            self._was_editing = self.editing
            self.refresh_bindings()
        self.post_message(self.Changed(self))

    def action_step(self, direction: int) -> None:
        """Left or right."""
        self.step(direction)
        self.changed()

    def action_leave(self, direction: int) -> None:
        """Go to the next or the previous field."""
        if direction > 0:
            self.screen.focus_next(".field, Input")
        else:
            self.screen.focus_previous(".field, Input")

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether a key is text here, also where it is bound to an action: while editing, or as an edit's beginning."""
        printable = bool(character and character.isprintable())
        if self.editing:
            return printable or key == "backspace"
        return printable and (self.accepts(character or "") or self._keeps_digit(character or ""))

    def _keeps_digit(self, character: str) -> bool:
        """Whether a digit stays here though it is no text: in a form that is being filled in it leaves no screen."""
        return character.isdigit() and bool(getattr(self.screen, "holds_digits", False))

    def on_key(self, event: events.Key) -> None:
        """Typing."""
        if self._typed is None:
            if event.character and event.is_printable and self.accepts(event.character):
                self._typed = event.character
            elif event.key == "enter" and self.edits_on_enter:
                self._typed = self.text
            elif event.key == "backspace" and self.edits_on_backspace:
                self._typed = self.text[:-1]
            elif self._keeps_digit(event.character or ""):
                self.app.notify(f"{self.label}: {event.character} is not valid here. esc leaves the form.", timeout=4)
                event.stop()
                event.prevent_default()
                return
            else:
                return
            event.stop()
            event.prevent_default()
            self.changed()
            return
        if event.key == "escape":
            self._typed = None
        elif event.key == "enter":
            self.finish()
            if not self.edits_on_enter:
                return
        elif event.key == "backspace":
            self._typed = self._typed[:-1]
        elif event.character and event.is_printable:
            self._typed += event.character
        else:
            return
        event.stop()
        event.prevent_default()
        self.changed()


class ChoiceField(Field):
    """One of several values."""

    def __init__(self, name: str, label: str, choices: Sequence[str], value: str, **arguments: Any) -> None:
        super().__init__(name, label, **arguments)
        self.choices = tuple(choices)
        self.value = value

    @property
    def text(self) -> str:
        """The chosen value."""
        return self.value

    def shown(self) -> str:
        """The value between arrows, which say that left and right change it."""
        return f"‹ {self.value} ›" if len(self.choices) > 1 else self.value

    def step(self, direction: int) -> None:
        """The next or the previous choice, around the end."""
        if self.choices:
            at = self.choices.index(self.value) if self.value in self.choices else 0
            self.value = self.choices[(at + direction) % len(self.choices)]


class TextField(Field):
    """Typed text; ``begins`` says which first characters start an edit without enter.

    With ``enter_passes`` enter ends the edit and still reaches the dialog, which keeps it; otherwise it begins and
    ends edits.
    """

    def __init__(
        self,
        name: str,
        label: str,
        value: str,
        *,
        begins: Callable[[str], bool] | None = None,
        stepper: Callable[[str, int], str] | None = None,
        enter_passes: bool = False,
        **arguments: Any,
    ) -> None:
        super().__init__(name, label, **arguments)
        self.value = value
        self._begins = begins
        self.edits_on_enter = not enter_passes
        self.edits_on_backspace = True
        self._stepper = stepper

    @property
    def text(self) -> str:
        """The value, or what is being typed."""
        return self.value if self._typed is None else self._typed

    def accepts(self, character: str) -> bool:
        """Characters that start an edit."""
        return self._begins is not None and self._begins(character)

    def commit(self, text: str) -> None:
        """Take the typed text."""
        self.value = text.strip()

    def step(self, direction: int) -> None:
        """Let the stepper change the value, where there is one."""
        if self._stepper is not None:
            self.value = self._stepper(self.value, direction)


def tail(text: str, width: int) -> str:
    """The end of a text that is too long, which is where one types."""
    return text if len(text) <= width else "…" + text[len(text) - width + 1 :]


def text_begins(character: str) -> bool:
    """Characters that begin a text: all but those that move from field to field."""
    return character.isprintable() and character not in "jkhl "


def number_begins(character: str) -> bool:
    """Characters that begin a number."""
    return character.isdigit() or character in "+-."


def count_stepper(step: int, low: int = 0) -> Callable[[str, int], str]:
    """Steps of whole numbers."""

    def stepped(text: str, direction: int) -> str:
        try:
            return str(max(int(float(text)) + direction * step, low))
        except ValueError:
            return text

    return stepped


def cycle_stepper(known: Sequence[str]) -> Callable[[str, int], str]:
    """Steps through known texts, around the end; from one that is not known to the first or the last."""

    def stepped(text: str, direction: int) -> str:
        if text not in known:
            return known[0 if direction > 0 else -1]
        return known[(known.index(text) + direction) % len(known)]

    return stepped
