"""Calls to the engine from a screen: always in a worker thread, results handed back on the interface's thread."""

from collections.abc import Callable
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, TypeVar, cast

from textual.screen import Screen, ScreenResultType

from engine import api
from tui.messages import Fetched

if TYPE_CHECKING:
    from tui.app import TrimtabApp

T = TypeVar("T")


class Fetching(Screen[ScreenResultType]):
    """A screen or dialog that reads and changes the store without ever blocking."""

    def __init__(self) -> None:
        super().__init__()
        self._serials: dict[str, int] = {}
        self._last_problem = ""

    @property
    def trimtab(self) -> "TrimtabApp":
        """The application, by its own type."""
        return cast("TrimtabApp", self.app)

    def fetch(self, group: str, call: Callable[[], T], then: Callable[[T], object]) -> None:
        """Run a call of the engine in a worker thread and then, with its result, a function on the interface's thread.

        A later fetch of the same group makes an earlier one's result void.
        """
        serial = self._serials.get(group, 0) + 1
        self._serials[group] = serial
        work = partial(self._call, group, serial, call, then)
        self.run_worker(work, group=group, thread=True, exclusive=True, exit_on_error=False, name=group)

    def _call(self, group: str, serial: int, call: Callable[[], T], then: Callable[[T], object]) -> None:
        try:
            value = call()
        except Exception as problem:
            self.post_message(Fetched(group, serial, None, problem, then))
        else:
            self.post_message(Fetched(group, serial, value, None, then))

    async def on_fetched(self, message: Fetched) -> None:
        """Hand a result on, or say what went wrong."""
        message.stop()
        if self._serials.get(message.group) != message.serial:
            return
        if message.problem is None:
            self._last_problem = ""
            self.succeeded(message.group)
            outcome = message.then(message.value)
            if isawaitable(outcome):
                await outcome
        else:
            self.failed(message.group, message.problem)

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
