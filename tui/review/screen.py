"""Review: what a sprint showed, dimension by dimension, and trimming the space for the next one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from engine import api
from tui.dialogs.dialog import Card
from tui.drawing.format import plural, score
from tui.drawing.styled_lines import Line, line, paragraph_width, plain, wrap
from tui.review.dimension_plot import DimensionPlot
from tui.review.rows import card_lines, dimension_row, finding_lines, notice_lines, proposal_lines
from tui.review.trimming import TrimmingScreen
from tui.widgets.bound_dragging import BoundDragging
from tui.widgets.columns import Column, Row
from tui.widgets.line_table import LineTable
from tui.widgets.painting import Lines, titled

COLUMNS = (
    Column("  DIMENSION", 14, is_name=True),
    Column("CURRENT RANGE", 21),
    Column("ALL", 8, rank=1),
    Column("TOP", 8),
    Column("FINDINGS → RECOMMENDED", 14, elastic=True),
)

WIDEST = (30, 44)
"""Cells that the first two columns take at most where there is room."""

ROOMY = 100
"""From this width on a proposal's bounds stand behind the findings."""

NO_SPRINT = (
    (),
    line(("  No sprint to review yet", "bold:text")),
    line(("  1", "bold:accent"), "  choose a sprint"),
)
NO_TRIAL = ((), line(("  No complete trial yet", "bold:text")), line(("  4", "bold:accent"), "  watch the sprint"))

MOST_NOTICES, FEW_NOTICES = 4, 2
"""Rows above the table for what concerns the whole sprint, on a tall screen and on one of 24 rows."""

TALL = 30
"""Rows from which there is room for `MOST_NOTICES`."""

Seen = tuple[api.SprintView, api.SpaceView, int]
"""What a review was made of: sprint, working space, number of top trials."""


def wide_columns(rows: Sequence[Row]) -> list[Column]:
    """The columns with names and ranges as wide as what stands in them."""
    columns = list(COLUMNS)
    for place, most in enumerate(WIDEST):
        longest = max((cell_len(_text(row.cells[place])) for row in rows), default=0)
        columns[place] = replace(columns[place], width=min(max(longest, columns[place].width), most))
    return columns


def _text(cell: str | Line) -> str:
    return cell if isinstance(cell, str) else plain(cell)


class ReviewScreen(TrimmingScreen):
    """Dimension table above, plot and findings below."""

    TITLE_WORD = "review"
    WRITES = TrimmingScreen.WRITES | {"reviewed"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "plan", "Plan", id="review.plan", tooltip="Plan the next sprint on the trimmed space"),
        Binding(
            "v",
            "view(1)",
            "View",
            id="review.view",
            tooltip="Histogram, score, partial dependence, running best, …, importance, parallel, slices",
        ),
        Binding("V", "view(-1)", "View before", show=False, id="review.view-before", tooltip="Previous view"),
        Binding(
            "right_square_bracket",
            "front(1)",
            "Trial",
            show=False,
            id="review.next-trial",
            tooltip="Highlight the next worse trial",
        ),
        Binding(
            "left_square_bracket",
            "front(-1)",
            "Trial before",
            show=False,
            id="review.trial-before",
            tooltip="Highlight the next better trial",
        ),
        Binding("x", "pairs", "Pairs", show=False, id="review.pairs", tooltip="Correlation of hyperparameters"),
        Binding("i", "importance", "Sprint", show=False, id="review.sprint", tooltip="Findings on the whole sprint"),
        Binding("t", "trials", "Trials", show=False, id="review.trials", tooltip="Trials of this sprint"),
        Binding("d", "decisions", "Log", show=False, id="review.decisions", tooltip="Decisions on the search space"),
        Binding("plus,equals_sign", "top(1)", "More", show=False, id="review.more", tooltip="One more top trial"),
        Binding("minus", "top(-1)", "Fewer", show=False, id="review.fewer", tooltip="One top trial fewer"),
        Binding(
            "m", "reviewed", "Reviewed", show=True, id="review.done", tooltip="Mark or unmark the sprint as reviewed"
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._effect: tuple[api.Proposal, api.EditEffect] | None = None
        self._seen: Seen | None = None

    def body(self) -> Iterator[Widget]:
        """What concerns the whole sprint, table, plot, findings."""
        notices = Lines(id="notices", classes="above")
        notices.display = False
        yield notices
        yield titled(LineTable(COLUMNS, NO_SPRINT, id="dimensions"), "Search space")
        with Horizontal(id="detail", classes="rule-top rules"):
            yield titled(DimensionPlot(id="plot"), "Plot")
            yield titled(Lines(id="said", classes="rule-left"), "Recommendation and findings")
            yield titled(Lines(id="on-sprint", classes="rule-left"), "Findings on the sprint")

    def table(self) -> LineTable:
        """The dimensions."""
        return self.query_one("#dimensions", LineTable)

    def hint(self) -> str:
        """For a newcomer."""
        if self.table().empty == NO_SPRINT:
            return "A review needs a sprint with complete trials: 3 plan, 4 watch"
        if self.space is not None and self.space.n_edits:
            return "The space was edited: u undo · p plan next sprint · m mark as reviewed"
        return "f freeze · n narrow · w widen · space accept · A accept several · p plan next sprint"

    def action_redraw(self) -> None:
        """Read again, also what seems unchanged."""
        self._seen = None
        super().action_redraw()

    def reload(self) -> None:
        """Read review and working space."""
        self.fetch("load", self._read, self.loaded)

    def _read(self) -> tuple[api.Review, api.SpaceView, Seen | None] | None:
        ws, place = self.trimtab.ws, self.trimtab.memory.place
        sprint = place.sprint
        if sprint is None:
            candidates = [s for s in api.list_sprints(ws, place.thread or None) if s.state.is_started]
            if not candidates:
                return None
            sprint = candidates[-1].id
        shown = next((one for one in api.list_sprints(ws, place.thread or None) if one.id == sprint), None)
        seen = (shown, api.working_space(ws, shown.thread), place.top_k) if shown is not None else None
        if seen is not None and seen == self._seen and self.review is not None and self.space is not None:
            return (
                self.review,
                self.space,
                seen,
            )  # another sprint's news: half a second of review would keep keys waiting
        review = api.review(ws, sprint, top_k=place.top_k or None)
        return review, api.working_space(ws, review.sprint.thread), seen

    def loaded(self, read: tuple[api.Review, api.SpaceView, Seen | None] | None) -> None:
        """Show it."""
        table = self.table()
        if read is None:
            self.review = None
            table.empty = NO_SPRINT
            table.set_rows(())
            self.query_one("#notices").display = False
            self.show_hint()
            return
        first = self.review is None
        if self.review is not None and read[0] is not self.review:
            self.query_one(DimensionPlot).forget_shape()
        self.review, self.space, self._seen = read
        self._effect = None
        sprint = self.review.sprint
        place = self.trimtab.memory.place
        place.thread, place.sprint = sprint.thread, sprint.id
        table.empty = NO_TRIAL
        self._fill()
        if first and place.dimension:
            table.move_to(place.dimension)
        self._show_subject()
        self._show_detail()
        self.show_hint()

    def _fill(self) -> None:
        if self.review is not None:
            table, roomy = self.table(), self.size.width >= ROOMY
            rows = [dimension_row(one, roomy=roomy) for one in self.review.dimensions]
            table.set_columns(wide_columns(rows) if roomy else COLUMNS)
            table.set_rows(rows)
            if self.panes.zoomed is None:
                table.styles.height = min(
                    len(self.review.dimensions) + 1 + table.gutter.height, max(self.size.height // 2 - 2, 6)
                )
            self._show_notices(self.review)

    def _show_notices(self, review: api.Review) -> None:
        notices = self.query_one("#notices", Lines)
        most = MOST_NOTICES if self.size.height >= TALL else FEW_NOTICES
        told = notice_lines(review, max(self.size.width - 2, 20), most) if review.n_trials else []
        notices.display = bool(told)
        notices.styles.height = len(told)
        notices.show([line(" ", *row) for row in told])

    def on_resize(self) -> None:
        """Findings and the table's height follow the size."""
        self.call_after_refresh(self._fill)

    def _show_subject(self) -> None:
        assert self.review is not None
        assert self.space is not None
        review = self.review
        self.show_subject(
            line(
                (f"{review.sprint.thread} ", "bold:text"),
                (review.sprint.short_label or review.sprint.label, "top"),
                f" · {api.trial_counts(review.sprint)} · top {review.n_top} · best {score(review.sprint.best_score)}",
                (f" · ▲ {review.n_warnings}" if review.n_warnings else "", "warning"),
                (" · ✓ reviewed" if review.sprint.reviewed else "", "good"),
                (f" · {plural(self.space.n_edits, 'edit')}" if self.space.n_edits else "", "muted"),
                (
                    f" · {plural(n_held, 'constraint')}" if (n_held := len(self.space.space.constraints)) else "",
                    "muted",
                ),
            )
        )

    def on_line_table_moved(self, _message: LineTable.Moved) -> None:
        """Plot and findings follow the cursor."""
        self._show_detail()

    def _show_detail(self) -> None:
        one, review = self.one, self.review
        self.refresh_bindings()
        if review is None:
            return
        self.query_one(DimensionPlot).show(one, review)
        self._read_shape()
        if one is None:
            return
        self.trimtab.memory.place.dimension = one.current.name
        known = self._effect[1] if self._effect is not None and self._effect[0] == one.proposal else None
        self._say(one, known)
        if one.proposal is not None and known is None and not one.current.is_frozen:
            proposal, ws, sprint = one.proposal, self.trimtab.ws, review.sprint
            self.fetch(
                "effect",
                lambda: (proposal, api.preview_edit(ws, sprint.thread, sprint.id, proposal)),
                self._effect_known,
            )

    def _effect_known(self, known: tuple[api.Proposal, api.EditEffect]) -> None:
        self._effect = known
        if self.one is not None and self.one.proposal == known[0]:
            self._say(self.one, known[1])

    def _say(self, one: api.DimensionReview, effect: api.EditEffect | None) -> None:
        n_trials = self.review.n_trials if self.review is not None else 0

        def said(width: int, _height: int) -> list[Line]:
            room = paragraph_width(width)
            source = wrap(f"Source: {one.current.note}", room, "muted") if one.current.note else []
            return [*proposal_lines(one, effect, room, n_trials), (), *finding_lines(one, room), *source]

        self.query_one("#said", Lines).show(said)
        self.query_one("#on-sprint", Lines).show(self._on_sprint)

    def _on_sprint(self, width: int, _height: int) -> list[Line]:
        """What was found of the sprint as a whole, where a third pane has room."""
        found = self.review.findings if self.review is not None else ()
        rows = [row for finding in found for row in (*card_lines(finding, paragraph_width(width)), ())]
        return rows or [line(("No findings", "muted"))]

    def on_line_table_chosen(self, _message: LineTable.Chosen) -> None:
        """Enter opens the findings as cards."""
        one = self.one
        if one is not None:
            self._open_card(f"Findings on {one.current.name}", one.findings, one.advice)

    def _open_card(self, title: str, findings: Sequence[api.Finding], advice: api.Advice | None = None) -> None:
        def text(width: int) -> list[Line]:
            first = [line(("Recommended", "bold:top")), *wrap(advice.text, width), ()] if advice is not None else []
            rows = [row for finding in findings for row in (*card_lines(finding, width), ())]
            return [*first, *(rows or [line(("No findings", "muted"))])]

        self.app.push_screen(Card(title, text))

    def action_plan(self) -> None:
        """Plan the next sprint: after a finished one the next stage."""
        if self.review is not None:
            sprint = self.review.sprint
            self.trimtab.plan_after = sprint.id if sprint.state is api.SprintState.DONE else None
            self.trimtab.show_sprint("plan", sprint.thread, sprint.id)
        else:
            self.trimtab.action_show("plan")

    def action_view(self, step: int) -> None:
        """The next plot, or the one before."""
        self.query_one(DimensionPlot).next_view(step)

    def on_dimension_plot_switched(self, _message: DimensionPlot.Switched) -> None:
        """Read what the view needs."""
        self._read_shape()

    def _read_shape(self) -> None:
        """Ask for the partial dependence, where it is to be seen: fitting the score model takes a second."""
        plot, review = self.query_one(DimensionPlot), self.review
        name = plot.wants_shape()
        if name and review is not None:
            ws, sprint = self.trimtab.ws, review.sprint.id
            self.fetch("shape", lambda: api.dependence(ws, sprint, name), lambda shape: plot.show_shape(name, shape))

    def action_front(self, step: int) -> None:
        """Another trial in front of the others, where trials are seen."""
        plot = self.query_one(DimensionPlot)
        plot.bring_to_front(step)

    def on_bound_dragging_dragged(self, message: BoundDragging.Dragged) -> None:
        """A bracket that was dragged opens the dialog that shows what its bounds would keep."""
        from tui.dialogs.trim import BoundsDialog, rounded_inside

        one, review = self.one, self.review
        if not message.done or one is None or review is None:
            return
        message.plot.forget_drag()
        if self.trimtab.options.readonly or one.current.is_frozen:
            return
        low, high = message.low, message.high
        if message.end == "low":
            low = float(rounded_inside(one.current, low, message.within))
        else:
            high = float(rounded_inside(one.current, high, message.within))
        verb = "widen" if low < one.current.bounds[0] or high > one.current.bounds[1] else "narrow"
        self._ask(BoundsDialog(review, one, verb, (low, high)))

    def action_top(self, step: int) -> None:
        """More or fewer top trials."""
        place = self.trimtab.memory.place
        place.top_k = min(max((place.top_k or (self.review.top_k if self.review else 10)) + step, 2), 100)
        self.reload()

    def action_importance(self) -> None:
        """Findings on the whole sprint."""
        if self.review is not None:
            self._open_card("Findings on the sprint", self.review.findings)

    def action_pairs(self) -> None:
        """Correlation of hyperparameters."""
        if self.review is not None:
            from tui.review.pairs import PairsScreen

            self.app.push_screen(PairsScreen(self.review.sprint.id))

    def action_trials(self) -> None:
        """Trials of the sprint."""
        if self.review is not None:
            self.trimtab.show_sprint("live", self.review.sprint.thread, self.review.sprint.id)

    def action_decisions(self) -> None:
        """The decision log."""
        if self.review is not None:
            from tui.review.decisions import DecisionsScreen

            self.app.push_screen(DecisionsScreen(self.review.sprint.thread))

    def action_reviewed(self) -> None:
        """Mark as reviewed, or take it back."""
        if self.review is not None:
            ws, sprint, done = self.trimtab.ws, self.review.sprint.id, not self.review.sprint.reviewed

            def marked(_: api.SprintView) -> None:
                self.trimtab.toast("Marked as reviewed" if done else "No longer marked as reviewed")
                self.reload()

            self.change("mark", lambda: api.mark_reviewed(ws, sprint, done), marked)
