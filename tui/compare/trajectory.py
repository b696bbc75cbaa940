"""Trajectories: top values of each hyperparameter over the course of training, and the schedule they suggest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from engine import api
from tui.dialogs.choose import Choose
from tui.drawing.format import number, plural
from tui.drawing.styled_lines import Line, line, paragraph_width, wrap
from tui.plots.course import draw_course
from tui.shell.data_screen import DataScreen
from tui.widgets.columns import Column, Row
from tui.widgets.line_table import LineTable
from tui.widgets.painting import Lines, titled

MOST_TOP = 100

NOTHING_TO_READ = (
    (),
    line(("  No sprint to follow", "bold:text")),
    line(
        ("  Trajectories need one-epoch sprints with the scheduler off, from checkpoints of several epochs:", "muted")
    ),
    line(
        ("  trimtab thread branch", "bold:accent"),
        "  create a thread from a checkpoint; plan its stage trajectory or 1E",
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CourseData:
    """What the screen shows.

    Attributes:
        candidates: Sprints that may be followed.
        chosen: Keys of those that are.
        view: Their courses; None without any.
        rate: The dimension the schedule is fitted to; empty for none.
    """

    candidates: tuple[api.SprintView, ...]
    chosen: tuple[int, ...]
    view: api.TrajectoryView | None
    rate: str


class TrajectoryScreen(DataScreen):
    """Dimensions × checkpoints above; the course of one and the fitted schedule below."""

    TITLE_WORD = "trajectories"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "sprints", "Sprints", id="trajectory.sprints", tooltip="Choose which sprints are followed"),
        Binding(
            "plus,equals_sign", "top(1)", "More", id="trajectory.more", tooltip="One more top trial of each sprint"
        ),
        Binding("minus", "top(-1)", "Fewer", id="trajectory.fewer", tooltip="One top trial fewer of each sprint"),
    ]

    def __init__(self, thread: str) -> None:
        super().__init__()
        self.thread_name = thread
        self.data: CourseData | None = None
        self._chosen: tuple[int, ...] | None = None
        self._top_k = 10
        self._rate = ""

    def body(self) -> Iterator[Widget]:
        """Table, course, schedule."""
        yield titled(
            LineTable([Column("DIMENSION", 16, elastic=True)], NOTHING_TO_READ, id="courses"), "Median of the top"
        )
        with Horizontal(classes="rule-top rules", id="course-below"):
            yield titled(Lines(id="course"), "Course")
            yield titled(Lines(id="schedule", classes="rule-left"), "Schedule")

    def table(self) -> LineTable:
        """Dimensions × checkpoints."""
        return self.query_one("#courses", LineTable)

    def hint(self) -> str:
        """For a newcomer."""
        return "Best values over the course of training. s choose sprints"

    def reload(self) -> None:
        """Read the sprints and their courses."""
        self.fetch("load", self._read, self.loaded)

    def _read(self) -> CourseData:
        ws = self.trimtab.ws
        candidates = followable(api.list_threads(ws), self.thread_name)
        chosen = self._chosen if self._chosen is not None else tuple(sprint.id for sprint in candidates)
        chosen = tuple(sprint.id for sprint in candidates if sprint.id in chosen)
        if not chosen:
            return CourseData(candidates=candidates, chosen=(), view=None, rate="")
        view = api.trajectory(ws, chosen, rate=self._rate or "lr", top_k=self._top_k)
        rate = rate_of([one.dimension for one in view.trajectories], self._rate)
        if rate and rate != (self._rate or "lr"):
            view = api.trajectory(ws, chosen, rate=rate, top_k=self._top_k)
        return CourseData(candidates=candidates, chosen=chosen, view=view, rate=rate)

    def loaded(self, data: CourseData) -> None:
        """Show them."""
        self.data = data
        table = self.table()
        courses = data.view.trajectories if data.view is not None else ()
        epochs = sorted({one.epoch for course in courses for one in course.stretches})
        table.set_columns(
            [
                Column("DIMENSION", 16, is_name=True),
                *(Column(f"E{epoch:g}", 7, right=True, rank=1 + index) for index, epoch in enumerate(epochs)),
                Column("MEDIAN OF TOP-K · CONFIDENCE", 16, elastic=True),
            ]
        )
        table.set_rows([course_row(course, epochs) for course in courses])
        self.show_subject(
            line(
                (f"{self.thread_name} ", "bold:text"),
                f"{plural(len(data.chosen), 'sprint')} of {len(data.candidates)} · top {self._top_k}",
            )
        )
        self.show_hint()
        self._draw()

    def on_line_table_moved(self, message: LineTable.Moved) -> None:
        """The plot follows the cursor; a learning rate under it is the one the schedule is fitted to."""
        if self.data is None:
            return
        if is_rate(message.key) and message.key != self.data.rate:
            self._rate = message.key
            self.reload()
        self._draw()

    def _draw(self) -> None:
        data = self.data
        if data is None:
            return
        plot, words = self.query_one("#course", Lines), self.query_one("#schedule", Lines)
        if data.view is None:
            plot.show(())
            words.show(())
            return
        key = self.table().cursor_key
        course = next((one for one in data.view.trajectories if one.dimension == key), None)
        view, rate = data.view, data.rate
        words.show(lambda width, _height: schedule_lines(view, course, rate, paragraph_width(width)))
        plot.show(() if course is None else lambda width, height: draw_course(course, width=width, height=height))

    def action_top(self, step: int) -> None:
        """More or fewer top trials."""
        self._top_k = min(max(self._top_k + step, 2), MOST_TOP)
        self.reload()

    def action_sprints(self) -> None:
        """Choose sprints."""
        if self.data is None or not self.data.candidates:
            self.trimtab.toast("No sprint to choose from")
            return

        def take(keys: tuple[str, ...] | None) -> None:
            if keys is not None:
                self._chosen = tuple(int(key) for key in keys)
                self.reload()

        rows = [(str(s.id), s.label) for s in self.data.candidates]
        self.app.push_screen(Choose("Sprints to follow", rows, [str(key) for key in self.data.chosen]), take)


def followable(threads: Sequence[api.ThreadView], name: str) -> tuple[api.SprintView, ...]:
    """Sprints whose tuned values are the effective ones at their checkpoint: one epoch, scheduler off, scored, of
    threads of the named one's model configuration.
    """  # noqa: D205
    own = next((thread for thread in threads if thread.name == name), None)
    if own is None:
        return ()
    return tuple(
        sprint
        for thread in threads
        if (thread.objective, thread.options, thread.direction) == (own.objective, own.options, own.direction)
        for sprint in thread.sprints
        if sprint.n_complete
        and not sprint.replaced_by
        and not sprint.fidelity.scheduler
        and (sprint.fidelity.run_to, sprint.fidelity.epochs) == ("epochs", 1)
    )


def is_rate(name: str) -> bool:
    """Whether a dimension is a learning rate by its name."""
    return name in ("lr", "learning_rate") or name.startswith("lr_")


def rate_of(names: Sequence[str], wanted: str) -> str:
    """The learning rate to fit the schedule to: the wanted one, else the first there is; empty for none."""
    return wanted if wanted in names else next((name for name in names if is_rate(name)), "")


def course_row(course: api.Trajectory, epochs: Sequence[float]) -> Row:
    """A dimension's medians by checkpoint, and what speaks against its course."""
    medians = {one.epoch: one.median for one in course.stretches}
    note = (
        line((f"▲ {course.warning}", "warning"))
        if course.warning
        else line((f"✓ differs beyond chance, p = {course.p:.2g}", "good"))
    )
    cells = [number(medians.get(epoch), 3) for epoch in epochs]
    return Row(course.dimension, (line((course.dimension, "bold:text")), *cells, note))


def schedule_lines(view: api.TrajectoryView, course: api.Trajectory | None, rate: str, width: int) -> list[Line]:
    """The fitted one-cycle schedule with its spread, and every warning."""
    lines: list[Line] = []
    if course is not None and course.warning:
        lines += [*wrap(f"▲ {course.dimension}: {course.warning}", width, "warning", indent="  "), ()]
    found = view.suggestion
    if found is None:
        why = f"{rate} needs three checkpoints with enough top trials" if rate else "no learning rate is searched"
        return [*lines, *wrap(f"No schedule fitted: {why}.", width, "muted")]
    if found.refusal:
        return [*lines, *wrap(f"No schedule proposed: {found.refusal}.", width, "warning")]
    lines.append(line(("one-cycle schedule fitted to ", "muted"), (rate, "bold:text")))
    for name, one in (("max_lr", found.max_lr), ("pct_start", found.pct_start), ("final decay", found.final_decay)):
        lines.append(
            line(
                (f"{name:<12}", "muted"),
                (f"{number(one.value, 3):>9}", "bold:top"),
                (f"  {number(one.low, 2)} … {number(one.high, 2)}", "muted"),
            )
        )
    lines.append(line(("80 % of resampled top trials", "muted")))
    for warning in found.warnings:
        lines += wrap(f"▲ {warning}", width, "warning", indent="  ")
    return lines
