"""What the form of a new thread makes, at its right: verdict, file, space, the file's text."""

from collections.abc import Sequence

from engine import api
from tui.drawing.format import plural
from tui.drawing.scale import range_text
from tui.drawing.styled_lines import Line, line, wrap


def wrong_lines(field: str, wrong: str, width: int) -> list[Line]:
    """What is wrong with the form; nothing where nothing is."""
    return wrap(f"✗ {field}{': ' if field else ''}{wrong}", width, "error", indent="  ") if wrong else []


def made_lines(
    spec: api.ThreadSpec, file: str, text: str, objection: str | None, width: int, doubts: Sequence[str] = ()
) -> list[Line]:
    """The thread as it would be.

    Args:
        spec: As the engine reads the form.
        file: Name of the file it would write.
        text: What the file would say; its first line, a remark, is left out.
        objection: What the objective objects to; empty for nothing, None while it is being asked.
        width: Columns.
        doubts: What a person should know of a thread that may still be right: of its options, of its command.
    """
    if objection is None:
        lines = [line(("Asking the objective …", "muted"))]
    elif objection:
        lines = wrap(f"✗ {objection}", width, "error", indent="  ")
    else:
        lines = [line(("✓ Ready to create: ", "good"), ("ctrl+s", "bold:accent"))]
    for doubt in doubts:
        lines += wrap(f"▲ {doubt}", width, "warning", indent="  ")
    lines += wrap(f"file {file} beside the store", width, "muted")
    lines += [(), line(("space ", "muted"), (plural(len(spec.space.dimensions), "dimension"), "bold:text"))]
    lines += _space_lines(spec.space, width)
    lines += [(), line(("the file", "bold:text"))]
    for row in text.splitlines()[1:]:
        bare = row.lstrip()
        first, *rest = wrap(bare, width - 4, "muted", indent="    ")
        lines += [line(row[: len(row) - len(bare)], *first), *rest]
    return lines


def _space_lines(space: api.Space, width: int) -> list[Line]:
    """The dimensions of a space, one a line, with what they depend on."""
    lines: list[Line] = []
    longest = min(max(len(one.name) for one in space), 20)
    for one in space:
        when = api.condition_text(one.active_when)
        lines.append(
            line(
                (f" {one.name:<{longest}} ", "text"),
                (range_text(one), "all"),
                (f"  if {when}" if when else "", "muted"),
            )
        )
    for text in space.constraints:
        lines += wrap(f" {text}", width, "muted")
    return lines
