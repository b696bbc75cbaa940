"""Calls to the engine from a screen: always in a worker thread, results handed back on the interface's thread.

What lasts longer than a glance says how far it is, and ``esc`` calls it off where it only reads.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual.screen import Screen, ScreenResultType

from engine import api
from tui.shell.messages import Fetched

if TYPE_CHECKING:
    from tui.app import TrimtabApp

T = TypeVar("T")

GLANCE = 0.5
"""Seconds a call may last before it is spoken of; also between two looks at it."""

CHANGES = ThreadPoolExecutor(1, "changes")
"""Makes changes one after another, in the order they were asked for; what was asked for is done, also at quit."""


@dataclass(slots=True)
class Call:
    """A call of the engine that has not ended.

    Attributes:
        serial: Its number in its group.
        reads: Changes nothing, so that it may be called off.
        since: When it began, on the monotonic clock.
        doing: What it is at, in its own words; empty until it says so.
        done: How many of it are done.
        total: Of how many; 0 where that is not known.
        off: It shall end at its next step.
    """

    serial: int
    reads: bool
    since: float
    doing: str = ""
    done: int = 0
    total: int = 0
    off: bool = False

    def told(self, doing: str, done: int, total: int) -> None:
        """A step of the call, in its own thread."""
        if self.off:
            raise api.CalledOff
        self.doing, self.done, self.total = doing, done, total

    def words(self, now: float) -> str:
        """What it does, how far it is, for how long, and how to end it."""
        share = f" {self.done / self.total:.0%}" if self.total else f" {self.done:,}" if self.done else ""
        leave = " · cancelling" if self.off else " · esc cancel" if self.reads else ""
        doing = self.doing or ("loading" if self.reads else "writing")
        return f"{doing[:1].upper()}{doing[1:]}{share} · {now - self.since:.0f} s{leave}"


class Fetching(Screen[ScreenResultType]):
    """A screen or dialog that reads and changes the store without ever blocking."""

    def __init__(self) -> None:
        super().__init__()
        self._serials: dict[str, int] = {}
        self._calls: dict[str, Call] = {}
        self._watch: asyncio.TimerHandle | None = None
        self._last_problem = ""

    @property
    def trimtab(self) -> "TrimtabApp":
        """The application, by its own type."""
        return cast("TrimtabApp", self.app)

    def fetch(self, group: str, call: Callable[[], T], then: Callable[[T], object]) -> None:
        """Run a call of the engine in a worker thread and then, with its result, a function on the interface's thread.

        It changes nothing, or nothing before its last step: a later fetch of the same group ends it and makes its
        result void, and `call_off` ends it.
        """
        earlier = self._calls.get(group)
        if earlier is not None:
            earlier.off = True
        self._begin(group, call, then, reads=True)

    def change(self, group: str, call: Callable[[], T], then: Callable[[T], object]) -> None:
        """Like `fetch`, for a call that changes the store: it waits for earlier changes and is never ended early."""
        self._begin(group, CHANGES.submit(call).result, then, reads=False)

    def _begin(self, group: str, call: Callable[[], T], then: Callable[[T], object], *, reads: bool) -> None:
        serial = self._serials.get(group, 0) + 1
        self._serials[group] = serial
        begun = self._calls[group] = Call(serial, reads, time.monotonic())
        work = partial(self._call, group, begun, call, then)
        self.run_worker(work, group=group, thread=True, exclusive=reads, exit_on_error=False, name=group)
        self._look_later()

    def _call(self, group: str, begun: Call, call: Callable[[], T], then: Callable[[T], object]) -> None:
        value: Any = None
        problem: Exception | None = None
        try:
            with api.watched(begun.told):
                value = call()
        except Exception as error:
            problem = error
        self.post_message(Fetched(group, begun.serial, value, problem, then))

    def _look_later(self) -> None:
        """Look once more after a glance; not by one of Textual's timers, which cost a task for each call."""
        if self._watch is None:
            self._watch = asyncio.get_running_loop().call_later(GLANCE, self._look_again)

    def _look_again(self) -> None:
        self._watch = None
        if self.is_running and self._calls:
            self._look()
            self._look_later()

    def _look(self) -> None:
        now = time.monotonic()
        lasting = [call for call in self._calls.values() if now - call.since >= GLANCE]
        self.show_busy(min(lasting, key=lambda call: call.since).words(now) if lasting else "")
        if not self._calls and self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def call_off(self) -> bool:
        """Let every call that may be ended and lasts longer than a glance end at its next step; whether there is one.

        What comes of it is told when it is true: a result that came first is shown, else `called_off` is called.
        """
        now = time.monotonic()
        ended = [c for c in self._calls.values() if c.reads and not c.off and now - c.since >= GLANCE]
        for call in ended:
            call.off = True
        if ended:
            self._look()
        return bool(ended)

    def on_unmount(self) -> None:
        """Nobody waits for what only reads."""
        for call in self._calls.values():
            call.off = call.reads
        if self._watch is not None:
            self._watch.cancel()

    async def on_fetched(self, message: Fetched) -> None:
        """Hand a result on, or say what went wrong."""
        message.stop()
        if self._serials.get(message.group) != message.serial:
            return
        self._calls.pop(message.group, None)
        if not self._calls:
            self._look()
        if message.problem is None:
            self._last_problem = ""
            self.succeeded(message.group)
            outcome = message.then(message.value)
            if isawaitable(outcome):
                await outcome
        elif isinstance(message.problem, api.CalledOff):
            self.called_off(message.group)
        else:
            self.failed(message.group, message.problem)

    def called_off(self, group: str) -> None:
        """A call ended early because someone did not want to wait."""

    def show_busy(self, words: str) -> None:
        """Say what is lasting; empty when nothing is. Dialogs say nothing: what they wait for is short."""

    def succeeded(self, group: str) -> None:
        """A call ended well; screens clear what they said of an earlier failure."""

    def failed(self, group: str, problem: Exception) -> None:
        """Show a problem as a toast; the same one while reading, only once."""
        text = problem_text(problem)
        if group.startswith("load") and text == self._last_problem:
            return
        self._last_problem = text
        hint = problem.hint if isinstance(problem, api.EngineError) else ""
        self.trimtab.toast(text, hint, error=True)


def problem_text(problem: Exception) -> str:
    """A problem in one line: the engine's own words, else the kind of error and the first line of its text."""
    if isinstance(problem, api.EngineError):
        return problem.message
    first, *_ = str(problem).splitlines() or [""]
    return f"{type(problem).__name__}: {first[:160]}"
