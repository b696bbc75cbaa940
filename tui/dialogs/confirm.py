"""Confirmation of what cannot be undone; Cancel is the default."""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.dialogs.dialog import Dialog
from tui.drawing.styled_lines import line, wrap
from tui.widgets.painting import Lines


class Confirm(Dialog[bool]):
    """A question with two answers; enter takes the marked one, which is Cancel at first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", "Yes", id="confirm.yes", tooltip="Do it"),
        Binding("n,q", "cancel", "No", id="confirm.no", tooltip="Leave it"),
        Binding(
            "left,right,tab,h,l", "switch", "Switch", show=False, id="confirm.switch", tooltip="Select the other answer"
        ),
        Binding(
            "enter",
            "take",
            "Confirm the selected answer",
            show=False,
            id="confirm.take",
            tooltip="Confirm the selected answer",
        ),
    ]

    def __init__(self, question: str, consequence: str, verb: str) -> None:
        super().__init__(question)
        self.consequence = consequence
        self.verb = verb
        self._yes = False

    def body(self) -> Iterator[Widget]:
        """What it means, and the two answers."""
        text = [row for part in self.consequence.splitlines() for row in wrap(part, 60)]
        lines = Lines(text, id="consequence")
        lines.styles.height = len(text)
        yield lines
        yield Lines(id="answers", classes="answers")

    def on_mount(self) -> None:
        """Mark Cancel."""
        self._show()

    def _show(self) -> None:
        def answer(word: str, marked: bool) -> tuple[str, str]:
            return (f"▸[ {word} ] " if marked else f" [ {word} ] ", "bold:top" if marked else "muted")

        self.query_one("#answers", Lines).show(
            [(), line(answer("Cancel", not self._yes), "  ", answer(self.verb, self._yes))]
        )

    def action_switch(self) -> None:
        """Select the other answer."""
        self._yes = not self._yes
        self._show()

    def action_take(self) -> None:
        """The marked answer."""
        self.dismiss(self._yes)

    def action_yes(self) -> None:
        """Do it."""
        self.dismiss(True)
