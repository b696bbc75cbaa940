"""A report written where a person wants it: whole or not at all, never over what stands there unasked."""

from pathlib import Path

from engine.boundary.output import Output
from engine.errors import EngineError
from engine.report.blocks import Figure
from engine.report.html import html
from engine.report.markdown import markdown
from engine.report.story import file_name, thread_story
from engine.secrets import masked_text
from engine.store.workspace import Workspace

SUFFIXES = (".html", ".md")


def write_report(ws: Workspace, thread: str, target: Path | None = None, *, replace: bool = False) -> list[Path]:
    """Write a thread's report; returns what was written, the report first.

    Args:
        ws: The workspace.
        thread: Its name.
        target: ``FILE.html`` or ``FILE.md``; the thread's name with ``.html`` in this folder where None.
        replace: Whether to replace what is there.

    Raises:
        EngineError: When there is no such thread, the form cannot be told, or the place is taken.
    """
    if ws.readonly:
        raise EngineError("--readonly looks only and writes nothing", "leave --readonly out to write a report")
    place = target or Path(f"{file_name(thread)}.html")
    if place.suffix.lower() not in SUFFIXES:
        raise EngineError(f"a report must be a file .html or .md, got {place}", "name it so")
    page = Output(path=place, refusal=EngineError, replace=replace, workspaces=(ws.path,))
    page.check_file()
    title, blocks = thread_story(ws, thread)
    if place.suffix.lower() == ".html":
        return [page.write(masked_text(html(title, blocks)))]
    folder = place.with_name(f"{place.stem}-figures")
    figures = [block for block in blocks if isinstance(block, Figure)]
    text = masked_text(markdown(blocks, folder.name.replace(" ", "%20")))
    if not figures:
        return [page.write(text)]
    drawn = Output(path=folder, refusal=EngineError, replace=replace, workspaces=(ws.path,), own=("*.svg",))
    with drawn.folder() as part:
        for figure in figures:
            (part / f"{figure.name}.svg").write_text(figure.svg, encoding="utf-8")
    return [page.write(text), folder]
