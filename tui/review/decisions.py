"""The decision log: every edit of a thread's space, with reason and evidence; undo, redo and restore walk it."""

from collections.abc import Callable, Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from engine import api
from tui.dialogs.prompt import Prompt
from tui.drawing.format import moment, plural
from tui.drawing.styled_lines import Line, line, paragraph_width, wrap
from tui.review.rows import evidence_text
from tui.shell.data_screen import DataScreen
from tui.widgets.columns import Column, Row
from tui.widgets.line_table import LineTable
from tui.widgets.painting import Lines, titled

MOST_NAMED = 8
"""Changes that a restore names before it is made: what a short terminal has room for."""

COLUMNS = (
    Column("#", 3, right=True),
    Column("EDIT", 9),
    Column("DIMENSION", 13, is_name=True),
    Column("BEFORE → AFTER", 24, elastic=True),
    Column("FROM", 8, rank=2),
    Column("STATE", 9, rank=1),
)
EMPTY = (
    (),
    line(("  No decision yet", "bold:text")),
    line(("  2", "bold:accent"), "  review a sprint; f n w and space edit the search space"),
)


class DecisionsScreen(DataScreen):
    """The log above, the decision under the cursor below."""

    TITLE_WORD = "decisions"
    WRITES = frozenset({"undo", "redo", "restore"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "undo", "Undo", id="decisions.undo", tooltip="Undo the newest edit in force"),
        Binding("ctrl+r", "redo", "Redo", id="decisions.redo", tooltip="Redo what was undone last"),
        Binding(
            "R",
            "restore",
            "Restore",
            id="decisions.restore",
            tooltip="Restore the space as after the selected decision",
        ),
    ]

    def __init__(self, thread: str) -> None:
        super().__init__()
        self.thread_name = thread
        self.edits: tuple[api.EditView, ...] = ()

    def body(self) -> Iterator[Widget]:
        """Table and detail."""
        yield titled(LineTable(COLUMNS, EMPTY, id="edits"), "Decisions")
        yield titled(Lines(id="decision", classes="rule-top"), "Decision")

    def table(self) -> LineTable:
        """The log."""
        return self.query_one("#edits", LineTable)

    def hint(self) -> str:
        """For a newcomer."""
        return "u undo the newest · R restore the space as after the selected one"

    def reload(self) -> None:
        """Read the log."""
        self.fetch("load", lambda: tuple(api.edit_log(self.trimtab.ws, self.thread_name)), self.loaded)

    def loaded(self, edits: tuple[api.EditView, ...]) -> None:
        """Show it, newest first."""
        self.edits = edits
        self.table().set_rows([edit_row(edit) for edit in reversed(edits)])
        live = sum(not edit.undone for edit in edits)
        self.show_subject(line((f"{self.thread_name} ", "bold:text"), f"{plural(live, 'edit')} in force"))
        self._show_detail()

    @property
    def edit(self) -> api.EditView | None:
        """The decision under the cursor."""
        return next((edit for edit in self.edits if str(edit.number) == self.table().cursor_key), None)

    def on_line_table_moved(self, _message: LineTable.Moved) -> None:
        """Detail follows the cursor."""
        self._show_detail()

    def _show_detail(self) -> None:
        edit = self.edit
        self.query_one("#decision", Lines).show(
            lambda width, _height: decision_lines(edit, paragraph_width(width)) if edit is not None else []
        )

    def action_undo(self) -> None:
        """Undo."""
        self._walk(api.undo)

    def action_redo(self) -> None:
        """Redo."""
        self._walk(api.redo)

    def action_restore(self) -> None:
        """Say what would change, then ask for the reason."""
        edit = self.edit
        if edit is not None:
            ws, thread, number = self.trimtab.ws, self.thread_name, edit.number
            self.fetch("preview", lambda: api.preview_restore(ws, thread, number), lambda c: self._ask(number, c))

    def _ask(self, number: int, changes: tuple[api.DimensionChange, ...]) -> None:
        if not changes:
            self.trimtab.toast(f"Nothing to restore: the working space is as after #{number}")
            return
        shown = [f"{c.name}: {c.before or 'none'} → {c.after or 'none'}" for c in changes[:MOST_NAMED]]
        more = [f"and {len(changes) - MOST_NAMED} more"] if len(changes) > MOST_NAMED else []
        question = "; ".join([*shown, *more]) + ". Reason (optional; enter restores):"

        def restore(reason: str | None) -> None:
            if reason is not None:
                ws, thread = self.trimtab.ws, self.thread_name
                self.change("edit", lambda: api.restore_space(ws, thread, number, reason=reason.strip()), restored)

        def restored(space: api.SpaceView) -> None:
            made = plural(len(changes), "edit")
            self.trimtab.toast(f"Restored in {made}: the working space is #{space.number}", "u undo one by one")
            self.reload()

        self.app.push_screen(Prompt(f"Restore the space as after #{number}", question), restore)

    def _walk(self, call: Callable[[api.Workspace, str], api.SpaceView]) -> None:
        self.change("edit", lambda: call(self.trimtab.ws, self.thread_name), lambda _: self.reload())


def edit_row(edit: api.EditView) -> Row:
    """One decision."""
    state = "abandoned" if edit.abandoned else "undone" if edit.undone else "in force"
    change = line((edit.before, "muted"), (" → ", "muted"), (edit.after, "muted" if edit.undone else "bold:top"))
    sprint = edit.sprint_label.rpartition("-")[2]
    return Row(
        str(edit.number),
        (
            str(edit.number),
            edit.action,
            edit.dimension or "constraints",
            change,
            sprint,
            line((state, "muted" if edit.undone else "good")),
        ),
        "muted" if edit.undone else "",
    )


def decision_lines(edit: api.EditView, width: int) -> list[Line]:
    """A decision in full."""
    lines = [
        line((f"{edit.action} {edit.dimension}", "bold:text"), (f"  by {edit.author}, {moment(edit.at)}", "muted")),
        *wrap(f"{edit.before} → {edit.after}", width, "top"),
        *wrap(edit.reason or "No reason given", width, "" if edit.reason else "muted"),
    ]
    if edit.sprint_label:
        lines.append(line(("seen in ", "muted"), edit.sprint_label))
    if edit.evidence:
        told = " · ".join(f"{name.replace('_', ' ')} {evidence_text(one)}" for name, one in edit.evidence.items())
        lines += wrap(f"evidence: {told}", width, "muted")
    return lines
