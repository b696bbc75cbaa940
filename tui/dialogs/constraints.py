"""Constraints between dimensions: kept, removed and added, with what they would do before they are kept."""

import re
from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from engine import api
from tui.dialogs.space_change import KeepingDialog
from tui.drawing.format import plural
from tui.drawing.proposals import effect_lines
from tui.drawing.styled_lines import Line, line, wrap
from tui.widgets.columns import Column, Row
from tui.widgets.line_table import LineTable
from tui.widgets.painting import Lines

WIDTH = 70
"""Cells of the dialog's texts."""


class ConstraintsDialog(KeepingDialog):
    """Constraints in force with a mark, a line for new ones, the effect, a reason; enter keeps, escape cancels."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "keep", "Keep", id="constraints.keep", tooltip="Save the constraints", priority=True),
        Binding("space", "switch", "Remove", id="constraints.switch", tooltip="Remove the constraint, or keep it"),
        Binding("tab", "next_field", "Next field", id="constraints.next", tooltip="Next field"),
    ]

    def __init__(self, review: api.Review, space: api.SpaceView) -> None:
        super().__init__(f"Constraints on {space.thread}")
        self.review = review
        self.known = space.space.constraints
        self.marked = set(self.known)
        self._shown: tuple[str, ...] | None = None

    def body(self) -> Iterator[Widget]:
        """Those in force, a new one, what they would do, a reason."""
        table = LineTable([Column("", 3), Column("IN FORCE", 40, elastic=True)], id="constraints")
        table.styles.height = min(len(self.known) + 1, 8)
        table.display = bool(self.known)
        yield table
        for name, words in (
            ("new", "new: sum(w_*) == 1, a < b or a % b == 0; several with ;"),
            ("reason", "Reason (optional; kept in the decision log)"),
        ):
            if name == "reason":
                yield Lines(id="constraint-effect")
            field = Input(placeholder=words, id=name, compact=True)
            field.cursor_blink = False
            yield field

    def on_mount(self) -> None:
        """Show what holds now."""
        self._fill()
        (self.query_one(LineTable) if self.known else self.query_one("#new", Input)).focus()
        self.renew()

    def _fill(self) -> None:
        self.query_one(LineTable).set_rows(
            [
                Row(text, ("[x]" if text in self.marked else "[ ]", text), "" if text in self.marked else "muted")
                for text in self.known
            ]
        )

    @property
    def constraints(self) -> tuple[str, ...]:
        """The marked ones and those typed."""
        typed = [" ".join(part.split()) for part in re.split(r"[;\n]", self.query_one("#new", Input).value)]
        return tuple(dict.fromkeys([*(text for text in self.known if text in self.marked), *filter(None, typed)]))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show the effect of what is typed."""
        if event.input.id == "new":
            self.renew()

    def renew(self) -> None:
        """Ask the engine what these constraints would do."""
        wanted = self.constraints
        if wanted == self._shown:
            return
        self._shown = wanted
        if wanted == self.known:
            self._show(self._now_lines())
            return
        ws, sprint = self.trimtab.ws, self.review.sprint
        self.fetch("effect", lambda: api.preview_constraints(ws, sprint.thread, sprint.id, wanted), self._show_effect)

    def _now_lines(self) -> list[Line]:
        sprint = self.review.sprint
        lines = [line(("No constraints defined" if not self.known else "No changes yet", "muted"))]
        if sprint.n_rejected and sprint.rejection_rate is not None:
            lines += wrap(
                f"in {sprint.short_label} {plural(sprint.n_rejected, 'drawn point')} violated a constraint and "
                f"were drawn again "
                f"({sprint.rejection_rate:.0%})",
                WIDTH,
                "muted",
            )
        return lines

    def _show_effect(self, found: api.ConstraintEffect) -> None:
        if self.constraints == self._shown:
            self._show(constraint_lines(found))

    def _show(self, lines: list[Line]) -> None:
        panel = self.query_one("#constraint-effect", Lines)
        panel.show(lines)

    def action_switch(self) -> None:
        """Remove the constraint under the cursor, or keep it after all."""
        key = self.query_one(LineTable).cursor_key
        if key:
            self.marked ^= {key}
            self._fill()
            self.renew()

    def action_next_field(self) -> None:
        """Go round."""
        self.focus_next("LineTable, Input")

    def action_keep(self) -> None:
        """Keep, when the engine finds nothing wrong."""
        wanted, reason = self.constraints, self.query_one("#reason", Input).value.strip()
        if wanted == self.known:
            self.refused("No changes: type a constraint, or remove one with space")
            return
        ws, sprint = self.trimtab.ws, self.review.sprint

        def decide(found: api.ConstraintEffect) -> None:
            if found.effect.error:
                self._show(constraint_lines(found))
            else:
                self.keep(lambda: api.constrain(ws, sprint.thread, wanted, sprint=sprint.id, reason=reason))

        self.fetch("effect", lambda: api.preview_constraints(ws, sprint.thread, sprint.id, wanted), decide)

    def refused(self, why: str) -> None:
        """In the place of the effect."""
        self._show(wrap(f"✗ {why}", WIDTH, "error"))


def constraint_lines(found: api.ConstraintEffect) -> list[Line]:
    """What constraints would do: to the trials there are, and to the draws to come."""
    lines = effect_lines(found.effect, WIDTH)
    if found.effect.error:
        return lines
    head = wrap(f"{found.effect.before} → {found.effect.after}", WIDTH, "bold:top")
    if found.n_rejected:
        share = found.n_rejected / max(found.n_drawn, 1)
        lines += wrap(
            f"{found.n_rejected} of {found.n_drawn} uniform draws violate it and would be drawn again ({share:.0%})",
            WIDTH,
            "warning" if share > 0.9 else "muted",
        )
    else:
        lines.append(line(("No draw is rejected", "muted")))
    return [*head, *lines]
