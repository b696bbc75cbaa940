"""Accept several proposals: first what speaks against a cut, then the list, the recommended ones marked."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from engine import api
from tui.dialogs.space_change import KeepingDialog
from tui.drawing.format import plural
from tui.drawing.proposals import cost_ink, proposal_text
from tui.drawing.styled_lines import line, wrap
from tui.widgets.columns import Column, Row
from tui.widgets.line_table import LineTable
from tui.widgets.painting import Lines

WIDTH = 70
"""Cells of the dialog's texts."""


class AcceptAll(KeepingDialog):
    """Proposals with a mark, a reason; space switches one, enter accepts the selected ones.

    Only what is recommended is marked at first: never a range that a person edited, nor a cut that would fit noise.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "keep",
            "Accept selected",
            id="accept.keep",
            tooltip="Accept every selected proposal",
            priority=True,
        ),
        Binding("space", "switch", "Select", id="accept.switch", tooltip="Select or deselect the proposal"),
        Binding("a", "switch_all", "All/none", id="accept.all", tooltip="Select all proposals, or none"),
        Binding("tab", "next_field", "Reason", id="accept.next", tooltip="To the reason, or back to the list"),
    ]

    def __init__(self, review: api.Review, proposals: Sequence[tuple[api.DimensionReview, api.Proposal]]) -> None:
        super().__init__(f"Accept {plural(len(proposals), 'proposal')}?")
        self.review = review
        self.proposals = tuple(proposals)
        self.marked = {proposal.dimension for one, proposal in proposals if one.advice.recommended}
        self._effects: dict[str, api.EditEffect] = {}

    def body(self) -> Iterator[Widget]:
        """What speaks against a cut, the list, why the one under the cursor, a reason."""
        if self.review.caution:
            rows = wrap(f"▲ {self.review.caution}", WIDTH, "warning", indent="  ")
            caution = Lines(rows, id="caution")
            caution.styles.height = len(rows) + 1
            caution.styles.width = WIDTH
            yield caution
        columns = [
            Column("", 3),
            Column("DIMENSION", 14, is_name=True),
            Column("EDIT", 24, elastic=True),
            Column("REMAIN", 25),
        ]
        table = LineTable(columns, id="proposals")
        table.styles.height = min(len(self.proposals) + 1, 14)
        yield table
        why = Lines(id="why")
        why.styles.height = 2
        yield why
        reason = Input(placeholder="Reason for all (optional; each has its own)", id="reason", compact=True)
        reason.cursor_blink = False
        yield reason
        yield Lines(id="cost")
        refusal = Lines(id="refusal")
        refusal.display = False
        yield refusal

    def on_mount(self) -> None:
        """Fill the list and ask for every effect."""
        self._fill()
        self.query_one(LineTable).focus()
        ws, sprint = self.trimtab.ws, self.review.sprint
        self.fetch(
            "effects",
            lambda: {p.dimension: api.preview_edit(ws, sprint.thread, sprint.id, p) for _, p in self.proposals},
            self._show_effects,
        )

    def _show_effects(self, effects: dict[str, api.EditEffect]) -> None:
        self._effects = effects
        self._fill()
        self._ask_cost()

    def _ask_cost(self) -> None:
        """What the marked proposals would cost together."""
        marked = [p.dimension for _, p in self.proposals if p.dimension in self.marked]
        if not marked:
            self._show_cost(api.EditEffect())
            return
        ws, sprint = self.trimtab.ws, self.review.sprint
        self.fetch("cost", lambda: api.preview_accept(ws, sprint.thread, sprint.id, marked), self._show_cost)

    def _show_cost(self, effect: api.EditEffect) -> None:
        rows = (
            []
            if effect.cost is None
            else wrap(f"Together, freezes not counted: {effect.cost.words}", WIDTH, cost_ink(effect.cost))
        )
        shown = self.query_one("#cost", Lines)
        shown.styles.height = len(rows)
        shown.show(rows)

    def _fill(self) -> None:
        rows = []
        for one, proposal in self.proposals:
            effect = self._effects.get(proposal.dimension)
            keeps = (
                ""
                if effect is None
                else f"{effect.n_kept}/{effect.n_before}" + (f", {effect.loses}" if effect.loses else "")
            )
            mark = "[x]" if proposal.dimension in self.marked else "[ ]"
            text = f"{proposal.action} {proposal_text(proposal, one.current)}"
            ink = "" if proposal.dimension in self.marked else "muted"
            kept = line((keeps, "warning" if effect is not None and effect.loses else "good"))
            rows.append(Row(proposal.dimension, (mark, proposal.dimension, text, kept), ink))
        self.query_one(LineTable).set_rows(rows)
        self._say_why()

    def on_line_table_moved(self, _message: LineTable.Moved) -> None:
        """The reason follows the cursor."""
        self._say_why()

    def _say_why(self) -> None:
        key = self.query_one(LineTable).cursor_key
        one = next((one for one, proposal in self.proposals if proposal.dimension == key), None)
        if one is None or one.proposal is None:
            return
        text = one.proposal.reason if one.advice.recommended else f"Not recommended. {one.advice.text}"
        rows = wrap(text, WIDTH, "muted" if one.advice.recommended else "warning")
        self.query_one("#why", Lines).show(rows)

    def action_switch_all(self) -> None:
        """Select all, or none where all are."""
        every = {proposal.dimension for _, proposal in self.proposals}
        self.marked = set() if self.marked == every else every
        self._fill()
        self._ask_cost()

    def action_switch(self) -> None:
        """Select or deselect."""
        self.marked ^= {self.query_one(LineTable).cursor_key}
        self._fill()
        self._ask_cost()

    def action_next_field(self) -> None:
        """Go round."""
        self.focus_next("LineTable, Input")

    def action_keep(self) -> None:
        """Accept the selected ones."""
        marked = [p.dimension for _, p in self.proposals if p.dimension in self.marked]
        if not marked:
            self.refused("Nothing is selected: space select, a select all, esc cancel")
            return
        ws, sprint, reason = self.trimtab.ws, self.review.sprint, self.query_one("#reason", Input).value.strip()
        self.keep(lambda: api.accept_all(ws, sprint.thread, sprint.id, dimensions=marked, reason=reason))

    def refused(self, why: str) -> None:
        """Below the reason."""
        refusal, rows = self.query_one("#refusal", Lines), wrap(f"✗ {why}", WIDTH, "error")
        refusal.styles.height = len(rows)
        refusal.display = True
        refusal.show(rows)
