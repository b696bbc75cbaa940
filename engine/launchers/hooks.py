"""Tell a person who is away: a command and a URL of theirs, called at a sprint's end, its failures and new bests.

Both are named by the person's environment, never by a file of a folder or a workspace, which others may have written:

- ``TRIMTAB_HOOK``: a shell command. It gets the event as JSON on its standard input, and ``TRIMTAB_EVENT`` and
  ``TRIMTAB_TEXT`` in its environment.
- ``TRIMTAB_WEBHOOK``: an http or https URL. The same JSON is posted to it; ``text`` and ``content`` hold the sentence,
  as Slack, Mattermost and Discord read it.

A hook that hangs or fails is said once in the launcher's log and changes nothing else.
"""

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from sqlmodel import Session, col, func, select

from engine.store.tables import SprintRow, ThreadRow, TrialRow
from engine.trials.states import TrialState
from engine.wording import short

COMMAND, URL = "TRIMTAB_HOOK", "TRIMTAB_WEBHOOK"

PATIENCE_SECONDS = 30.0
"""How long a hook may take."""

QUIET_SECONDS = 300.0
"""Time between two calls for new bests, and between two for failures; what happens between is told together."""

Kind = Literal["end", "held", "failures", "best", "test"]


@dataclass(frozen=True, kw_only=True, slots=True)
class HookEvent:
    """What a hook is told.

    Attributes:
        event: ``end``, ``held`` (paused by itself after failures), ``failures``, ``best`` or ``test``.
        text: What happened, in one sentence.
        thread: Name of the thread.
        sprint: Label of the sprint.
        state: Of the sprint.
        n_complete: Trials that are complete.
        n_failed: Trials that failed.
        best_score: Best score so far; None for none.
        best_trial: Its number.
    """

    event: Kind
    text: str
    thread: str = ""
    sprint: str = ""
    state: str = ""
    n_complete: int = 0
    n_failed: int = 0
    best_score: float | None = None
    best_trial: int | None = None


def hooks_named(environment: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """Command and URL that the environment names; empty for none."""
    return environment.get(COMMAND, "").strip(), environment.get(URL, "").strip()


def call_hooks(event: HookEvent, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Call command and URL with an event and wait for them; returns a sentence for each that failed."""
    command, url = hooks_named(environment)
    faults = []
    if command:
        faults.append(_run(command, event, environment))
    if url:
        faults.append(_post(url, event))
    return [fault for fault in faults if fault]


class SprintHooks:
    """Watches a sprint and calls the hooks, each call in a thread of its own.

    Args:
        sprint_id: The sprint.
        say: Takes a sentence when a hook fails.
        clock: Seconds, monotonic.
    """

    def __init__(
        self, sprint_id: int, say: Callable[[str], object], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sprint_id, self._say, self._clock = sprint_id, say, clock
        self._is_wanted = any(hooks_named())
        self._n_failed: int | None = None
        self._best: float | None = None
        self._due: dict[str, float] = {"best": 0.0, "failures": 0.0}
        self._was_held = False
        self._calls: list[threading.Thread] = []
        self._said: set[str] = set()

    def look(self, session: Session, sprint: SprintRow, *, is_held: bool) -> None:
        """Compare the sprint with the last look; call the hooks for what is new. Nothing is read without a hook."""
        if not self._is_wanted:
            return
        now = _standing(session, sprint)
        if self._n_failed is None:  # what was so before this launcher began is no news
            self._n_failed, self._best = now["n_failed"], now["best_score"]
        best, label = now["best_score"], now["sprint"]
        if is_held and not self._was_held:
            self._call(HookEvent(event="held", text=f"{label} is {sprint.failure}", **now))
        self._was_held = is_held
        failed = now["n_failed"] - self._n_failed
        if failed > 0 and self._clock() >= self._due["failures"]:
            self._n_failed, self._due["failures"] = now["n_failed"], self._clock() + QUIET_SECONDS
            trials = "a trial" if failed == 1 else f"{failed} trials"
            self._call(
                HookEvent(event="failures", text=f"{label}: {trials} failed{_last_reason(session, sprint)}.", **now)
            )
        is_better = best is not None and (self._best is None or sprint.direction.gain(best, self._best) > 0)
        if is_better and now["n_complete"] > sprint.n_random and self._clock() >= self._due["best"]:
            self._best, self._due["best"] = best, self._clock() + QUIET_SECONDS
            assert best is not None
            text = f"{label}: trial #{now['best_trial']} is the best so far with {short(best)}."
            self._call(HookEvent(event="best", text=text, **now))

    def end(self, session: Session, sprint: SprintRow) -> None:
        """Tell the end of the sprint and wait for the hooks; a launcher that ends before its sprint tells nothing."""
        if not self._is_wanted:
            return
        if sprint.state.is_finished:
            now = _standing(session, sprint)
            best = (
                "" if now["best_score"] is None else f"; best {short(now['best_score'])} (trial #{now['best_trial']})"
            )
            counts = f"{now['n_complete']} complete, {now['n_failed']} failed"
            failure = f"; {sprint.failure}" if sprint.failure else ""
            self._call(
                HookEvent(event="end", text=f"{now['sprint']} is {sprint.state}: {counts}{best}{failure}.", **now)
            )
        for call in self._calls:
            call.join(PATIENCE_SECONDS + 5)

    def _call(self, event: HookEvent) -> None:
        def call() -> None:
            for fault in call_hooks(event):
                if fault not in self._said:
                    self._said.add(fault)
                    self._say(fault)

        thread = threading.Thread(target=call, name=f"hook-{event.event}", daemon=True)
        self._calls = [one for one in self._calls if one.is_alive()] + [thread]
        thread.start()


def _standing(session: Session, sprint: SprintRow) -> dict[str, Any]:
    """What every event says of a sprint."""
    thread = session.get(ThreadRow, sprint.thread_id)
    mine = (col(TrialRow.sprint_id) == sprint.id,)
    counts = dict(session.exec(select(TrialRow.state, func.count()).where(*mine).group_by(col(TrialRow.state))).all())
    score = col(TrialRow.score)
    query = select(TrialRow.number, TrialRow.score).where(*mine, TrialRow.state == TrialState.COMPLETE)
    query = query.where(score.is_not(None)).order_by(score.desc() if sprint.direction.sign > 0 else score.asc())
    best = session.exec(query.limit(1)).first()
    return {
        "thread": "" if thread is None else thread.name,
        "sprint": sprint.label,
        "state": str(sprint.state),
        "n_complete": counts.get(TrialState.COMPLETE, 0),
        "n_failed": counts.get(TrialState.FAILED, 0),
        "best_trial": None if best is None else best[0],
        "best_score": None if best is None else best[1],
    }


def _last_reason(session: Session, sprint: SprintRow) -> str:
    query = select(TrialRow.reason).where(TrialRow.sprint_id == sprint.id, TrialRow.state == TrialState.FAILED)
    reason = session.exec(query.order_by(col(TrialRow.finished_at).desc()).limit(1)).first()
    return f", the last one: {reason}" if reason else ""


def _run(command: str, event: HookEvent, environment: Mapping[str, str]) -> str:
    """Run the command; what was wrong, or nothing."""
    try:
        ended = subprocess.run(
            ["/bin/sh", "-c", command],
            input=_json(event),
            env={**environment, "TRIMTAB_EVENT": event.event, "TRIMTAB_TEXT": event.text},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{COMMAND} must end within {PATIENCE_SECONDS:.0f} s; it did not and was killed."
    except OSError as error:
        return f"{COMMAND} could not be run: {error}."
    if ended.returncode == 0:
        return ""
    words = " ".join(ended.stderr.decode(errors="replace").split())[-200:]
    return f"{COMMAND} ended with {ended.returncode}{f': {words}' if words else ''}."


def _post(url: str, event: HookEvent) -> str:
    """Post to the URL, of which only the host is told: the rest may be a secret."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return f"{URL} must be an http or https URL, got one that begins with {url[:8]!r}."
    request = Request(url, data=_json(event), headers={"Content-Type": "application/json", "User-Agent": "trimtab"})
    try:
        with urlopen(request, timeout=PATIENCE_SECONDS):
            return ""
    except (OSError, ValueError) as error:
        told = str(error).replace(url, parts.hostname)
        return f"{URL} at {parts.hostname} did not take an event: {told}."


def _json(event: HookEvent) -> bytes:
    return json.dumps({**asdict(event), "content": event.text}, ensure_ascii=False).encode()
