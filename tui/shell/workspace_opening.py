"""Opening the workspace in a worker thread, after the first frame is on the screen."""

from typing import TYPE_CHECKING

from engine import api
from tui.shell.keymap import binding_ids, load_keymap

if TYPE_CHECKING:
    from tui.app import TrimtabApp

MOST_SAID = 3
"""Problems of a key file that are told at once."""


def open_store(app: "TrimtabApp") -> None:
    """Open the workspace, begin the demo where one is wanted, and tell the application.

    The first call loads the database library (0.3 s), which the first frame does not wait for.
    """
    options = app.options
    try:
        create = options.create or options.demo is not None
        ws = api.open_workspace(
            options.workspace, options.store_url, create=create, group=options.group, readonly=options.readonly
        )
    except api.EngineError as problem:
        app.call_from_thread(app.open_failed, problem)
        return
    except Exception as problem:
        words = f"The workspace could not be opened: {type(problem).__name__}: {problem}"
        app.call_from_thread(app.open_failed, api.EngineError(words, "Run trimtab doctor to check this machine"))
        return
    if options.demo is not None:
        from tui.demo import begin_demo

        try:
            sprint = begin_demo(ws, options.demo)
        except api.EngineError as problem:
            app.call_from_thread(app.toast, problem.message, problem.hint, error=True)
        else:
            app.memory.place.thread, app.memory.place.sprint = sprint.thread, sprint.id
    app.call_from_thread(app.opened, ws)
    if options.notice:
        app.call_from_thread(app.toast, options.notice)


def apply_settings(app: "TrimtabApp") -> None:
    """Apply a person's key file; what is wrong with it or with the remembered state is set aside and said.

    The built-in keys stay where the file gives no good ones.
    """
    for told in app.options.problems[:MOST_SAID]:
        app.toast(told, error=True)
    if app.memory.notice:
        app.toast(app.memory.notice, error=True)
    keymap: dict[str, str] = {}
    try:
        keymap, problems = load_keymap(binding_ids)
    except api.EngineError as problem:
        problems = [problem]
    for found in problems[:MOST_SAID]:
        app.toast(found.message, found.hint, error=True)
    if keymap:
        app.set_keymap(keymap)
