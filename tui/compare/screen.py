"""Compare: threads × stages with ranks, how ranks flow from stage to stage, and how far stages agree."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from engine import api
from tui.drawing.format import NOTHING, plural, score
from tui.drawing.scale import Scale
from tui.drawing.styled_lines import Line, Span, fit, fit_line, line, paragraph_width, wrap
from tui.plots.axis import score_texts
from tui.plots.rank_flow import draw_rank_flow, short_names
from tui.plots.strip import LEGEND, draw_strip, top_scores
from tui.shell.data_screen import DataScreen
from tui.threads.sprint_rows import best_of, stages_of
from tui.widgets.columns import Column, Row
from tui.widgets.line_table import LineTable
from tui.widgets.painting import Lines, titled, window

EMPTY = (
    (),
    line(("  Nothing to compare yet", "bold:text")),
    line("  Comparing needs a sprint with scores, best of two threads or stages."),
    line(("  1", "bold:accent"), "  list the threads"),
)

TOP_K = 10
"""Scores of a sprint that its strip shows."""

MOST_RANK = 34
"""Cells of a stage's ranks: a name, its rank and where it went can be read across."""

FOREIGN = "≠"
"""Marks a score won under different protocol than most of its column: fidelity, run length or schedule differ."""


ELSEWHERE = "~"
"""Marks a score won in different search space than most of its column."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CompareData:
    """What the screen shows.

    Attributes:
        threads: All threads with a score.
        stages: Columns.
        comparison: Ranks and agreements.
        spaces: The space of every best sprint by key, as text.
    """

    threads: tuple[api.ThreadView, ...]
    stages: tuple[str, ...]
    comparison: api.Comparison
    spaces: Mapping[int, str]


class CompareScreen(DataScreen):
    """Table above, flow and agreement below."""

    TITLE_WORD = "compare"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "t",
            "trajectories",
            "Trajectories",
            id="compare.trajectories",
            tooltip="Top values of each hyperparameter over checkpoints, and the schedule they suggest",
        ),
        Binding(
            "v", "view", "Spread", id="compare.view", tooltip="Ranks from stage to stage, or the spread of the top"
        ),
        Binding("J", "scroll(1)", "Scroll down", show=False, id="compare.down", tooltip="Scroll the lower pane down"),
        Binding("K", "scroll(-1)", "Scroll up", show=False, id="compare.up", tooltip="Scroll the lower pane up"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.data: CompareData | None = None
        self._first_line = 0
        self._spread = True

    def body(self) -> Iterator[Widget]:
        """Table, flow, sentences."""
        yield titled(LineTable([Column("THREAD", 24, elastic=True)], EMPTY, id="ranks"), "Best of each stage")
        with Horizontal(classes="rule-top rules", id="compare-below"):
            yield titled(Lines(id="flow"), "Ranks")
            yield titled(Lines(id="spread", classes="rule-left"), "Spread of the top")
            yield titled(Lines(id="agreement", classes="rule-left"), "Agreement between stages")

    def table(self) -> LineTable:
        """Threads × stages."""
        return self.query_one("#ranks", LineTable)

    def hint(self) -> str:
        """For a newcomer."""
        if self.data is not None and not self.data.threads:
            return "1 threads"
        return "Do early ranks hold later? Each column is a stage, ranks in brackets."

    def reload(self) -> None:
        """Read all threads."""
        self.fetch("load", self._read, self.loaded)

    def _read(self) -> CompareData:
        threads = tuple(
            t for t in api.list_threads(self.trimtab.ws) if any(s.best_score is not None for s in t.sprints)
        )
        stages = tuple(stages_of(threads))
        table = {stage: {t.name: best for t in threads if (best := best_of(t, stage)) is not None} for stage in stages}
        metrics = {t.name: (t.metric, t.direction) for t in threads}
        best_ids = [sprint.id for t in threads for stage in stages if (sprint := _best_sprint(t, stage)) is not None]
        return CompareData(
            threads=threads,
            stages=stages,
            comparison=api.compare_stages(table, metrics=metrics),
            spaces=api.sprint_spaces(self.trimtab.ws, best_ids),
        )

    def loaded(self, data: CompareData) -> None:
        """Show it."""
        self.data = data
        self.query_one("#compare-below").display = bool(data.threads)
        table = self.table()
        table.set_columns(
            [
                Column("THREAD", 18, elastic=True, most=60),
                *(Column(s.upper()[:12], 13, right=True) for s in data.stages),
                Column("SPRINTS", 8, right=True, rank=1),
                Column("TRIALS", max((len(api.trial_counts(*t.sprints)) for t in data.threads), default=8), rank=2),
            ]
        )
        odd = foreign(data.threads, data.stages)
        elsewhere = in_other_spaces(data.threads, data.stages, data.spaces) - odd
        ordered = sorted(
            data.threads, key=lambda t: tuple(data.comparison.ranks[s].get(t.name, 999) for s in reversed(data.stages))
        )
        table.set_rows([self._row(thread, data, odd, elsewhere) for thread in ordered])
        self._fit()
        metrics = {t.metric for t in data.threads if t.metric}
        self.show_subject(
            line(
                plural(len(data.threads), "thread"),
                (f" · {FOREIGN} different protocol" if odd else "", "warning"),
                (f" · {ELSEWHERE} different search space" if elsewhere else "", "warning"),
                (f" · {', '.join(sorted(metrics))}" if metrics else "", "muted"),
            )
        )
        self._draw()
        self.show_hint()

    def _row(
        self, thread: api.ThreadView, data: CompareData, odd: set[tuple[str, str]], elsewhere: set[tuple[str, str]]
    ) -> Row:
        cells: list[Line] = []
        for stage in data.stages:
            best = best_of(thread, stage)
            rank = data.comparison.ranks[stage].get(thread.name)
            if best is None:
                cells.append(line((NOTHING, "muted")))
                continue
            at = (thread.name, stage)
            mark = f"{FOREIGN} " if at in odd else f"{ELSEWHERE} " if at in elsewhere else ""
            cells.append(
                line((mark, "warning"), (score(best), "bold:top" if rank == 1 else ""), (f" ({rank})", "muted"))
            )
        counts = (str(len(thread.sprints)), api.trial_counts(*thread.sprints))
        return Row(thread.name, (line((thread.name, "bold:text")), *cells, *counts))

    def _draw(self) -> None:
        if self.data is None:
            return
        first = self._first_line = max(min(self._first_line, self._last_line()), 0)

        def flow(width: int, height: int) -> list[Line]:
            head, *lines = self._flow(width, height)
            return [head, *window(lines, first, height - 1, "J")]

        def spread(width: int, height: int) -> list[Line]:
            assert self.data is not None
            ordered = [t for name in self._order() for t in self.data.threads if t.name == name]
            head, *lines, legend = spread_lines(ordered, self.data.stages, paragraph_width(width))
            lines = [*lines, legend] if len(lines) + 2 <= height else lines
            return [head, *window(lines, first, height - 1, "J")]

        self.query_one("#flow", Lines).show(flow)
        self.query_one("#spread", Lines).show(spread)
        self.set_class(self._spread, "-spread")
        self.query_one("#agreement", Lines).show(
            lambda width, height: window(self._agreement(width), first, height, "J")
        )

    def _fit(self) -> None:
        """The table takes the rows it has, up to half of the screen; what is below takes the rest."""
        table = self.table()
        if self.panes.zoomed is None and self.data is not None:
            rows = len(self.data.threads) + 1 + table.gutter.height
            table.styles.height = min(rows, max(self.size.height // 2 - 1, 6)) if self.data.threads else "1fr"

    def on_resize(self) -> None:
        """The table's height follows the size."""
        self.call_after_refresh(self._fit)

    def _order(self) -> list[str]:
        """Names as the table has them."""
        return [row.key for row in self.table().rows]

    def action_view(self) -> None:
        """Ranks, or the spread of the top, where there is no room for both."""
        self._spread = not self._spread
        self._draw()

    def _flow(self, width: int, height: int) -> list[Line]:
        assert self.data is not None
        most = max(len(self.data.threads) + 1, height)
        return draw_rank_flow(
            self.data.stages,
            self.data.comparison.ranks,
            width=min(width, MOST_RANK * len(self.data.stages)),
            height=most,
        )

    def _agreement(self, width: int) -> list[Line]:
        assert self.data is not None
        return agreement_lines(self.data.comparison, paragraph_width(width))

    def action_scroll(self, direction: int) -> None:
        """Scroll flow and sentences by half their height."""
        if self.data is None:
            return
        self._first_line += direction * max(self.query_one("#agreement", Lines).size.height // 2, 1)
        self._draw()

    def _last_line(self) -> int:
        assert self.data is not None
        flow, words = self.query_one("#flow", Lines).size, self.query_one("#agreement", Lines).size
        rows = len(self.data.threads) + 1 if self._spread else len(self._flow(*flow))
        return max(rows, len(self._agreement(words.width))) - words.height

    def action_trajectories(self) -> None:
        """Follow the values of the thread under the cursor over checkpoints."""
        name = self.table().cursor_key
        if not name:
            self.trimtab.toast("No thread to follow")
            return
        from tui.compare.trajectory import TrajectoryScreen

        self.app.push_screen(TrajectoryScreen(name))

    def on_line_table_chosen(self, message: LineTable.Chosen) -> None:
        """Enter opens the thread's latest sprint in review."""
        thread = next((t for t in self.data.threads if t.name == message.key), None) if self.data is not None else None
        if thread is not None and thread.sprints:
            self.trimtab.show_sprint("review", thread.name, thread.sprints[-1].id)


def spread_lines(threads: Sequence[api.ThreadView], stages: Sequence[str], width: int) -> list[Line]:
    """A head, one row a thread with a strip a stage, a legend: the top scores of the stage's best sprint.

    Threads of one metric share an axis in a stage; its ends stand in the head where there is one metric.
    """
    label = min(max((len(t.name) for t in threads), default=4), max(width // 3, 10))
    names = short_names({t.name for t in threads}, label)
    room = max((width - label - 1) // max(len(stages), 1), 8)
    head = [(fit(f"top {TOP_K}", label + 1), "muted")]
    drawn: dict[tuple[str, str], Line] = {}
    for stage in stages:
        tops = {
            t.name: (t.metric, top_scores(sprint.scores, TOP_K, t.direction))
            for t in threads
            if (sprint := _best_sprint(t, stage)) is not None
        }
        scales = {}
        for metric in {metric for metric, _ in tops.values()}:
            every = [score for own, scores in tops.values() if own == metric for score in scores]
            scales[metric] = Scale.around(min(every), max(every)) if every else Scale(0.0, 1.0)
        ends = (
            score_texts((only.low, only.high))
            if len(scales) == 1 and (only := next(iter(scales.values())))
            else ["", ""]
        )
        middle = max(room - 2 - len(ends[0]) - len(ends[1]), 0)
        head.append((f"{ends[0]}{fit(stage.center(middle), middle)}{ends[1]}"[: room - 1].ljust(room), "muted"))
        drawn |= {
            (name, stage): draw_strip(scores, scales[metric], room - 2) for name, (metric, scores) in tops.items()
        }
    lines: list[Line] = [line(*head)]
    for thread in threads:
        spans: list[Span] = [(fit(names[thread.name], label + 1), "bold:text")]
        for stage in stages:
            spans += fit_line(drawn.get((thread.name, stage), ()), room)
        lines.append(tuple(spans))
    legend = [part for mark, ink, word in LEGEND for part in ((f"{mark} ", ink), (f"{word}  ", "muted"))]
    return [*lines, fit_line(line(*legend), width)]


def agreement_lines(comparison: api.Comparison, width: int) -> list[Line]:
    """One sentence a pair of stages, reversals named."""
    if len(comparison.stages) < 2:
        return wrap("Rank agreement needs two stages with scores.", width, "muted")
    if not comparison.agreements:
        return wrap("Rank agreement needs two threads with the same metric and two stages.", width, "muted")
    lines: list[Line] = []
    for one in comparison.agreements:
        lines += wrap(one.sentence, width)
        for move in one.reversals:
            lines += wrap(
                f"▲ {move.name}: {move.before} → {move.after}, a rank reversal", width, "warning", indent="  "
            )
    return lines


def foreign(threads: Sequence[api.ThreadView], stages: Sequence[str]) -> set[tuple[str, str]]:
    """(thread, stage) whose best sprint ran under different protocol than most of that stage."""
    return _unlike_most(threads, stages, _protocol)


def in_other_spaces(
    threads: Sequence[api.ThreadView], stages: Sequence[str], spaces: Mapping[int, str]
) -> set[tuple[str, str]]:
    """(thread, stage) whose best sprint searched different search space than most of that stage."""
    return _unlike_most(threads, stages, lambda sprint: spaces.get(sprint.id, ""))


def _unlike_most(
    threads: Sequence[api.ThreadView], stages: Sequence[str], trait: Callable[[api.SprintView], Hashable]
) -> set[tuple[str, str]]:
    """Best sprints whose trait is not their stage's commonest; all of them where no two agree."""
    odd: set[tuple[str, str]] = set()
    for stage in stages:
        traits = {t.name: trait(best) for t in threads if (best := _best_sprint(t, stage)) is not None}
        found = list(traits.values())
        if len(set(found)) < 2:
            continue
        common = max(found, key=found.count)
        odd |= {(name, stage) for name, own in traits.items() if own != common or found.count(common) == 1}
    return odd


def _best_sprint(thread: api.ThreadView, stage: str) -> api.SprintView | None:
    """The sprint that holds a thread's best score in a stage."""
    best = best_of(thread, stage)
    if best is None:
        return None
    return next((s for s in thread.sprints if s.stage == stage and s.best_score == best), None)


def _protocol(sprint: api.SprintView) -> Hashable:
    """What must be equal for scores to be comparable: fidelity with run length and schedule, and the metric."""
    f = sprint.fidelity
    return (f.code, f.run_to, f.epochs, f.scheduler, f.calibration_epochs, sprint.metric)
