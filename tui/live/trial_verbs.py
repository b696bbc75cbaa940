"""What a person does with the trials of a sprint: filter, compare, mark, run again, copy."""

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType

from engine import api
from tui.dialogs.confirm import Confirm
from tui.dialogs.dialog import Card
from tui.dialogs.pick import Pick
from tui.dialogs.prompt import Prompt
from tui.drawing.format import plural
from tui.live.commanding import CommandingScreen
from tui.trials.difference import MOST, difference_lines
from tui.trials.table import TrialsTable

FORMS = (("cli", "Command line"), ("yaml", "YAML"), ("json", "JSON"), ("python", "Python"))
"""How a configuration is copied."""

JOINTS = {"cli": "\n", "yaml": "\n---\n", "json": "\n", "python": "\n\n"}
"""Between the configurations of several trials."""


class TrialVerbsScreen(CommandingScreen):
    """A screen whose table is one of trials; a verb is about the selected ones, else the one under the cursor."""

    FILTER_EXAMPLE: ClassVar[str] = "score>40 lr<1e-3 failed (enter keep · esc clear)"
    WRITES = CommandingScreen.WRITES | {"star", "tag", "run_again", "clone", "undo", "redo"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash",
            "filter",
            "Filter",
            id="trials.filter",
            tooltip="Show only trials that pass an expression: score>40 lr<1e-3 failed",
        ),
        Binding("d", "diff", "Diff", id="trials.diff", tooltip="Diff the selected trials, or one against the best"),
        Binding("asterisk", "star", "Star", show=False, id="trials.star", tooltip="Star or unstar the trials"),
        Binding("t", "tag", "Tag", show=False, id="trials.tag", tooltip="Tag the trials, or remove tags"),
        Binding("a", "run_again", "Run again", show=False, id="trials.again", tooltip="Run the trials again"),
        Binding("n", "clone", "Clone", show=False, id="trials.clone", tooltip="Queue a copy of the trial with changes"),
        Binding("u", "undo", "Undo", show=False, id="trials.undo", tooltip="Undo the last star, tag or queued trial"),
        Binding("ctrl+r", "redo", "Redo", show=False, id="trials.redo", tooltip="Redo what was undone"),
        Binding(
            "y", "copy", "Copy", show=False, id="trials.copy", tooltip="Copy as a command line, YAML, JSON or Python"
        ),
    ]  # fmt: skip

    def table(self) -> TrialsTable:
        """The trials."""
        return self.query_one("#trials", TrialsTable)

    @property
    def wanted_columns(self) -> tuple[str, ...]:
        """Columns a person chose for the thread."""
        return tuple(self.trimtab.memory.place.columns.get(self.trimtab.memory.place.thread, ()))

    def on_trials_table_arranged(self, message: TrialsTable.Arranged) -> None:
        """Remember the columns of the thread."""
        place = self.trimtab.memory.place
        place.columns[place.thread] = list(message.keys)
        self.trimtab.keep_memory()

    def action_back(self) -> None:
        """Deselect, else clear the filter, else go back."""
        if not self.table().deselect():
            super().action_back()

    def action_diff(self) -> None:
        """What tells the selected trials apart; with fewer than two, the trial from the best."""
        if self.data is None:
            return
        best, numbers = self.data.sprint.best_trial, self.table().concerned[:MOST]
        if len(numbers) == 1 and best is not None and best != numbers[0]:
            numbers = (best, *numbers)
        if len(numbers) < 2:
            self.trimtab.toast("Select two or more trials to compare", "v selects the trial under the cursor")
            return
        by_number = {trial.number: trial for trial in self.data.trials}
        lines = difference_lines([by_number[n] for n in numbers], self.data.sprint.metric, best)
        self.app.push_screen(Card(f"Trials {', '.join(f'#{n}' for n in numbers)}", lambda _width: lines))

    def action_star(self) -> None:
        """Star them; where all are starred, remove the stars."""
        ws, numbers = self.trimtab.ws, self.table().concerned
        if self.data is None or not numbers:
            return
        sprint = self.data.sprint.id
        starred = not all(trial.starred for trial in self.data.trials if trial.number in numbers)
        self._do(lambda: api.star_trials(ws, sprint, numbers, starred=starred))

    def action_tag(self) -> None:
        """Ask for tags."""
        ws, numbers = self.trimtab.ws, self.table().concerned
        if self.data is None or not numbers:
            return
        sprint = self.data.sprint.id

        def tag(text: str | None) -> None:
            words = (text or "").split()
            add = [word for word in words if not word.startswith("-")]
            remove = [word[1:] for word in words if word.startswith("-")]
            if words:
                self._do(lambda: api.tag_trials(ws, sprint, numbers, add=add, remove=remove))

        self.app.push_screen(Prompt(f"Tag {named(numbers)}", "Words separated by blanks; -word removes a tag."), tag)

    def action_run_again(self) -> None:
        """Ask, then queue them once more."""
        ws, numbers = self.trimtab.ws, self.table().concerned
        if self.data is None or not numbers:
            return
        sprint = self.data.sprint.id

        def again() -> str:
            made = [api.clone_trial(ws, sprint, number, {}) for number in numbers]
            return f"Queued {named([trial.number for trial in made])}"

        consequence = f"Same values, seed and subsets; the budget grows by {plural(len(numbers), 'trial')}."
        ask = Confirm(f"Run {named(numbers)} again?", consequence, "Run again")
        self.app.push_screen(ask, lambda yes: self._do(again) if yes else None)

    def action_clone(self) -> None:
        """Ask for changed values, then queue a trial like the one under the cursor."""
        trial = self.table().cursor_trial
        if self.data is None or trial is None:
            return
        ws, sprint = self.trimtab.ws, self.data.sprint.id
        self.fetch("clone", lambda: api.sprint_space(ws, sprint), lambda space: self._ask_clone(sprint, trial, space))

    def _ask_clone(self, sprint: int, trial: api.TrialView, space: api.Space) -> None:
        ws = self.trimtab.ws

        def wrong(text: str) -> str:
            try:
                return "" if api.changed_values(text, space) else "Type at least one value, such as lr=2e-4"
            except api.EngineError as problem:
                return problem.message

        def queued(text: str) -> str:
            made = api.clone_trial(ws, sprint, trial.number, api.changed_values(text, space))
            return f"Queued {named([made.number])}, like #{trial.number} but {text}"

        def clone(text: str | None) -> None:
            if text:
                self._do(lambda: queued(text))

        self.app.push_screen(
            Prompt(f"Like #{trial.number} but", "Values to change, such as lr=2e-4.", check=wrong), clone
        )

    def action_undo(self) -> None:
        """Undo the last star, tag or queued trial."""
        ws = self.trimtab.ws
        if self.data is not None:
            sprint = self.data.sprint.id
            self._do(lambda: f"Undone: {api.undo_trial_edit(ws, sprint)}")

    def action_redo(self) -> None:
        """Redo what was undone."""
        ws = self.trimtab.ws
        if self.data is not None:
            sprint = self.data.sprint.id
            self._do(lambda: f"Redone: {api.redo_trial_edit(ws, sprint)}")

    def action_copy(self) -> None:
        """Ask in which form, then copy the configurations."""
        ws, numbers, place = self.trimtab.ws, self.table().concerned, self.trimtab.memory.place
        if self.data is None or not numbers:
            return
        sprint = self.data.sprint.id

        def copy(form: str | None) -> None:
            if form:
                place.copy_form = form
                self.trimtab.keep_memory()
                texts = lambda: [api.configuration_text(ws, sprint, number, form) for number in numbers]  # noqa: E731
                self.fetch("copy", texts, lambda found: self.trimtab.copy(JOINTS[form].join(found)))

        self.app.push_screen(Pick(f"Copy {named(numbers)} as", FORMS, place.copy_form), copy)

    def _do(self, call: Callable[[], str]) -> None:
        """Change trials in the background, then say what was done."""

        def done(words: str) -> None:
            self.reload()
            if words:
                self.trimtab.toast(words, "" if words.startswith("Undone") else "u undoes")

        self.change("command", call, done)


def named(numbers: "tuple[int, ...] | list[int]") -> str:
    """Trials in words: ``trial #7``, ``trials #7, #9``."""
    return f"trial{'' if len(numbers) == 1 else 's'} {', '.join(f'#{number}' for number in numbers)}"
