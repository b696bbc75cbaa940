"""Home: threads, their sprints, their best scores stage by stage."""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from engine import api
from tui.drawing.format import plural, score
from tui.drawing.styled_lines import line, paragraph_width
from tui.plots.sparkline import trend
from tui.threads.actions import ThreadActionsScreen
from tui.threads.panel import (
    SprintSeen,
    archived_lines,
    archived_thread_lines,
    key_lines,
    note_lines,
    seen_lines,
    sprint_details,
    sprint_seen,
    thread_details,
)
from tui.threads.sprint_rows import (
    ROOMY,
    SHORT_SPARK,
    SPARK,
    badge,
    ranks,
    stage_cell,
    stages_of,
    state_cell,
    tree_columns,
)
from tui.threads.tree import TreeTable
from tui.widgets.columns import Column, Row
from tui.widgets.line_table import LineTable
from tui.widgets.painting import Lines, titled

READ_AFTER = 0.3
"""Seconds the cursor rests on a sprint before its findings are read: a passing cursor costs no review."""

EMPTY = (
    (),
    line(("  No threads yet", "bold:text")),
    line(("  n", "bold:accent"), "  new thread by a form: model, data, space, stages"),
    line(("  F", "bold:accent"), "  new thread from a YAML file"),
    line(("  or", "muted"), "  quit, then try: trimtab demo"),
)


class ThreadsScreen(ThreadActionsScreen):
    """The tree of threads and sprints."""

    TITLE_WORD = "threads"
    SEES_SPRINTS = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "r", "review", "Review", id="threads.review", tooltip="Review the sprint: histograms, findings, trimming"
        ),
        Binding("p", "plan", "Plan", id="threads.plan", tooltip="Plan the thread's next sprint"),
        Binding("o", "live", "Live", id="threads.live", tooltip="Watch the sprint"),
        Binding("c", "compare", "Compare", id="threads.compare", tooltip="Threads and stages side by side"),
        Binding(
            "d", "decisions", "Log", show=False, id="threads.decisions", tooltip="Decisions about the thread's space"
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.threads: tuple[api.ThreadView, ...] = ()
        self._n_archived = 0
        self._under_cursor: tuple[api.ThreadView | None, api.SprintView | None] = (None, None)
        self._folded: set[str] = set()
        self._seen: dict[tuple[int, int], SprintSeen] = {}
        self._asked: tuple[int, int] | None = None
        self._stood: tuple[str, int | None] | None = None

    def body(self) -> Iterator[Widget]:
        """Tree at the left, details at the right."""
        with Horizontal():
            yield titled(TreeTable([Column("THREAD", 24, elastic=True)], EMPTY, id="threads-table"), "Threads")
            yield titled(Lines(id="details", classes="rule-left"), "Details")

    def table(self) -> LineTable:
        """The tree."""
        return self.query_one("#threads-table", LineTable)

    def hint(self) -> str:
        """For a newcomer; on recorded sprints, what they are."""
        if self.trimtab.options.recorded:
            return f"Recorded on {self.trimtab.options.recorded}. Explore freely; launching runs on this machine."
        if self._n_archived and not self.threads:
            return "Z shows archived threads"
        if not self.threads:
            return "n new thread · A thread is one model, its data and a search space."
        return "A thread is a series of sprints on one model. Enter opens it."

    def reload(self) -> None:
        """Read all threads."""
        self.fetch("load", self._read, self.loaded)

    def _read(self) -> tuple[tuple[api.ThreadView, ...], int]:
        """The threads to show; where there are none, how many are archived."""
        threads = tuple(api.list_threads(self.trimtab.ws, archived=self._archived))
        return threads, 0 if threads else len(api.list_threads(self.trimtab.ws, archived=True))

    def loaded(self, read: tuple[tuple[api.ThreadView, ...], int]) -> None:
        """Show them."""
        self.threads, self._n_archived = threads, _ = read
        self.trimtab.announcer.seen([sprint for thread in threads for sprint in thread.sprints])
        self._fill()
        self.show_hint()
        self._show_details()

    def _fill(self) -> None:
        threads = self.threads
        stages = stages_of(threads)[:4]
        rank_by_stage = {stage: ranks(threads, stage) for stage in stages}
        table = self.table()
        table.empty = archived_lines(self._n_archived) if self._n_archived else EMPTY
        table.set_columns(tree_columns(threads, stages, table.size.width))
        rows = []
        for thread in threads:
            cells = [
                stage_cell(thread, s, rank_by_stage[s].get(thread.name) if len(threads) > 1 else None) for s in stages
            ]
            name = line(
                ("▸ " if thread.name in self._folded or not thread.sprints else "▾ ", "muted"),
                (thread.name, "bold:text"),
                (" archived" if thread.archived else "", "muted"),
            )
            rows.append(Row(f"t:{thread.name}", (name, *cells, badge(thread), "")))
            if thread.name not in self._folded:
                rows.extend(self._sprint_row(sprint, stages, table.size.width) for sprint in thread.sprints)
        table.set_rows(rows)
        place = self.trimtab.memory.place
        if place.thread and (place.thread, place.sprint) != self._stood:  # another screen went to another sprint
            table.move_to(f"s:{place.sprint}" if place.sprint else f"t:{place.thread}")
        if self._go_to:
            table.move_to(self._go_to)
            self._go_to = ""

    def _sprint_row(self, sprint: api.SprintView, stages: list[str], width: int) -> Row:
        wide = width >= ROOMY
        code = sprint.fidelity.code if wide else sprint.fidelity.code.rpartition("_M")[0]
        name = line(f"    {sprint.short_label or sprint.label}", (f"  {code}", "muted"))
        scores = [score(sprint.best_score) if sprint.stage == s else "" for s in stages]
        spark = line((trend(sprint.scores, SPARK if wide else SHORT_SPARK), "all"))
        state = state_cell(sprint, short=not wide)
        course = {len(scores) + 2: " ".join(f"{value:.6g}" for value in sprint.scores)}
        return Row(f"s:{sprint.id}", (name, *scores, state, spark), parent=f"t:{sprint.thread}", numbers=course)

    def on_line_table_widened(self, _message: LineTable.Widened) -> None:
        """Columns follow the table's width."""
        if self.threads:
            self._fill()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what the row under the cursor allows."""
        thread, sprint = self._under_cursor
        needs_thread = action in ("plan", "archive", "notes", "decisions", "compare")
        if needs_thread and thread is None:
            return False
        if action in ("review", "live") and sprint is None:
            return False
        if action == "plan" and thread is not None and thread.archived:
            return False
        if action == "stop" and (sprint is None or not sprint.state.is_open):
            return False
        return super().check_action(action, parameters)

    @property
    def selected(self) -> tuple[api.ThreadView | None, api.SprintView | None]:
        """Thread and sprint under the cursor; on a thread's own row its latest sprint."""
        key = self.table().cursor_key
        for thread in self.threads:
            if key == f"t:{thread.name}":
                return thread, thread.sprints[-1] if thread.sprints else None
            for sprint in thread.sprints:
                if key == f"s:{sprint.id}":
                    return thread, sprint
        return None, None

    def on_tree_table_turned(self, message: TreeTable.Turned) -> None:
        """Fold or unfold; on a sprint go up to its thread, or open it."""
        thread, sprint = self.selected
        if thread is None:
            return
        table, on_thread = self.table(), message.key.startswith("t:")
        if on_thread and thread.sprints and message.open == (thread.name in self._folded):
            self._folded ^= {thread.name}
            self._stood = (thread.name, self.trimtab.memory.place.sprint)
            self._fill()
        elif on_thread and message.open and thread.sprints:
            table.move_to(f"s:{thread.sprints[0].id}")
        elif not on_thread and not message.open:
            table.move_to(f"t:{thread.name}")
        elif not on_thread and sprint is not None:
            table.action_select()

    def on_line_table_moved(self, _message: LineTable.Moved) -> None:
        """Details follow the cursor."""
        self._show_details()

    def _show_subject(self, sprint: api.SprintView | None) -> None:
        """How many threads there are; where there is no room for the details, how the sprint's trials ended."""
        told = plural(len(self.threads), "thread") + (", archived ones too" if self._archived else "")
        if sprint is not None and not self.query_one("#details").display:
            told += f" · {sprint.short_label} {api.progress_counts(sprint)}"
        self.show_subject(line(told))

    def _show_details(self) -> None:
        thread, sprint = self._under_cursor = self.selected
        self.refresh_bindings()
        panel = self.query_one("#details", Lines)
        self._show_subject(sprint if self.table().cursor_key.startswith("s:") else None)
        if thread is None:
            panel.show(())
            return
        self.trimtab.memory.place.thread = thread.name
        self.trimtab.memory.place.sprint = sprint.id if sprint is not None else None
        self._stood = (thread.name, self.trimtab.memory.place.sprint)
        if thread.archived:
            panel.show(archived_thread_lines(thread))
            return
        if self.table().cursor_key.startswith("t:") or sprint is None:
            panel.show(
                lambda width, _height: [
                    *thread_details(thread),
                    *note_lines(thread, paragraph_width(width)),
                    *key_lines(sprint),
                ]
            )
            return
        state = (sprint.id, sprint.n_complete)
        seen = self._seen.get(state)
        panel.show(
            lambda width, _height: [
                *sprint_details(sprint),
                *note_lines(thread, paragraph_width(width)),
                *key_lines(sprint),
                *(seen_lines(seen, paragraph_width(width)) if seen is not None else ()),
            ]
        )
        if panel.display and sprint.state == api.SprintState.DONE and sprint.n_complete and state not in self._seen:
            self.set_timer(READ_AFTER, lambda: self._read_sprint(state))

    def _read_sprint(self, state: tuple[int, int]) -> None:
        """Review the sprint under the cursor, unless the cursor has gone on."""
        _, sprint = self.selected
        if sprint is None or state != (sprint.id, sprint.n_complete) or state in (self._asked, *self._seen):
            return
        self._asked = state
        ws = self.trimtab.ws

        def known(seen: SprintSeen) -> None:
            self._seen[state] = seen
            self._show_details()

        self.fetch("seen", lambda: sprint_seen(api.review(ws, sprint.id), api.edit_log(ws, sprint.thread)), known)

    def failed(self, group: str, problem: Exception) -> None:
        """A count that failed may be asked for again."""
        self._asked = None if group == "seen" else self._asked
        super().failed(group, problem)

    def on_line_table_chosen(self, _message: LineTable.Chosen) -> None:
        """Enter opens what is most useful now: a running sprint live, a finished one in review, else the plan."""
        thread, sprint = self.selected
        if thread is None:
            return
        if sprint is None or not sprint.state.is_started:
            self.trimtab.show_sprint("plan", thread.name, None)
        else:
            self.trimtab.show_sprint(
                "review" if sprint.state == api.SprintState.DONE else "live", thread.name, sprint.id
            )

    def _show(self, mode: str, need_sprint: bool) -> None:
        thread, sprint = self.selected
        if thread is None:
            self.trimtab.toast("No thread to open", "n new thread by a form · F from a file")
        elif sprint is None and need_sprint:
            self.trimtab.toast(f"{thread.name} has no sprint yet", "p plan the first sprint")
        else:
            self.trimtab.show_sprint(mode, thread.name, sprint.id if sprint is not None else None)

    def action_review(self) -> None:
        """Review the sprint."""
        self._show("review", True)

    def action_plan(self) -> None:
        """Plan the next one."""
        self._show("plan", False)

    def action_live(self) -> None:
        """Watch the sprint."""
        self._show("live", True)

    def action_compare(self) -> None:
        """Compare threads."""
        self.trimtab.action_show("compare")

    def action_decisions(self) -> None:
        """The decision log."""
        thread, _ = self.selected
        if thread is not None:
            from tui.review.decisions import DecisionsScreen

            self.app.push_screen(DecisionsScreen(thread.name))
