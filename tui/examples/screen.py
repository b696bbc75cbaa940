"""Example documents of a trial: what it found, what it missed, what it made up; errors by class."""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget

from engine import api
from tui.drawing.format import plural
from tui.drawing.styled_lines import Line, line, paragraph_width, wrap
from tui.examples.lines import (
    TASKS,
    Error,
    class_lines,
    counts_cell,
    document_page,
    error_words,
    known_errors,
    n_errors,
)
from tui.shell.data_screen import DataScreen
from tui.widgets.columns import Column, Row
from tui.widgets.line_table import LineTable
from tui.widgets.painting import Lines
from tui.widgets.scroll_lines import ScrollLines

COLUMNS = (
    Column("DOCUMENT", 10, elastic=True),
    Column("WHY", 7, rank=2),
    *(Column(title, 11, right=True) for title in ("MENTIONS", "ENTITIES", "RELATIONS")),
)


class ExamplesScreen(DataScreen):
    """Documents at the left or above; the one under the cursor beside them."""

    TITLE_WORD = "examples"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "right_square_bracket", "document(1)", "Next", id="examples.next", tooltip="Next document"
        ),
        Binding(
            "left_square_bracket", "document(-1)", "Previous", id="examples.previous", tooltip="Previous document"
        ),
        Binding("v", "section", "Text/items", id="examples.section", tooltip="Cycle text, entities, relations"),
        Binding("c", "classes", "By class", id="examples.classes", tooltip="Errors by class over all documents"),
        Binding(
            "f", "error(1)", "One kind", id="examples.error",
            tooltip="Show one class of errors only; press again for the next class, then all",
        ),
        Binding(
            "F", "error(-1)", "Kind before", show=False, id="examples.error-before",
            tooltip="Previous class of errors",
        ),
        Binding("h,left", "list", "List", show=False, id="examples.list", tooltip="Back to the documents"),
    ]  # fmt: skip

    def __init__(self, sprint: int, number: int) -> None:
        super().__init__()
        self.sprint_id = sprint
        self.number = number
        self.examples: api.ExampleSet | None = None
        self._error: Error | None = None
        self._by_class = False
        self._sections: tuple[int, ...] = (0,)
        self._shown: tuple[str, Error | None, bool] = ("", None, False)

    def body(self) -> Iterator[Widget]:
        """List, what is filtered, and the document."""
        with Container(id="examples-split"):
            yield LineTable(COLUMNS, id="documents")
            yield ScrollLines(id="document")
        yield Lines(id="kind", classes="one-line")

    def table(self) -> LineTable:
        """The documents."""
        return self.query_one("#documents", LineTable)

    def hint(self) -> str:
        """For a newcomer."""
        return "enter read the text · ] next document · c errors by class"

    def reload(self) -> None:
        """Read the file."""
        self.fetch("load", self._read, self.loaded)

    def _read(self) -> api.Artifact[api.ExampleSet]:
        try:
            return api.trial_examples(self.trimtab.ws, self.sprint_id, self.number)
        except api.EngineError as error:  # a damaged file is no reason to show nothing
            return api.Artifact(content=None, absence=error.message, advice=error.hint)

    def loaded(self, found: api.Artifact[api.ExampleSet]) -> None:
        """Show it."""
        self.examples = found.content
        if found.content is None:
            self.table().empty = lambda width, _height: nothing_lines(found, paragraph_width(width))
            self.table().set_rows(())
            self.query_one("#document", ScrollLines).display = False
            self.show_subject(line((f"trial #{self.number}", "bold:text")))
            return
        self.query_one("#document", ScrollLines).display = True
        note = found.content.note
        self.table().empty = lambda width, _height: (
            (),
            line(("  no document", "bold:text")),
            *wrap(note, paragraph_width(width)),
        )
        epoch = f" after epoch {found.content.epoch}" if found.content.epoch else ""
        self.show_subject(
            line(
                (f"trial #{self.number}", "bold:text"),
                f" · {len(found.content.documents)} of {plural(found.content.n_documents, 'document')}{epoch}",
            )
        )
        self._fill()

    def _fill(self) -> None:
        examples = self.examples
        if examples is None:
            return
        self.table().set_rows(
            [
                Row(str(i), (one.title, one.why, *(counts_cell(one, task) for task in TASKS)))
                for i, one in enumerate(examples.documents)
                if self._error is None or n_errors(one, self._error)
            ]
        )
        self._fit_table(len(self.table().rows))
        kind = self.query_one("#kind", Lines)
        told = f"only {error_words(examples, self._error)}" if self._error is not None else examples.note
        rows = wrap(f" {told}", max(self.size.width, 20), "warning" if self._error is None else "accent", indent=" ")
        kind.styles.height = max(len(rows), 1)
        kind.show(rows)
        kind.display = self._error is not None or bool(examples.note)
        self._draw()

    def on_resize(self) -> None:
        """Text follows the width."""
        self.call_after_refresh(self._fill)

    def on_line_table_moved(self, _message: LineTable.Moved) -> None:
        """The document follows the cursor."""
        self._by_class = False
        self._draw()

    def on_line_table_chosen(self, _message: LineTable.Chosen) -> None:
        """Enter goes into the document."""
        self.query_one("#document", ScrollLines).focus()

    def _fit_table(self, n_rows: int) -> None:
        """Above the text the list takes as few rows as it can; beside it all there are."""
        beside = self.has_class("-wide") or self.has_class("-vast")
        most = max(self.size.height // 3, 4)
        self.table().styles.height = "1fr" if beside else min(n_rows + 1, most)

    def _draw(self) -> None:
        pane = self.query_one("#document", ScrollLines)
        now = (self.table().cursor_key, self._error, self._by_class)
        pane.show(lambda width, _height: self._lines(paragraph_width(width)), keep=now == self._shown)
        self._shown = now

    def _lines(self, width: int) -> tuple[Line, ...]:
        self._sections = (0,)
        document = self.document
        if self.examples is None:
            return ()
        if self._by_class:
            return tuple(class_lines(self.examples, width))
        if document is None:
            return ()
        page = document_page(document, width, self._error)
        self._sections = page.sections
        return page.lines

    @property
    def document(self) -> api.ExampleDocument | None:
        """The one under the cursor."""
        key = self.table().cursor_key
        return self.examples.documents[int(key)] if self.examples is not None and key else None

    def action_document(self, step: int) -> None:
        """The next document, or the one before."""
        self.table().action_move(step)

    def action_section(self) -> None:
        """The next section; after the last one the text again."""
        pane = self.query_one("#document", ScrollLines)
        before = pane.first
        for row in (*(row for row in self._sections if row > before), 0):
            pane.go_to(row)
            if pane.first != before:
                return

    def action_classes(self) -> None:
        """Errors by class, or the document again."""
        self._by_class = not self._by_class
        self._draw()

    def action_error(self, step: int) -> None:
        """The next class of mistakes; all of them after the last."""
        if self.examples is None:
            return
        kinds: list[Error | None] = [None, *known_errors(self.examples)]
        at = kinds.index(self._error) if self._error in kinds else 0
        self._error = kinds[(at + step) % len(kinds)]
        self._by_class = False
        self._fill()

    def action_list(self) -> None:
        """Back to the list."""
        self.table().focus()

    def copied_text(self) -> str:
        """The document's text with its marks."""
        document = self.document
        if document is None:
            return ""
        return "\n".join("".join(text for text, _ in one) for one in api.marked_sentences(document))


def nothing_lines(found: api.Artifact[api.ExampleSet] | api.Artifact[api.ThresholdTrace], width: int) -> list[Line]:
    """Why there is nothing, and what to do."""
    lines: list[Line] = [()]
    lines += [((" " * 2, ""), *row) for row in wrap(found.absence, width - 2, "bold:text")]
    lines += [((" " * 2, ""), *row) for row in wrap(found.advice, width - 2)]
    return [*lines, line(("  esc", "bold:accent"), "  back to the trial")]
