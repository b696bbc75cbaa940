"""Waiting for a store that is out of reach: how long, how it is said, and on which screens.

An outage is a pause. Whoever must write waits and tries again; what was to be written is the same afterwards, so every
write that is tried again changes nothing when it had arrived the first time.
"""

import os
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from engine.errors import EngineError
from engine.processes import identify, this_process
from engine.store.outages import StoreOutageError
from engine.store.workspace import Workspace

T = TypeVar("T")

PATIENCE_SECONDS = 600.0
"""How long a worker or launcher waits for the store before it gives up."""

PATIENCE = "TRIMTAB_STORE_PATIENCE"
"""Variable with another number of seconds."""

GAVE_UP = os.EX_TEMPFAIL
"""Exit code of a worker that found the store out of reach for longer than anybody waits; it has not crashed."""

ENDING_SECONDS = 4.0
"""What is left of the patience once the process was asked to end: less than it gets before it is killed."""

FIRST_PAUSE = 0.1
"""Seconds between the first two tries."""

LONGEST_PAUSE = 2.0
"""Seconds; a server that starts again must not be met by hundreds of tries at once, so each is drawn around it."""


def patience_seconds() -> float:
    """How long to wait for the store: `PATIENCE_SECONDS`, or what the variable says.

    Raises:
        EngineError: When the variable holds no number of seconds.
    """
    given = os.environ.get(PATIENCE, "").strip()
    if not given:
        return PATIENCE_SECONDS
    with suppress(ValueError):
        if 0 <= (seconds := float(given)) < float("inf"):
            return seconds
    raise EngineError(f"{PATIENCE} must be a number of seconds ≥ 0, got {given!r}", f"unset {PATIENCE}")


class Outages:
    """What one process knows of the store's outages; its threads share it.

    Args:
        ws: Whose store.
        say: Takes a sentence when an outage begins and when it is over.
        notice: File that tells others of an outage as long as it lasts; see `outage_notices`.
        ending: Whether the process was asked to end.
    """

    def __init__(
        self,
        ws: Workspace,
        say: Callable[[str], object],
        *,
        notice: Path | None = None,
        ending: Callable[[], bool] = lambda: False,
    ) -> None:
        self._ws = ws
        self._say = say
        self._notice = notice
        self._ending = ending
        self._lock = threading.Lock()
        self._since: float | None = None
        self._patience = patience_seconds()

    @property
    def lasting(self) -> bool:
        """Whether an outage is known that is not over yet."""
        return self._since is not None

    @property
    def seconds(self) -> float:
        """How long the present outage has lasted; 0 while there is none."""
        since = self._since
        return 0.0 if since is None else time.monotonic() - since

    @property
    def is_too_long(self) -> bool:
        """Whether the present outage has lasted longer than anybody waits."""
        return self.lasting and self.seconds > self._patience

    def began(self, error: StoreOutageError) -> None:
        """Take note of an error; the first of an outage is said."""
        with self._lock:
            if self._since is not None:
                return
            self._since = time.monotonic()
        wait = f"{self._patience / 60:g} min" if self._patience >= 60 else f"{self._patience:g} s"
        self._say(f"Store unavailable: {error.message}. Waiting up to {wait}; training continues.")
        if self._notice is not None:
            me = this_process()
            with suppress(OSError):
                self._notice.write_text(f"{me.pid} {me.start_time} {time.time():.0f}\n{error.message}\n")

    def over(self) -> None:
        """Take note that the store answers; the end of an outage is said."""
        with self._lock:
            since, self._since = self._since, None
        if since is None:
            return
        self._say(f"Store available again after {time.monotonic() - since:.0f} s.")
        if self._notice is not None:
            with suppress(OSError):
                self._notice.unlink(missing_ok=True)

    def wait_out(self, act: Callable[[], T]) -> T:
        """Do something with the store, again and again while it is out of reach; what it returned.

        Args:
            act: Changes nothing when it is done a second time.

        Raises:
            StoreOutageError: When the store is still out of reach after all patience, or soon after the process was
                asked to end.
        """
        began, pause, was_out = time.monotonic(), FIRST_PAUSE, False
        while True:
            try:
                result = act()
            except StoreOutageError as error:
                self.began(error)
                was_out = True
                waited = time.monotonic() - began
                if waited > (min(self._patience, ENDING_SECONDS) if self._ending() else self._patience):
                    raise
            else:
                if was_out:  # else it may only have read, which a full disk or a lock allows
                    self.over()
                return result
            time.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(pause * 1.5, LONGEST_PAUSE)


def notice_file(ws: Workspace, sprint_id: int, who: str) -> Path:
    """Where a process of a sprint tells others that it waits for the store."""
    return ws.logs / f"waiting-{sprint_id}-{who}.txt"


def outage_notices(ws: Workspace, sprint_id: int | None = None) -> list[str]:
    """One sentence for each outage that living processes of a sprint, or of any, wait out; none while all is well."""
    waiting: dict[str, list[float]] = {}
    for file in sorted(ws.logs.glob(f"waiting-{'*' if sprint_id is None else sprint_id}-*.txt")):
        with suppress(OSError, ValueError):
            head, message, *_ = file.read_text(encoding="utf-8", errors="replace").split("\n")
            pid, start_time, since = head.split()
            process = identify(int(pid))
            if process is not None and process.start_time == float(start_time):
                waiting.setdefault(message, []).append(float(since))
    return [
        f"Store unavailable since {time.strftime('%H:%M:%S', time.localtime(min(since)))} "
        f"({len(since)} waiting): {message}. Training continues; reports arrive when the store is back."
        for message, since in waiting.items()
    ]
