"""One trial: parameters, curves, why it ended, its log; h/l go to its neighbours."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from engine import api
from tui.drawing.styled_lines import line, paragraph_width
from tui.plots.curve_groups import curve_groups, draw_group
from tui.shell.data_screen import DataScreen
from tui.trial.details import failure_lines, metric_lines, parameter_lines, trial_facts
from tui.widgets.painting import Lines
from tui.widgets.scroll_lines import ScrollLines


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialData:
    """What the screen shows.

    Attributes:
        sprint: Its sprint.
        trial: The trial.
        numbers: All trials of the sprint.
        rank: Among complete trials, 1 the best; None without a score.
        reports: Its epochs.
        best: Epochs of the sprint's best trial, where that is another one.
        space: The sprint's dimensions.
        log: Tail of its log.
        views: What its objective leaves to look at beside the curves: ``examples``, ``thresholds``.
    """

    sprint: api.SprintView
    trial: api.TrialView
    numbers: tuple[int, ...]
    rank: int | None
    reports: tuple[api.EpochReport, ...]
    best: tuple[api.EpochReport, ...]
    space: tuple[api.Dimension, ...]
    log: tuple[str, ...]
    views: tuple[str, ...] = ()


class TrialScreen(DataScreen):
    """Facts and parameters at the left, curves and log at the right."""

    AUTO_FOCUS = "#facts"
    TITLE_WORD = "trial"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "v",
            "view(1)",
            "Curves",
            id="trial.view",
            tooltip="Cycle score, losses, learning rate and other metrics",
        ),
        Binding("V", "view(-1)", "Curves before", show=False, id="trial.view-before", tooltip="Previous curves"),
        Binding("left,h", "neighbour(-1)", "Previous", id="trial.previous", tooltip="Previous trial"),
        Binding("right,l", "neighbour(1)", "Next", id="trial.next", tooltip="Next trial"),
        Binding(
            "e",
            "examples",
            "Examples",
            id="trial.examples",
            tooltip="Gold and predicted annotations, errors by class",
        ),
        Binding(
            "t",
            "thresholds",
            "Thresholds",
            id="trial.thresholds",
            tooltip="Thresholds by epoch and how they were chosen",
        ),
        Binding("L", "log", "Log", id="trial.log", tooltip="Full logs of trial, worker and launcher"),
    ]

    def __init__(self, sprint: int, number: int) -> None:
        super().__init__()
        self.sprint_id = sprint
        self.number = number
        self.data: TrialData | None = None
        self._group = "score"

    def body(self) -> Iterator[Widget]:
        """Two columns."""
        with Horizontal():
            yield ScrollLines(id="facts")
            with Vertical(classes="rule-left", id="trial-right"):
                yield Lines(id="curves")
                yield Lines(id="trial-log", classes="rule-top")

    def hint(self) -> str:
        """For a newcomer."""
        return "j k scroll · ← → other trials · v other curves"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what the objective leaves can be looked at."""
        if action in ("examples", "thresholds") and (self.data is None or action not in self.data.views):
            return False
        return super().check_action(action, parameters)

    def reload(self) -> None:
        """Read everything about the trial."""
        self.fetch("load", self._read, self.loaded)

    def _read(self) -> TrialData:
        ws = self.trimtab.ws
        sprint = api.get_sprint(ws, self.sprint_id)
        trials = api.list_trials(ws, self.sprint_id)
        trial = api.get_trial(ws, self.sprint_id, self.number)
        ordered = sorted(
            (sprint.direction.cost(t.score), t.number)
            for t in trials
            if t.state == api.TrialState.COMPLETE and t.score is not None
        )
        place = [number for _, number in ordered]
        best = sprint.best_trial if sprint.best_trial not in (None, self.number) else None
        return TrialData(
            sprint=sprint,
            trial=trial,
            numbers=tuple(t.number for t in trials),
            rank=place.index(self.number) + 1 if self.number in place else None,
            reports=tuple(api.list_epochs(ws, self.sprint_id, self.number)),
            best=tuple(api.list_epochs(ws, self.sprint_id, best)) if best is not None else (),
            space=api.sprint_space(ws, self.sprint_id).dimensions,
            log=tuple(api.tail_log(ws, self.sprint_id, self.number, 40)),
            views=api.trial_views(ws, self.sprint_id, self.number),
        )

    def loaded(self, data: TrialData) -> None:
        """Show it."""
        same = self.data is not None and self.data.trial.number == data.trial.number
        self.data = data
        self.refresh_bindings()
        self.show_subject(
            line(
                (f"{data.sprint.short_label} ", "top"),
                (f"#{data.trial.number}", "bold:text"),
                (f" of {len(data.numbers)}", "muted"),
            )
        )
        self._draw(keep=same)

    def _draw(self, *, keep: bool = True) -> None:
        data = self.data
        if data is None:
            return
        says = data.sprint.declaration
        facts = self.query_one("#facts", ScrollLines)
        curves, log = (self.query_one(f"#{name}", Lines) for name in ("curves", "trial-log"))
        lines = [
            *trial_facts(data.trial, data.rank, data.sprint.metric, data.sprint.pause_mode),
            *parameter_lines(data.trial, data.space),
        ]
        facts.show(
            lambda width, _height: [
                *lines,
                (),
                *(failure_lines(data.trial, max(width - 2, 20)) or metric_lines(data.reports, says)),
            ],
            keep=keep,
        )
        groups = list(curve_groups(data.reports, says))
        if self._group not in groups:
            self._group = groups[0]
        group = self._group
        curves.show(
            lambda width, height: draw_group(group, data.reports, data.best, says, paragraph_width(width), height),
        )
        told = [line((text, "muted")) for text in data.log] or [line(("no log", "muted"))]
        log.show(lambda _width, height: told[-max(height, 1) :])

    def action_view(self, step: int) -> None:
        """The next group of curves, or the one before."""
        if self.data is not None:
            groups = list(curve_groups(self.data.reports, self.data.sprint.declaration))
            self._group = groups[(groups.index(self._group) + step) % len(groups)]
            self._draw()

    def action_neighbour(self, step: int) -> None:
        """The trial before or after."""
        if self.data is None:
            return
        at = self.data.numbers.index(self.number) + step
        if 0 <= at < len(self.data.numbers):
            self.number = self.data.numbers[at]
            self.reload()

    def action_examples(self) -> None:
        """The examples."""
        from tui.examples.screen import ExamplesScreen

        self.app.push_screen(ExamplesScreen(self.sprint_id, self.number))

    def action_log(self) -> None:
        """The log in full."""
        from tui.log.screen import LogScreen

        self.app.push_screen(LogScreen(self.sprint_id, self.number))

    def action_thresholds(self) -> None:
        """The thresholds screen."""
        from tui.thresholds.screen import ThresholdsScreen

        self.app.push_screen(ThresholdsScreen(self.sprint_id, self.number))
