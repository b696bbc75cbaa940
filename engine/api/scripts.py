"""A thread file for a person's own training script."""

from collections.abc import Sequence
from pathlib import Path

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


def write_thread_file(draft: ThreadDraft, target: Path, *, overwrite: bool = False) -> None:
    """Write a drafted thread file.

    Raises:
        EngineError: When there is a file already, unless it may be overwritten.
    """
    try:
        with target.open("w" if overwrite else "x", encoding="utf-8") as file:
            file.write(draft.text)
    except FileExistsError:
        raise EngineError(
            f"{target} exists and is kept",
            f"choose another name with -o, such as -o {target.stem}-2.yaml, or --overwrite",
        ) from None
