import pytest

from tui.drawing.styled_lines import line, plain
from tui.examples.screen import COLUMNS as DOCUMENTS
from tui.review.screen import COLUMNS as REVIEW
from tui.thresholds.screen import COLUMNS as THRESHOLDS
from tui.widgets.columns import Column, Row, column_widths
from tui.widgets.line_table import LineTable, with_note


@pytest.mark.parametrize("columns", [REVIEW, THRESHOLDS, DOCUMENTS])
@pytest.mark.parametrize("width", [80, 81, 96, 120])
@pytest.mark.parametrize("n_rows", [9, 28, 120])
def test_which_rows_are_seen_stands_in_the_head_without_hiding_a_title(
    columns: tuple[Column, ...], width: int, n_rows: int
) -> None:
    table = LineTable(columns)
    table.set_rows([Row(str(n), tuple("" for _ in columns)) for n in range(n_rows)])
    head = plain(table.draw(width, 9)[0])
    assert f" 1–8 of {n_rows}" in head or f" 1–8/{n_rows}" in head
    assert len(head) <= width
    shown = [column for column, cells in zip(columns, column_widths(columns, width), strict=True) if cells]
    assert all(column.title.strip() in head for column in shown), head
    assert "…" not in head


def test_a_note_keeps_a_blank_to_its_neighbours_and_goes_as_far_right_as_it_can() -> None:
    assert plain(with_note(line("A          B   C"), ("1–8 of 9", "1–8/9"), 16)) == "A 1–8 of 9 B   C"
    assert plain(with_note(line("A         B   C"), ("1–8 of 9", "1–8/9"), 15)) == "A   1–8/9 B   C"
    assert plain(with_note(line("A   B"), ("1–8 of 9", "1–8/9"), 16)) == "A   B   1–8 of 9"
    assert plain(with_note(line("ABCDEFGHIJ"), ("1–8 of 9", "1–8/9"), 10)) == "ABC… 1–8/9"
