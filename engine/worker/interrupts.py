"""Signals a worker hears, turned into exceptions at moments where nothing is half written."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted(BaseException):
    """Somebody asked the process to end (SIGTERM); no `Exception`, so that no objective swallows it."""


class Aborted(BaseException):
    """The running trial must end now although the objective does not listen."""


class Interrupts:
    """Turns SIGTERM into `Interrupted` and SIGUSR2 into `Aborted`, raised in the main thread while it may be.

    SIGUSR1 is what schedulers send some time before a job's limit (SLURM's ``--signal``), and what Lightning saves and
    requeues at: the running trial is given back after its epoch, and the worker ends.

    Attributes:
        ending: SIGTERM has come.
        leaving: SIGUSR1 has come.
    """

    def __init__(self) -> None:
        self.ending = False
        self.leaving = False
        self._pending: type[BaseException] | None = None
        self._open = False

    def install(self) -> None:
        """Take over the process's signals; a hang-up of the terminal is nobody's wish to end."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGINT, self._hear)
        signal.signal(signal.SIGTERM, self._hear)
        signal.signal(signal.SIGUSR2, self._hear)
        signal.signal(signal.SIGUSR1, self._hear_limit)

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """Inside, a signal raises at once."""
        self._raise_pending()
        self._open = True
        try:
            yield
        finally:
            self._open = False

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Inside, a signal waits: a transaction must not be torn, it would leave the store locked."""
        was_open, self._open = self._open, False
        try:
            yield
        finally:
            self._open = was_open
            if was_open:
                self._raise_pending()

    def forget_abort(self) -> None:
        """Drop an abort that came too late for its trial."""
        if self._pending is Aborted:
            self._pending = None

    def _hear(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signal module's signature
        kind: type[BaseException] = Aborted if number == signal.SIGUSR2 else Interrupted
        self.ending = self.ending or kind is Interrupted
        self._pending = Interrupted if self.ending else kind
        if self._open:
            self._raise_pending()

    def _hear_limit(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.leaving = True

    def _raise_pending(self) -> None:
        if self._pending is not None:
            kind, self._pending = self._pending, None
            raise kind
