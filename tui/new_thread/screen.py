"""A new thread from a form: checked as one types, written as a thread file, then made."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widget import Widget

from engine import api
from tui.dialogs.typed_space import dimension_words
from tui.drawing.styled_lines import Line, line, paragraph_width, wrap
from tui.new_thread.fields import form_fields
from tui.new_thread.form import (
    DEFAULTS,
    TYPED,
    FormError,
    field_label,
    field_notes,
    file_name,
    form_of,
    thread_text,
    visible,
)
from tui.new_thread.preview import made_lines, wrong_lines
from tui.shell.data_screen import DataScreen
from tui.shell.settings_paths import short_path
from tui.widgets.field import ChoiceField, Field, TextField
from tui.widgets.painting import Lines, titled, window

ASK_AFTER = 0.8
"""Seconds without a key after which the objective itself is asked, in a process of its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FormBasis:
    """What the form needs to know of the workspace.

    Attributes:
        spaces: Names in the catalogue.
        names: Threads there are.
        files: Files beside the store that a thread file must not replace.
        forms: Objectives that have fields of their own.
    """

    spaces: tuple[str, ...]
    names: tuple[str, ...]
    files: tuple[str, ...]
    forms: tuple[api.ThreadForm, ...] = ()


class NewThreadScreen(DataScreen):
    """Fields at the left, what they make at the right."""

    TITLE_WORD = "new thread"
    WRITES = frozenset({"create", "write_file"})
    holds_digits = True
    """A digit stays in the form: leaving for another screen would lose what was typed."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+s", "create", "Make thread", id="form.create", tooltip="Write the thread file and create the thread"
        ),
        Binding("ctrl+o", "write_file", "File only", id="form.write", tooltip="Write the thread file only"),
        Binding(
            "ctrl+t", "try_once", "Try", show=False, id="form.try", tooltip="Run the command once; nothing is stored"
        ),
        Binding(
            "ctrl+n", "add", "Add", show=False, id="form.add", tooltip="Add a hyperparameter by fields: step, order, …"
        ),
        Binding("pagedown,ctrl+d", "scroll(1)", "Down", show=False, id="form.down", tooltip="Scroll the preview down"),
        Binding("pageup,ctrl+u", "scroll(-1)", "Up", show=False, id="form.up", tooltip="Scroll the preview up"),
    ]

    def __init__(self, draft: dict[str, str], made: Callable[[api.ThreadView], None]) -> None:
        super().__init__()
        self.draft = draft
        self._made = made
        self.basis: FormBasis | None = None
        self.spec: api.ThreadSpec | None = None
        self.problem = ("", "")
        self.objection: str | None = None
        self._warnings: list[str] = []
        self._asked_text = ""
        self._heard_text = ""
        self._tried: tuple[str, list[str]] = ("", [])
        self._timer: Timer | None = None
        self._first_line = 0
        self._making = False
        self._fits = TYPED

    def body(self) -> Iterator[Widget]:
        """Form and preview."""
        with Horizontal(id="form-body"):
            yield titled(Vertical(id="thread-form"), "Thread")
            yield titled(Lines(id="made", classes="rule-left"), "Thread file")

    def hint(self) -> str:
        """For a newcomer."""
        return "↑↓ choose a field · ←→ change or type · ctrl+s create the thread"

    def reload(self) -> None:
        """Read what there is, once; what was typed stays."""
        if self.basis is None:
            self.fetch("load", self._read, self.loaded)

    def _read(self) -> FormBasis:
        ws = self.trimtab.ws
        return FormBasis(
            spaces=tuple(api.catalogue()),
            names=tuple(thread.name for thread in api.list_threads(ws, archived=True)),
            files=tuple(path.name for path in ws.path.glob("*.yaml")),
            forms=api.thread_forms(),
        )

    async def loaded(self, basis: FormBasis) -> None:
        """Make the fields."""
        self.basis = basis
        form = self.query_one("#thread-form", Vertical)
        own = {field.name: field.default for one in basis.forms for field in one.fields}
        values = {**DEFAULTS, **own, **self.draft}
        await form.mount(*form_fields(values, basis.spaces, basis.forms))
        self._fits = self._fitting()
        self._show_fields()
        self.query_one("#field-name", Field).focus()
        self.show_subject(line((short_path(self.trimtab.ws.path), "muted")))
        self.show_hint()
        self._renew()

    @property
    def texts(self) -> dict[str, str]:
        """What the fields say."""
        return {field.name or "": field.text for field in self.query(Field)}

    def on_field_changed(self) -> None:
        """Check as one types; what follows from a choice follows at once."""
        fits = self._fitting()
        if fits != self._fits:
            space = self.query_one("#field-space", ChoiceField)
            space.value = fits
            space.repaint()
        self._fits = fits
        self._show_fields()
        self._renew()

    @property
    def _forms(self) -> tuple[api.ThreadForm, ...]:
        return self.basis.forms if self.basis is not None else ()

    def _fitting(self) -> str:
        """The space that fits what is trained."""
        texts = self.texts
        form = form_of(texts, self._forms)
        fits = form.space(texts) if form is not None else ""
        return fits if self.basis is not None and fits in self.basis.spaces else TYPED

    def _show_fields(self) -> None:
        shown = visible(self.texts, self._forms)
        for field in self.query(Field):
            field.display = field.name in shown

    def _renew(self) -> None:
        """Check the form; the engine reads the file it would write, and the objective is asked after a pause."""
        if self.basis is None:
            return
        texts = self.texts
        self.draft.update(texts)
        self._first_line = 0
        try:
            if texts["name"].strip() in self.basis.names:
                raise FormError("name", "a thread of this name exists")
            text = thread_text(texts, self.basis.forms)
        except FormError as problem:
            self._checked("", (problem.field, str(problem)), None)
            return
        if text == self._asked_text and self.spec is not None:
            self._draw()
            return
        self._asked_text = text
        ws = self.trimtab.ws

        def read() -> tuple[str, tuple[str, str], api.ThreadSpec | None]:
            try:
                return text, ("", ""), api.parse_thread(text, "the form", ws.path)
            except api.EngineError as problem:
                return text, ("", f"{problem.message}; {problem.hint}".removesuffix("; ")), None

        self.fetch("check", read, lambda found: self._checked(*found))

    def _checked(self, text: str, problem: tuple[str, str], spec: api.ThreadSpec | None) -> None:
        self.problem, self.spec = problem, spec
        if self._timer is not None:
            self._timer.stop()
        if spec is None:
            self._asked_text = ""
        elif text != self._heard_text:
            self.objection, self._warnings = None, []
            self._timer = self.set_timer(ASK_AFTER, lambda: self._ask(text, spec))
        self._draw()

    def _ask(self, text: str, spec: api.ThreadSpec) -> None:
        def ask() -> tuple[str, list[str]]:
            try:
                api.check_thread(spec)
            except api.EngineError as problem:
                return f"{problem.message}; {problem.hint}".removesuffix("; "), []
            return "", api.thread_warnings(spec)

        def heard(told: tuple[str, list[str]]) -> None:
            if text == self._asked_text:
                self._heard_text = text
                self.objection, self._warnings = told
                self._draw()

        self.fetch("ask", ask, heard)

    def _draw(self) -> None:
        assert self.basis is not None
        notes = field_notes(self.texts, self.trimtab.ws.path.name, self._forms)
        for field in self.query(Field):
            name = field.name or ""
            field.set_note(notes.get(name, ""), self.problem[1] if name == self.problem[0] else "")
        first = self._first_line
        self.query_one("#made", Lines).show(
            lambda width, height: window(self._made_lines(paragraph_width(width)), first, height, "page down")
        )

    def _made_lines(self, width: int) -> list[Line]:
        if self.problem[1] or self.spec is None or self.basis is None:
            return wrong_lines(field_label(self.problem[0], self._forms), self.problem[1], width)
        file = file_name(self.spec.name, self.basis.files)
        tried = self._tried[1] if self._tried[0] == self._asked_text else []
        lines = [one for text in tried for one in wrap(text, width, "text", indent="  ")]
        form = form_of(self.texts, self.basis.forms)
        doubts = [*(form.doubts(self.spec.model) if form is not None else ()), *self._warnings]
        made = made_lines(self.spec, file, self._asked_text, self.objection, width, doubts)
        return [*lines, *([()] if lines else []), *made]

    def action_scroll(self, direction: int) -> None:
        """Scroll the preview by half its height."""
        if self.basis is None:
            return
        panel = self.query_one("#made", Lines)
        most = max(len(self._made_lines(paragraph_width(panel.size.width))) - panel.size.height, 0)
        self._first_line = min(max(self._first_line + direction * max(panel.size.height // 2, 1), 0), most)
        self._draw()

    def action_try_once(self) -> None:
        """Run the command of the form once; what it showed stands above the preview."""
        text, spec = self._asked_text, self.spec
        if spec is None or self.problem[1]:
            self.trimtab.toast("Correct the form first", error=True)
            return

        def tell(lines: list[str]) -> None:
            self._tried = (text, lines)
            self._first_line = 0
            self._draw()

        self._tried = (text, ["Running the command once …"])
        self._draw()
        self.fetch("try", lambda: api.try_in_words(spec), tell)

    def action_add(self) -> None:
        """Ask for a hyperparameter by fields and add it to those typed."""
        from tui.dialogs.hyperparameter import HyperparameterDialog

        if self.basis is None:
            return
        self.query_one("#field-space", ChoiceField).value = TYPED
        self._show_fields()
        field = self.query_one("#field-dimensions", TextField)
        field.finish()

        def take(name: str, plain: dict[str, Any]) -> None:
            field.value = ", ".join(filter(None, (field.value.rstrip(" ,;"), dimension_words(name, plain))))
            field.focus()
            field.changed()

        self.app.push_screen(HyperparameterDialog(take=take))

    def action_create(self) -> None:
        """Write the file and make the thread."""
        self._finish(make=True)

    def action_write_file(self) -> None:
        """Write the file only."""
        self._finish(make=False)

    def _finish(self, *, make: bool) -> None:
        if self.basis is None or self._making:
            return
        for field in self.query(Field):
            field.finish()
        texts, ws, taken, forms = self.texts, self.trimtab.ws, self.basis.files, self.basis.forms

        def write() -> tuple[str, api.ThreadView | None]:
            text = thread_text(texts, forms)
            spec = api.parse_thread(text, "the form", ws.path)
            if make:
                api.check_thread(spec)
            path = ws.path / file_name(spec.name, taken)
            path = ws.own(api.Output(path=path, refusal=api.EngineError).write_numbered(text))
            try:
                return short_path(path), api.create_thread(ws, api.load_thread_file(path)) if make else None
            except api.EngineError:
                path.unlink()  # this one was made here, whatever stood there before has another name
                raise

        try:
            thread_text(texts, forms)
        except FormError as problem:
            self.trimtab.toast(f"{field_label(problem.field, forms)}: {problem}", error=True)
            return
        self._making = True
        self.show_subject(line(("Asking the objective, then writing …", "running")))
        self.fetch("make", write, lambda found: self._finished(*found))

    def called_off(self, group: str) -> None:
        """What was not heard may be asked again."""
        super().called_off(group)
        if group == "make":
            self._rest()
            self.trimtab.toast("Cancelled; nothing was written", "ctrl+s tries again")
        if group == "ask":
            self._heard_text, self.objection = self._asked_text, "Check cancelled; ctrl+s checks again"
            self._draw()

    def failed(self, group: str, problem: Exception) -> None:
        """What could not be made may be tried again."""
        self._rest()
        super().failed(group, problem)

    def _rest(self) -> None:
        self._making = False
        self.show_subject(line((short_path(self.trimtab.ws.path), "muted")))

    def _finished(self, path: str, thread: api.ThreadView | None) -> None:
        self._rest()
        if thread is None:
            self.trimtab.toast(f"Written: {path}", "F in the list of threads makes a thread from it")
            self.fetch("files", self._read, self._files_read)
            return
        self.draft.clear()
        while self in self.app.screen_stack:  # a help card may lie on top
            self.app.pop_screen()
        self._made(thread)
        self.trimtab.toast(f"Thread file: {path}")

    def _files_read(self, basis: FormBasis) -> None:
        self.basis = basis
        self._draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing to copy or to filter here."""
        return False if action in ("copy", "filter") else super().check_action(action, parameters)
