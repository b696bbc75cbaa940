"""Plan: the next sprint as a form, with everything it would become beside it."""

from collections.abc import Callable, Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from engine import api
from tui.drawing.format import plural
from tui.drawing.styled_lines import line, paragraph_width, wrap
from tui.plan.basis import NO_THREAD, PlanBasis, names_of, read_basis
from tui.plan.form import (
    FORM_OPTIONS,
    NO_SPRINT,
    PRIMING,
    RUN_TO,
    FieldError,
    field_notes,
    plan_of,
    preview_lines,
    texts_of,
)
from tui.shell.data_screen import DataScreen
from tui.widgets.field import ChoiceField, Field, TextField, count_stepper, number_begins, text_begins
from tui.widgets.painting import Lines, titled, window


class PlanScreen(DataScreen):
    """Fields at the left, preview at the right."""

    TITLE_WORD = "plan"
    WRITES = frozenset({"launch", "queue", "draft"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "L",
            "launch",
            "Launch",
            id="plan.launch",
            tooltip="Create and start the sprint, detached from this terminal",
        ),
        Binding("Q", "queue", "Queue", id="plan.queue", tooltip="Create the sprint; starts when the running one ends"),
        Binding("D", "draft", "Save draft", id="plan.draft", tooltip="Create the sprint without starting it"),
        Binding("T", "template", "Reset", id="plan.reset", tooltip="Reset to the stage's template"),
        Binding("r", "review", "Review", id="plan.review", tooltip="Back to the review"),
        Binding(
            "K", "scroll_preview(-1)", "Scroll up", show=False, id="plan.scroll-up", tooltip="Scroll the preview up"
        ),
        Binding(
            "J",
            "scroll_preview(1)",
            "Scroll down",
            show=False,
            id="plan.scroll-down",
            tooltip="Scroll the preview down",
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.basis: PlanBasis | None = None
        self.preview: api.PlanPreview | None = None
        self._lacks_thread = False
        self._asked: api.SprintPlan | None = None
        self._first_line = 0
        self._making = False
        self._after: int | None = None
        self._made_after: int | None = None
        self._objection = ""
        self._wanted: Callable[[], None] | None = None
        self._random_typed = False
        self.holds_digits = False
        """Whether a digit stays in the form: once it is being filled in, it does not leave for another screen."""

    def body(self) -> Iterator[Widget]:
        """Form and preview."""
        with Horizontal(id="plan-body"):
            yield titled(Vertical(id="form"), "Plan")
            yield titled(Lines([(), line(("  Reading …", "muted"))], id="preview", classes="rule-left"), "Preview")

    def hint(self) -> str:
        """For a newcomer."""
        if self._lacks_thread:
            return "A sprint belongs to a thread: 1 threads, then n new thread"
        return "↑↓ choose a field · ←→ change or type · L launch"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing can be made of no thread."""
        if self._lacks_thread and action in ("launch", "queue", "draft", "template"):
            return False
        return super().check_action(action, parameters)

    def reload(self) -> None:
        """Read thread and template when the thread changed; otherwise keep what was typed."""
        place = self.trimtab.memory.place
        after, self.trimtab.plan_after = self.trimtab.plan_after, None
        if after is not None:
            self._after = after
        goes_on = self._after != self._made_after
        known = self.basis is not None and self.basis.thread.name == place.thread
        if known and not goes_on and len(self.query(Field)):
            self.fetch("load", lambda: api.get_thread(self.trimtab.ws, place.thread), self._thread_read)
            return
        self.fetch("load", lambda: self._read(place.thread, ""), self.loaded)

    def _read(self, name: str, stage: str) -> PlanBasis | None:
        if not stage and self.trimtab.options.demo is not None:
            from tui.demo import STAGE

            stage = STAGE  # the demo compares two sprints of one stage
        return read_basis(self.trimtab.ws, name, stage, self._after)

    def on_screen_resume(self) -> None:
        """A form that is come to anew holds no digit yet."""
        self.holds_digits = False
        super().on_screen_resume()

    def on_descendant_focus(self) -> None:
        """Another field than the first has the keys: the form is being filled in."""
        first = next(iter(self.query(Field)), None)
        self.holds_digits = self.holds_digits or (first is not None and self.focused not in (first, None))

    def _thread_read(self, thread: api.ThreadView) -> None:
        if self.basis is None or len(thread.sprints) != len(self.basis.thread.sprints):
            self.fetch("load", lambda: self._read(thread.name, ""), self.loaded)
            return
        self._asked = None
        self._renew()

    async def loaded(self, basis: PlanBasis | None) -> None:
        """Make the fields."""
        self.basis, self._lacks_thread = basis, basis is None
        self._made_after = self._after
        self.refresh_bindings()
        form = self.query_one("#form", Vertical)
        if basis is None:
            await form.remove_children()
            await form.mount(Lines(NO_THREAD))
            self.query_one("#preview", Lines).show(())
            self.show_hint()
            return
        values = texts_of(basis.plan, basis.thread.sprints)
        if len(self.query(Field)) and self.query_one("#field-from", ChoiceField).choices == self._sources():
            for field in self.query(Field):
                assert isinstance(field, ChoiceField | TextField)
                field.value = values[field.name or ""]
                field.repaint()
        else:
            await form.remove_children()
            await form.mount(*self._fields(values))
            self.query_one("#field-stage", Field).focus()
        self._random_typed = False
        self._name_sprint(basis)
        self.show_hint()
        self._renew()

    def _name_sprint(self, basis: PlanBasis) -> None:
        self.show_subject(line((f"{basis.thread.name} ", "bold:text"), f"sprint {len(basis.thread.sprints) + 1}"))

    def _sources(self) -> tuple[str, ...]:
        assert self.basis is not None
        sprints = self.basis.thread.sprints
        return tuple(s.short_label or s.label for s in sprints) or (NO_SPRINT,)

    def _fields(self, values: dict[str, str]) -> Iterator[Field]:
        assert self.basis is not None
        stages = self.basis.thread.stages or (values["stage"],)
        yield ChoiceField("stage", "stage", stages, values["stage"])
        yield ChoiceField("sampler", "sampler", names_of(self.basis.samplers), values["sampler"])
        yield ChoiceField("pruner", "pruner", names_of(self.basis.pruners), values["pruner"])
        for name, label, step in (("trials", "trials", 1), ("random", "random", 1)):
            yield _count_field(name, label, values[name], step)
        yield TextField("fidelity", "fidelity", values["fidelity"], begins=lambda c: c in "Tt")
        yield ChoiceField("run_to", "train for", tuple(RUN_TO), values["run_to"])
        yield _count_field("epochs", "epochs", values["epochs"])
        yield ChoiceField("scheduler", "one-cycle", ("on", "off"), values["scheduler"])
        yield _count_field("calibration", "calibration", values["calibration"])
        yield ChoiceField("prime", "priming", tuple(PRIMING), values["prime"])
        yield ChoiceField("from", "prime from", self._sources(), values["from"])
        first, *others = FORM_OPTIONS
        yield _option_field(first, values)
        yield _count_field("seed", "seed", values["seed"])
        yield TextField("suffix", "label suffix", values["suffix"], begins=text_begins)
        for option in others:
            yield _option_field(option, values)
        yield TextField("checkpoint", "checkpoint", values["checkpoint"], begins=text_begins)

    def on_field_changed(self, message: Field.Changed) -> None:
        """Validate as one types; another stage brings its template."""
        if message.field.name == "stage" and self.basis is not None and message.field.text != self.basis.plan.stage:
            name, stage = self.basis.thread.name, message.field.text
            self.fetch("load", lambda: self._read(name, stage), self.loaded)
            return
        self.holds_digits = True
        self._random_typed = self._random_typed or message.field.name == "random"
        if message.field.name == "trials" and self.basis is not None and not self._random_typed:
            self._scale_random(message.field.text, self.basis.plan)
        self._renew()

    def _scale_random(self, trials: str, template: api.SprintPlan) -> None:
        """Startup trials keep their share of the budget, as on the command line, until a person types their number."""
        if trials.strip().isdigit():
            field = self.query_one("#field-random", TextField)
            field.value = str(api.scaled_random(template, int(trials)))
            field.repaint()

    def _renew(self) -> None:
        if self.basis is None:
            return
        texts = {field.name or "": field.text for field in self.query(Field)}
        notes = field_notes(texts, self.preview, self.basis.pruners)
        wrong = ("", "")
        self._objection = ""
        try:
            plan = plan_of(self.basis.plan, texts, self.basis.thread.sprints)
        except FieldError as problem:
            wrong = (problem.field, str(problem))
        except api.EngineError as problem:
            wrong = ("", f"{problem.message}")
        for field in self.query(Field):
            name = field.name or ""
            field.set_note(notes.get(name, ""), wrong[1] if name == wrong[0] else "")
        if wrong[1]:
            self.preview, self._asked = None, None
            self._objection = f"{wrong[0].replace('_', ' ')}: {wrong[1]}".removeprefix(": ")
            objection = f"✗ {self._objection}"
            self.query_one("#preview", Lines).show(
                lambda width, _height: wrap(objection, paragraph_width(width), "error")
            )
        elif plan != self._asked:
            self._asked = plan
            self.fetch("preview", lambda: api.preview_plan(self.trimtab.ws, plan), self._show_preview)

    def _show_preview(self, preview: api.PlanPreview) -> None:
        sizes = (self.preview.n_train, self.preview.n_val) if self.preview is not None else None
        self.preview = preview
        self._first_line = 0
        self._draw_preview(preview)
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            wanted()
        if sizes != (preview.n_train, preview.n_val):
            self._renew()

    def _draw_preview(self, preview: api.PlanPreview) -> None:
        first = self._first_line
        self.query_one("#preview", Lines).show(
            lambda width, height: window(preview_lines(preview, paragraph_width(width)), first, height, "J")
        )

    def action_scroll_preview(self, direction: int) -> None:
        """Scroll the preview by half its height."""
        if self.preview is None:
            return
        panel = self.query_one("#preview", Lines)
        last = max(len(preview_lines(self.preview, paragraph_width(panel.size.width))) - panel.size.height, 0)
        self._first_line = min(max(self._first_line + direction * max(panel.size.height // 2, 1), 0), last)
        self._draw_preview(self.preview)

    def action_template(self) -> None:
        """Reset to the stage's template."""
        if self.basis is not None:
            name, stage = self.basis.thread.name, self.basis.plan.stage
            self.fetch("load", lambda: self._read(name, stage), self.loaded)

    def action_review(self) -> None:
        """Back to the review."""
        self.trimtab.action_show("review")

    def action_launch(self) -> None:
        """Make and start; ask once where it will take long, or where another sprint is at work."""
        if self._valid(self.action_launch) is None:
            return
        ws = self.trimtab.ws
        self.fetch("busy", lambda: [s for s in api.list_sprints(ws) if s.state.is_attended], self._ask_launch)

    def _ask_launch(self, running: list[api.SprintView]) -> None:
        from tui.dialogs.launch import LaunchDialog, launch_questions

        preview = self._valid(self.action_launch)
        if preview is None:
            return
        questions = launch_questions(preview, running)
        if not questions:
            self._make(self._start, self._launched)
            return

        def answered(answer: str | None) -> None:
            if answer == "launch":
                self._make(self._start, self._launched)
            elif answer == "queue":
                self._make(self._queue, self._queued)

        self.app.push_screen(LaunchDialog(f"Launch {preview.label}?", questions, busy=bool(running)), answered)

    def action_queue(self) -> None:
        """Make, and let it start when the running one ends."""
        self._make(self._queue, self._queued)

    def action_draft(self) -> None:
        """Make only."""
        self._make(lambda plan: api.create_sprint(self.trimtab.ws, plan, draft=True), self._draft_made)

    def _start(self, plan: api.SprintPlan) -> api.SprintView:
        sprint = api.create_sprint(self.trimtab.ws, plan)
        api.start_sprint(self.trimtab.ws, sprint.id)
        return sprint

    def _queue(self, plan: api.SprintPlan) -> api.SprintView:
        ws = self.trimtab.ws
        if not any(sprint.state.is_attended for sprint in api.list_sprints(ws)):
            raise api.EngineError("No sprint is running to queue behind", "L launch")
        return api.queue_sprint(ws, api.create_sprint(ws, plan).id)

    def _make(self, call: Callable[[api.SprintPlan], api.SprintView], done: Callable[[api.SprintView], None]) -> None:
        preview = self._valid(lambda: self._make(call, done))
        if preview is None:
            return
        if self._making:  # a second press while the first is on its way would make a second sprint
            return
        plan = self._asked or preview.plan
        self._making = True
        self.show_subject(line((f"{plan.thread} ", "bold:text"), (f"making {preview.label} …", "running")))

        def made(sprint: api.SprintView) -> None:
            self._making = False
            done(sprint)

        self.change("launch", lambda: call(plan), made)

    def _valid(self, again: Callable[[], None]) -> api.PlanPreview | None:
        """The preview of the plan as it stands; None where it is not valid, which is said, or not yet checked.

        Args:
            again: What to do once the check that is under way has ended.
        """
        for field in self.query(Field):
            field.finish()
        if self._objection:
            self.trimtab.toast(f"The plan is not valid. {self._objection}", error=True)
            return None
        if self.preview is None or (self._asked is not None and self.preview.plan != self._asked):
            self._wanted = again
            return None
        if self.preview.errors:
            first, *others = self.preview.errors
            more = f"and {plural(len(others), 'more problem')}: see the preview" if others else ""
            self.trimtab.toast(f"The plan is not valid: {first}", more, error=True)
            return None
        return self.preview

    def failed(self, group: str, problem: Exception) -> None:
        """A sprint that could not be made may be tried again."""
        if group == "launch":
            self._making = False
            if self.basis is not None:
                self._name_sprint(self.basis)
            self.reload()
        super().failed(group, problem)

    def _queued(self, sprint: api.SprintView) -> None:
        self.trimtab.toast(f"Queued {sprint.short_label}", "Starts when the running sprint ends.")
        self.trimtab.show_sprint("threads", sprint.thread, sprint.id)

    def _draft_made(self, sprint: api.SprintView) -> None:
        self.trimtab.toast(f"Saved draft {sprint.short_label}", "4 live, then R start")
        self.trimtab.show_sprint("threads", sprint.thread, sprint.id)

    def _launched(self, sprint: api.SprintView) -> None:
        self.basis = self._after = self._made_after = None
        self.trimtab.toast(
            f"Launched {sprint.short_label} ({plural(sprint.n_trials, 'trial')})", "Keeps running after you quit."
        )
        self.trimtab.show_sprint("live", sprint.thread, sprint.id)


def _option_field(option: api.SprintOption, values: dict[str, str]) -> TextField:
    """A field for an option."""
    if option.is_count:
        return _count_field(option.field, option.label, values[option.field])
    return TextField(option.field, option.label, values[option.field], begins=number_begins)


def _count_field(name: str, label: str, value: str, step: int = 1) -> TextField:
    return TextField(name, label, value, begins=number_begins, stepper=count_stepper(step))
