"""A question answered by one line of text."""

from collections.abc import Callable, Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from tui.dialogs.dialog import Dialog
from tui.drawing.styled_lines import line, wrap
from tui.widgets.painting import Lines

WIDTH = 62
"""Cells of the question, as the style sheet has them."""


class Prompt(Dialog[str]):
    """One line of text; enter takes it, when the check finds nothing wrong.

    With ``offered`` the value is selected, so that typing takes its place; otherwise typing goes on at its end.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Take it", id="prompt.take", tooltip="Confirm the text", priority=True)
    ]

    def __init__(
        self,
        title: str,
        question: str,
        value: str = "",
        check: Callable[[str], str] | None = None,
        *,
        offered: bool = False,
    ) -> None:
        super().__init__(title)
        self.question = question
        self.value = value
        self.offered = offered
        self._check = check or (lambda _: "")

    def body(self) -> Iterator[Widget]:
        """Question, text, what is wrong with it."""
        text = wrap(self.question, WIDTH)
        question = Lines(text, id="question")
        question.styles.height = len(text)
        yield question
        field = Input(self.value, id="answer", compact=True, select_on_focus=self.offered)
        field.cursor_blink = False
        yield field
        yield Lines(id="wrong", classes="one-line")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say at once what is wrong."""
        wrong = self._check(event.value) if event.value else ""
        self.query_one("#wrong", Lines).show([line((wrong, "error"))])

    def action_take(self) -> None:
        """Confirm the text, unless it is wrong."""
        text = self.query_one("#answer", Input).value
        wrong = self._check(text)
        if wrong:
            self.query_one("#wrong", Lines).show([line((wrong, "error"))])
        else:
            self.dismiss(text)
