"""The base of trimming dialogs: shows what an edit would keep and lose while it is being made, asks for a reason."""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from engine import api
from tui.dialogs.space_change import KeepingDialog
from tui.drawing.proposals import effect_lines, failed_values, proposed
from tui.drawing.scale import range_text
from tui.drawing.styled_lines import Line, line, wrap
from tui.plots.histogram import draw_histogram
from tui.plots.histogram_layout import Layout, lay_out
from tui.widgets.bound_dragging import BoundDragging
from tui.widgets.field import Field
from tui.widgets.painting import Lines


class EditPlot(BoundDragging):
    """The dimension's histogram with the bounds as they would be; with ``draggable`` their brackets can be dragged."""

    def __init__(self, review: api.Review, one: api.DimensionReview, *, draggable: bool) -> None:
        super().__init__(classes="edit-plot")
        self._one = one
        self._failed = failed_values(review, one.dimension.name)
        self._draggable = draggable
        self._proposal: api.Proposal | None = None

    def show(self, proposal: api.Proposal | None) -> None:
        """Draw these bounds."""
        self._proposal = proposal
        self.repaint()

    def draw(self, width: int, height: int) -> list[Line]:
        """The histogram."""
        one, brackets = self._one, self.brackets()
        return draw_histogram(
            one.dimension, one.edges, one.all_counts, one.top_counts, width=width, height=height,
            current=brackets["now"], proposed=brackets["new"], top_values=one.top_values, failed=self._failed,
        )  # fmt: skip

    def brackets(self) -> dict[str, api.Dimension | None]:
        """The range now, and as it would be."""
        made = proposed(self._proposal, self._one.current) if self._proposal is not None else None
        return {"now": self._one.current, "new": made}

    def histogram_layout(self) -> tuple[Layout, int] | None:
        """The whole widget."""
        if not self._draggable:
            return None
        one, brackets = self._one, self.brackets()
        layout = lay_out(
            one.dimension, one.edges, width=self.size.width, height=self.size.height, current=brackets["now"],
            proposed=brackets["new"], has_top=bool(one.top_values), has_failed=bool(self._failed),
        )  # fmt: skip
        return layout, 0


class EditDialog(KeepingDialog):
    """A dimension's histogram, fields, the effect, a reason; enter keeps, escape leaves all as it was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "keep", "Keep", id="edit.keep", tooltip="Apply the edit"),
        Binding("tab", "next_field", "Next field", id="edit.next", tooltip="Next field", priority=False),
    ]

    DRAGGABLE: ClassVar[bool] = False
    """Whether the brackets of the plot are the dialog's bounds."""

    def __init__(self, title: str, review: api.Review, one: api.DimensionReview) -> None:
        super().__init__(title)
        self.review = review
        self.one = one
        self._shown: api.Proposal | None = None

    def fields(self) -> Iterator[Widget]:
        """The fields that make the edit."""
        yield from ()

    def proposal(self) -> api.Proposal | str:
        """The edit as the fields say it, or what is wrong with them."""
        raise NotImplementedError

    def body(self) -> Iterator[Widget]:
        """Plot, fields, effect, reason."""
        yield EditPlot(self.review, self.one, draggable=self.DRAGGABLE)
        yield from self.fields()
        yield Lines(id="effect")
        reason = Input(placeholder="Reason (tab; optional; kept in the decision log)", id="reason", compact=True)
        reason.cursor_blink = False
        yield reason

    def on_mount(self) -> None:
        """Show the effect of what the fields say at first."""
        self.renew()

    def on_field_changed(self, _message: Field.Changed) -> None:
        """Show the effect of what the fields say now."""
        self.renew()

    def renew(self) -> None:
        """Draw the bounds and ask the engine what they would keep."""
        given = self.proposal()
        if isinstance(given, str):
            self._shown = None
            self.refused(given)
            return
        self.query_one(EditPlot).show(given)
        if given == self._shown:
            return
        self._shown = given
        thread, sprint, ws = self.review.sprint.thread, self.review.sprint.id, self.trimtab.ws
        self.fetch("effect", lambda: api.preview_edit(ws, thread, sprint, given), self.show_effect)

    def show_effect(self, effect: api.EditEffect) -> None:
        """The diff."""
        made = proposed(self._shown, self.one.current) if self._shown is not None else None
        head: list[Line] = []
        caution = self.caution()
        if not effect.error and made is not None:
            before, after = range_text(self.one.current), range_text(made)
            head.append(line((before, "muted"), (" → ", "muted"), (after, "bold:top")))
        self.query_one("#effect", Lines).show(
            lambda width, _height: [
                *head,
                *effect_lines(effect, width, self.review.n_trials),
                *wrap(f"▲ {caution}" if caution else "", width, "warning", indent="  "),
            ]
        )

    def caution(self) -> str:
        """What speaks against the edit; empty for nothing."""
        return ""

    def refused(self, why: str) -> None:
        """In the place of the effect."""
        self.query_one("#effect", Lines).show(lambda width, _height: wrap(f"✗ {why}", width, "error"))

    def action_next_field(self) -> None:
        """Go round the fields and the reason."""
        self.focus_next(".field, Input")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the reason keeps."""
        event.stop()
        self.action_keep()

    def action_keep(self) -> None:
        """Keep the edit, unless the fields are wrong."""
        given = self.proposal()
        if isinstance(given, str):
            self.refused(given)
            return
        ws, sprint = self.trimtab.ws, self.review.sprint
        reason = self.query_one("#reason", Input).value.strip() or given.reason
        self.keep(lambda: api.apply_edit(ws, sprint.thread, given, sprint=sprint.id, reason=reason))


class AcceptDialog(EditDialog):
    """A proposal as it stands: the diff before it is kept; nothing has the keys, so that enter keeps at once."""

    AUTO_FOCUS = ""

    def __init__(self, review: api.Review, one: api.DimensionReview, proposal: api.Proposal) -> None:
        super().__init__(f"{proposal.action.capitalize()} {one.current.name}?", review, one)
        self._proposal = proposal

    def caution(self) -> str:
        """Why the proposal is not recommended."""
        return "" if self.one.advice.recommended else f"Not recommended. {self.one.advice.text}"

    def proposal(self) -> api.Proposal:
        """As it was proposed."""
        return self._proposal
