"""A thread file for a person's own training script."""

from collections.abc import Sequence
from pathlib import Path

from engine.boundary.output import Output
from engine.errors import EngineError
from engine.script_reader.draft import ThreadDraft, draft_thread, find_script


def draft_thread_file(
    script: Path | None,
    target: Path | None = None,
    *,
    name: str | None = None,
    words: Sequence[str] = (),
    run_help: bool = False,
) -> ThreadDraft:
    """Draft a thread file by reading a script; nothing is written.

    Args:
        script: The training script; the one of the working directory where None.
        target: Where the thread file will lie, for its command runs in that folder; the working directory where None.
        name: The thread's name; the script's or its folder's where None.
        words: Words of the command that the person gives.
        run_help: Run the script with ``--help`` and read that in place of the source.

    Raises:
        EngineError: When there is no script, or it shows nothing to search.
    """
    folder = (target.parent if target is not None else Path()).resolve()
    if not folder.is_dir():
        raise EngineError(f"Cannot write {target}: no folder {folder}")
    found = find_script(Path()) if script is None else find_script(script) if script.is_dir() else script
    return draft_thread(found, folder=folder, name=name, words=words, run_help=run_help)


def write_thread_file(draft: ThreadDraft, target: Path, *, force: bool = False) -> None:
    """Write a drafted thread file.

    Raises:
        EngineError: When there is a file already, unless it may be replaced, or it cannot be written.
    """
    Output(path=target, refusal=EngineError, replace=force).write(draft.text)
