"""Example documents as lines: marked text, gold beside prediction, errors by class. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine import api
from tui.drawing.format import plural
from tui.drawing.styled_lines import Line, Span, fit, line, width_of, wrap

TASKS = ("mention", "entity", "relation")
TITLES = {"mention": "MENTIONS", "entity": "ENTITIES", "relation": "RELATIONS"}

INKS = {"": "", "right": "good", "missed": "bold:error", "spurious": "bold:top", "wrong": "bold:warning"}
"""Ink of each mark and verdict; brackets, signs and words say the same without colour."""

SIGNS = {"right": "✓", "missed": "✗", "spurious": "+", "wrong": "≠"}

LEGEND: Line = (
    ("<found>", "good"),
    ("  ", ""),
    ("[missed]", "bold:error"),
    ("  ", ""),
    ("{spurious}", "bold:top"),
    ("  |N: entity N below", "muted"),
)

CLASS_COLUMNS = ("GOLD", "RIGHT", "MISSED", "SPURIOUS", "WRONG TYPE")

Error = tuple[str, str]
"""Task and class of a mistake."""

NOWHERE = "–"

SHORT = 90
"""Below so many cells the verdict is said in one word."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What the pane shows of a document.

    Attributes:
        lines: All of it.
        sections: Rows where a section begins, the text's first.
    """

    lines: tuple[Line, ...]
    sections: tuple[int, ...]


def document_page(document: api.ExampleDocument, width: int, error: Error | None = None) -> Page:
    """A document in full.

    Args:
        document: The document.
        width: In cells.
        error: Show only items with this class of mistake; None shows all.
    """
    lines: list[Line] = [
        line((document.title, "bold:text"), (f"  {document.why}" if document.why else "", "muted")),
        LEGEND,
        (),
    ]
    sections = [0]
    for sentence in api.marked_sentences(document):
        lines += wrap_pieces([(text, INKS[mark]) for text, mark in sentence], width)
    for task in TASKS:
        rows = item_lines(document, task, width, error)
        # Mentions are marked in the text; a table of them is of use only to look for one kind of mistake.
        if not rows or (task == "mention" and error is None):
            continue
        lines.append(())
        sections.append(len(lines))
        lines += [section_head(document, task), *rows]
    if document.n_left_out:
        lines += [(), line((f"{document.n_left_out} more wrong relations of lower score were not kept", "muted"))]
    return Page(lines=tuple(lines), sections=tuple(sections))


def section_head(document: api.ExampleDocument, task: str) -> Line:
    """Title and counts in words."""
    right, missed, spurious = api.task_counts(document, task)
    return line(
        (f"{TITLES[task]}  ", "bold:text"),
        (f"✓ {right} right", "good"),
        (f"  ✗ {missed} missed", "error" if missed else "muted"),
        (f"  + {spurious} spurious or wrong", "top" if spurious else "muted"),
    )


def item_lines(document: api.ExampleDocument, task: str, width: int, error: Error | None = None) -> list[Line]:
    """Gold and prediction side by side, one row an item, under a head; empty where nothing is to be shown."""
    rows = [
        (number, row)
        for number, row in enumerate(api.example_rows(document, task), start=1)
        if error is None or error == (task, row.error)
    ]
    if not rows:
        return []
    words = [_word(row, short=width < SHORT) for _, row in rows]
    word_width = min(max([len(word) for word in words] + [8]), 22)
    number_width = len(str(rows[-1][0]))
    widths = _widths(task, max(width - number_width - word_width - 6, 20))
    heads = ("HEAD → TAIL", "GOLD", "PREDICTED") if task == "relation" else ("GOLD", "PREDICTED")
    head = "".join(f"{fit(title, cell)} " for title, cell in zip(heads, widths, strict=True))
    lines = [line((f"{'#':>{number_width}}   {head}VERDICT", "muted"))]
    for (number, row), word in zip(rows, words, strict=True):
        ink = INKS[row.verdict]
        cells: list[Span] = []
        for text, cell in zip(_cells(document, task, row), widths, strict=True):
            cells += [(fit(text, cell), "muted" if text == NOWHERE else ""), (" ", "")]
        lines.append(
            line(
                (f"{number:>{number_width}} ", "muted"),
                (f"{SIGNS[row.verdict]} ", ink),
                *cells,
                (fit(word, word_width), ink),
            )
        )
    return lines


def _widths(task: str, room: int) -> tuple[int, ...]:
    """Cells of the columns between sign and verdict, one blank after each."""
    if task != "relation":
        return room // 2, room - room // 2
    gold = max(min(room // 4, 22), 8)
    found = max(min(room // 4 + 5, 27), 12)
    return max(room - gold - found - 1, 8), gold, found


def _cells(document: api.ExampleDocument, task: str, row: api.ExampleRow) -> tuple[str, ...]:
    """What is annotated and what was predicted; of relations first the ends, then both types."""
    sides = ((document.gold, row.gold), (document.predicted, row.predicted))
    if task != "relation":
        return tuple(NOWHERE if i is None else api.item_text(document, side, task, i) for side, i in sides)
    side, item = sides[0] if row.gold is not None else sides[1]
    assert item is not None
    gold = NOWHERE if row.gold is None else document.gold.relations[row.gold].type
    if row.predicted is None:
        return api.ends_text(document, side, item), gold, NOWHERE
    found = document.predicted.relations[row.predicted]
    score = "" if found.score is None else f" {found.score:.2f}"
    return api.ends_text(document, side, item), gold, f"{found.type}{score}"


def counts_cell(document: api.ExampleDocument, task: str) -> Line:
    """``7✓ 3✗ 2+`` for the list of documents."""
    right, missed, spurious = api.task_counts(document, task)
    return line(
        (f"{right}✓", "good" if right else "muted"),
        (f" {missed}✗", "error" if missed else "muted"),
        (f" {spurious}+", "top" if spurious else "muted"),
    )


def n_errors(document: api.ExampleDocument, error: Error) -> int:
    """How many mistakes of a class a document has."""
    return sum((mistake.task, mistake.error) == error for mistake in document.mistakes)


def known_errors(examples: api.ExampleSet) -> list[Error]:
    """Classes that occur in the documents shown, in the order the objective names them; others after."""
    there = {(mistake.task, mistake.error) for one in examples.documents for mistake in one.mistakes}
    named = [(one.task, one.error) for one in examples.errors]
    return [error for error in dict.fromkeys(named) if error in there] + sorted(there - set(named))


def error_words(examples: api.ExampleSet, error: Error) -> str:
    """``entity · split: all spans are …``."""
    meaning = next((one.meaning for one in examples.errors if (one.task, one.error) == error), "")
    return f"{error[0]} · {named(error[1])}" + (f": {meaning}" if meaning else "")


def named(error: str) -> str:
    """A class of mistakes as a person says it."""
    return error.replace("_", " ")


def class_lines(examples: api.ExampleSet, width: int) -> list[Line]:
    """Errors by class over all documents: types with their counts, then classes of mistakes with their meaning."""
    n = plural(examples.n_documents, "document")
    lines: list[Line] = [line(("errors by class", "bold:text"), (f"  over all {n} of validation", "muted")), ()]
    gap = 3 if width >= 72 else 2
    for task in ("relation", "entity"):
        rows = [one for one in examples.classes if one.task == task]
        if not rows:
            continue
        name_width = min(max(len(one.name) for one in rows) + 1, max(width - 43, 12))
        head = fit(f"{task.upper()} TYPE", max(name_width, 14))
        titles = "".join(f"{title:>{len(title) + gap}}" for title in CLASS_COLUMNS)
        lines.append(line((head, "bold:text"), (titles, "muted")))
        lines += [_class_line(one, max(name_width, 14), gap) for one in rows]
        lines.append(())
    lines.append(line(("MISTAKES", "bold:text"), ("  f show one kind only", "muted")))
    for count in examples.errors:
        ink = "bold:text" if count.count else "muted"
        counted = line((f"{count.count:>7}  ", ink), f"{count.task} · {named(count.error)}  ")
        room = max(width - 34, 20)
        text = wrap(count.meaning, room, "muted")
        lines.append((*counted, (" " * max(34 - width_of(counted), 0), ""), *(text[0] if text else ())))
        lines += [((" " * 34, ""), *row) for row in text[1:]]
    return lines


def wrap_pieces(pieces: Sequence[Span], width: int) -> list[Line]:
    """A sentence as lines of at most ``width`` cells, broken only at its spaces."""
    words: list[list[Span]] = [[]]
    for text, ink in pieces:
        if text == " ":
            words.append([(text, ink)])
        else:
            words[-1].append((text, ink))
    lines: list[list[Span]] = [[]]
    for word in words:
        if lines[-1] and width_of((*lines[-1], *word)) > width:
            lines.append(word[1:] if word and word[0][0] == " " else word)
        else:
            lines[-1] += word
    return [tuple(one) for one in lines]


def _class_line(one: api.ClassCount, name_width: int, gap: int) -> Line:
    values = (one.gold, one.right, one.missed, one.spurious, one.wrong_type)
    inks = ("", "good", "error", "top", "warning")
    cells = [
        (f"{value:>{len(title) + gap}}", ink if value else "muted")
        for value, title, ink in zip(values, CLASS_COLUMNS, inks, strict=True)
    ]
    return line(fit(one.name, name_width), *cells)


def _word(row: api.ExampleRow, *, short: bool) -> str:
    """Verdict and class in words; where there is little room the class alone, as a sign stands before it."""
    if not row.error or row.verdict in row.error or short:
        return named(row.error) or row.verdict
    return f"{row.verdict}: {named(row.error)}"
