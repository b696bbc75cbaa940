"""What a launch is asked about once: a long forecast, or another sprint at work on this machine."""

import time
from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from textual.binding import Binding, BindingType
from textual.widget import Widget

from engine import api
from tui.dialogs.dialog import Dialog
from tui.drawing.format import duration, number, plural
from tui.drawing.styled_lines import line, wrap
from tui.widgets.painting import Lines

ASKED_FROM = 600.0
"""Seconds of forecast from which a launch is asked about."""

WIDTH = 62
"""Cells of the dialog's sentences."""

Answer = Literal["launch", "queue"]


class LaunchDialog(Dialog[Answer]):
    """Launch, queue behind what runs, or cancel; enter takes the marked answer: the queue where one is offered."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,L", "answer('launch')", "Launch", id="launch.launch", tooltip="Launch the sprint now"),
        Binding(
            "Q", "answer('queue')", "Queue", id="launch.queue", tooltip="Start the sprint when the running one ends"
        ),
        Binding("n,q", "cancel", "Cancel", show=False, id="launch.cancel", tooltip="Launch nothing"),
        Binding("left,h", "mark(-1)", "Left", show=False, id="launch.left", tooltip="Select the previous answer"),
        Binding("right,l,tab", "mark(1)", "Right", show=False, id="launch.right", tooltip="Select the next answer"),
        Binding(
            "enter",
            "take",
            "Take the marked answer",
            show=False,
            id="launch.take",
            tooltip="Confirm the selected answer",
        ),
    ]

    def __init__(self, title: str, sentences: Sequence[str], *, busy: bool) -> None:
        super().__init__(title)
        self.sentences = tuple(sentences)
        self.busy = busy
        self._answers: list[tuple[str, Answer | None]] = [("Cancel", None), ("Launch", "launch")]
        if busy:
            self._answers.insert(1, ("Queue", "queue"))
        self._marked = 1 if busy else 0

    def body(self) -> Iterator[Widget]:
        """What it means, and the answers."""
        rows = [row for sentence in self.sentences for row in wrap(sentence, WIDTH)]
        text = Lines(rows, id="consequence")
        text.styles.height = len(rows)
        yield text
        yield Lines(id="answers", classes="answers")

    def on_mount(self) -> None:
        """Mark the safe answer."""
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing to queue behind where nothing runs."""
        return self.busy or (action, parameters) != ("answer", ("queue",))

    def action_mark(self, step: int) -> None:
        """Mark another answer."""
        self._marked = (self._marked + step) % len(self._answers)
        self._show()

    def action_take(self) -> None:
        """The marked answer."""
        self.action_answer(self._answers[self._marked][1])

    def action_answer(self, answer: Answer | None) -> None:
        """Leave with it."""
        self.dismiss(answer)

    def _show(self) -> None:
        spans = [
            (
                f"▸[ {word} ]  " if index == self._marked else f" [ {word} ]  ",
                "bold:top" if index == self._marked else "muted",
            )
            for index, (word, _) in enumerate(self._answers)
        ]
        self.query_one("#answers", Lines).show([(), line(*spans)])


def launch_questions(preview: api.PlanPreview, running: Sequence[api.SprintView]) -> list[str]:
    """What a person should know before this launch, in sentences; empty where nothing speaks against it."""
    sentences = []
    seconds = preview.forecast_seconds
    if seconds is not None and seconds > ASKED_FROM:
        trials = preview.plan.n_trials
        ends = time.strftime("%a %d %b %H:%M", time.localtime(time.time() + seconds))
        sentences.append(
            f"{plural(trials, 'trial')} × {duration(seconds / max(trials, 1))} ≈ {duration(seconds)} with one worker. "
            f"Ends about {ends}. Cost: {number(preview.epoch_equivalents, 3)} full-data epochs."
        )
    for one in running[:3]:
        left = f", {duration(one.eta_seconds)} left" if one.eta_seconds is not None else ""
        name = f"{one.thread} {one.short_label or one.label}"
        sentences.append(f"{name} is running ({one.n_ended}/{one.n_trials}{left}). Both would share this machine.")
    if len(running) > 3:
        sentences.append(f"{len(running) - 3} more sprints are running.")
    return sentences
