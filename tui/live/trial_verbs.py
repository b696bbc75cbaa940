"""What a person does with the trials of a sprint: filter them, choose their columns."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.live.commanding import CommandingScreen
from tui.trials.table import TrialsTable


class TrialVerbsScreen(CommandingScreen):
    """A screen whose table is one of trials."""

    FILTER_EXAMPLE: ClassVar[str] = "score>40 lr<1e-3 failed (enter keeps, esc clears)"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash",
            "filter",
            "Filter",
            id="trials.filter",
            tooltip="Show only trials that pass an expression: score>40 lr<1e-3 failed",
        ),
    ]

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
