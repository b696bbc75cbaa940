import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from engine.boundary.ascii_letters import to_ascii
from tui.drawing.styled_lines import Canvas, both_ends, fit, fit_line, line, plain, width_of, wrap
from tui.plots import course, curve_groups, cut_curve, histogram, scatter

texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Mn", "Me", "Cs", "Zl", "Zp")), max_size=30
)


@given(texts, st.integers(1, 40))
def test_fitted_text_has_exactly_the_asked_width(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width


@given(st.lists(st.tuples(texts, st.just("all")), max_size=4), st.integers(1, 40))
def test_fitted_lines_have_exactly_the_asked_width(spans: list[tuple[str, str]], width: int) -> None:
    assert width_of(fit_line(tuple(spans), width)) == width


@given(texts)
def test_ascii_is_ascii_and_keeps_every_cell(text: str) -> None:
    letters = to_ascii(text)
    assert letters.isascii()
    assert cell_len(letters) == cell_len(text)


def test_every_sign_in_the_sources_has_a_letter_of_its_own() -> None:
    import tui

    unknown = set()
    for file in Path(tui.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                unknown |= {sign for sign in node.value if not sign.isascii() and "?" in to_ascii(sign)}
    assert not unknown


def test_a_range_reads_as_one_in_ascii() -> None:
    assert to_ascii("1e-5 … 0.01 log, narr…") == "1e-5 - 0.01 log, narr."


def test_cut_text_ends_with_an_ellipsis() -> None:
    assert fit("weight_decay", 6) == "weigh…"
    assert fit("lr", 5, right=True) == "   lr"


def test_wrapping_breaks_at_spaces_and_indents_later_lines() -> None:
    rows = [plain(row) for row in wrap("keeps nine of twelve trials", 12, indent="  ")]
    assert rows == ["keeps nine", "  of twelve", "  trials"]


def test_a_canvas_joins_neighbours_of_one_ink_and_drops_what_lies_outside() -> None:
    canvas = Canvas(4, 2)
    canvas.put(2, 0, "abc", "top")
    canvas.put(0, 5, "never", "top")
    assert canvas.lines() == [(("  ", ""), ("ab", "top")), (("    ", ""),)]


def test_empty_spans_leave_no_trace() -> None:
    assert line("", ("", "all"), ("x", "all")) == (("x", "all"),)


@pytest.mark.parametrize(
    "signs",
    [
        curve_groups.MARKS,
        (*cut_curve.MARKS[:4], cut_curve.IN_FORCE, cut_curve.BEST, cut_curve.LOWEST),
        tuple(mark for mark, *_ in course.LEGEND),
        (scatter.POINT, scatter.TOP_POINT),
        ("•", "·", "│"),
        ("·", "○", "◆", "│"),
        (histogram.BLOCKS[-1], histogram.TOP_BLOCK),
    ],
)
def test_the_marks_of_one_plot_have_letters_of_their_own(signs: tuple[str, ...]) -> None:
    letters = [to_ascii(sign) for sign in signs]
    assert len(set(letters)) == len(letters), dict(zip(signs, letters, strict=True))


@given(texts, st.integers(1, 40))
def test_a_name_cut_in_its_middle_keeps_its_ends(text: str, width: int) -> None:
    cut = both_ends(text, width)
    assert cut == text or width < 6 or cell_len(cut) <= width < cell_len(text)


def test_names_of_the_parameter_groups_stay_apart() -> None:
    groups = ("shared", "mention", "coref", "entity", "relation")
    assert len({both_ends(f"  weight_decay_{group}", 14) for group in groups}) == len(groups)


@given(texts, st.integers(0, 12))
def test_what_is_put_on_a_canvas_keeps_its_width(text: str, column: int) -> None:
    canvas = Canvas(20, 1)
    canvas.put(column, 0, text, "muted")
    assert width_of(canvas.lines()[0]) == 20


@given(texts, st.integers(8, 40))
def test_no_wrapped_line_is_too_wide(text: str, width: int) -> None:
    assert all(width_of(row) <= width for row in wrap(text, width))
