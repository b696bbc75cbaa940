"""What can be done to threads: make from a form or a file, annotate, archive, stop a sprint."""

from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType

from engine import api
from tui.dialogs.confirm import Confirm
from tui.dialogs.prompt import Prompt
from tui.shell.data_screen import DataScreen

FILE_WANTED = (
    "Path of a thread file (YAML): what is trained, its data and the search space. See docs/thread-file.md and "
    "docs/examples/digits/thread.yaml; the form (n) writes one with ctrl+o."
)


class ThreadActionsScreen(DataScreen):
    """A screen whose table's cursor is on a thread or a sprint."""

    WRITES = frozenset({"new", "new_from_file", "archive", "notes", "stop"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New thread", id="threads.new", tooltip="Create a thread with a form"),
        Binding(
            "F",
            "new_from_file",
            "From file",
            show=False,
            id="threads.new-file",
            tooltip="Create a thread from a YAML file",
        ),
        Binding("N", "notes", "Notes", show=False, id="threads.notes", tooltip="Edit the notes on the thread"),
        Binding("A", "archive", "Archive", show=False, id="threads.archive", tooltip="Archive or restore the thread"),
        Binding(
            "Z", "archived", "Archived", show=False, id="threads.archived", tooltip="Show or hide archived threads"
        ),
        Binding("X", "stop", "Stop", show=False, id="threads.stop", tooltip="Stop the sprint after the running epochs"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._archived = False
        self._draft: dict[str, str] = {}
        self._go_to = ""

    @property
    def selected(self) -> tuple[api.ThreadView | None, api.SprintView | None]:
        """Thread and sprint under the cursor."""
        raise NotImplementedError

    def action_new(self) -> None:
        """Open the form; what was typed into it before is still there."""
        if not self.trimtab.ready:
            return
        from tui.new_thread.screen import NewThreadScreen

        self.app.push_screen(NewThreadScreen(self._draft, self._created))

    def action_new_from_file(self) -> None:
        """Ask for a thread file."""

        def make(path: str | None) -> None:
            if path:
                self.fetch("new", lambda: self._read_file(path), lambda read: self._ask_about(*read))

        self.app.push_screen(Prompt("New thread", FILE_WANTED), make)

    def called_off(self, group: str) -> None:
        """A thread that was not made."""
        super().called_off(group)
        if group == "new":
            self.trimtab.toast("Cancelled; no thread was created", "F try again")

    def _read_file(self, path: str) -> tuple[api.ThreadSpec, list[str]]:
        spec = api.load_thread_file(Path(path).expanduser())
        api.check_thread(spec)
        return spec, api.thread_warnings(spec)

    def _ask_about(self, spec: api.ThreadSpec, warnings: list[str]) -> None:
        """Make the thread; ask before where the file is likely not what was meant."""

        def make(yes: bool | None) -> None:
            if yes:
                ws = self.trimtab.ws
                self.fetch("new", lambda: api.create_thread(ws, spec), self._created)

        if not warnings:
            make(True)
            return
        told = "\n".join(f"▲ {text}." for text in warnings)
        self.app.push_screen(Confirm(f"Create thread {spec.name} all the same?", told, "Create"), make)

    def _created(self, thread: api.ThreadView) -> None:
        self.trimtab.toast(f"Created thread {thread.name}", "p plan its first sprint")
        self._go_to = f"t:{thread.name}"
        self.reload()

    def action_notes(self) -> None:
        """Edit the note."""
        thread, _ = self.selected
        if thread is None:
            return

        def keep(notes: str | None) -> None:
            if notes is not None:
                self.change(
                    "notes", lambda: api.set_notes(self.trimtab.ws, thread.name, notes), lambda _: self.reload()
                )

        self.app.push_screen(
            Prompt(f"Notes on {thread.name}", "What should be remembered about this thread?", thread.notes), keep
        )

    def action_archive(self) -> None:
        """Hide the thread, or bring it back."""
        thread, _ = self.selected
        if thread is None:
            return
        word = "shown again" if thread.archived else "archived; Z shows archived threads"

        def done(_: object) -> None:
            self.trimtab.toast(f"{thread.name} is {word}")
            self.reload()

        ws = self.trimtab.ws
        self.change("archive", lambda: api.archive_thread(ws, thread.name, archived=not thread.archived), done)

    def action_archived(self) -> None:
        """Show archived threads as well, or no longer."""
        self._archived = not self._archived
        self.reload()

    def action_stop(self) -> None:
        """Stop the sprint under the cursor."""
        _, sprint = self.selected
        if sprint is None or not sprint.state.is_open:
            self.trimtab.toast("This sprint is not running")
            return

        def stop(yes: bool | None) -> None:
            if yes:
                self.change("stop", lambda: api.stop_sprint(self.trimtab.ws, sprint.id), lambda _: self.reload())

        self.app.push_screen(
            Confirm(
                f"Stop {sprint.short_label}?",
                "Running trials stop after their epoch and are repeated on resume. Finished trials are kept.",
                "Stop",
            ),
            stop,
        )
