"""How a tool writes its tables: which columns hold what, and what its states mean here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from engine.trials.states import TrialState

STATES: Mapping[str, TrialState] = {
    **dict.fromkeys(
        ("complete", "completed", "finished", "succeeded", "success", "terminated", "done", "ok", "inactive", "idle"),
        TrialState.COMPLETE,
    ),
    **dict.fromkeys(("pruned", "early_stopped", "earlystopped", "stopped_early"), TrialState.PRUNED),
    **dict.fromkeys(("failed", "fail", "failure", "error", "errored", "crashed", "diverged"), TrialState.FAILED),
    **dict.fromkeys(
        (
            "running", "pending", "waiting", "queued", "scheduled", "paused", "active", "preempted", "preempting",
            "killed", "stopped", "cancelled", "canceled", "user_canceled", "sys_canceled", "unknown", "created",
            "starting",
        ),
        TrialState.CANCELLED,
    ),
}  # fmt: skip
"""What the states of other tools mean here; only ``complete`` and ``pruned`` have a score."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TableConventions:
    """How a tool names the columns of its tables.

    Attributes:
        params: Prefixes of hyperparameters' columns; where a table has one of them, no other column is one.
        metrics: Prefixes of metrics' columns.
        facts: Columns by the fact they hold: ``number``, ``state``, ``source``, ``seed``, ``train_fold``, ``val_fold``,
            ``seconds``, ``n_epochs``, ``reason``, ``started_at``, ``finished_at``.
        ignored: What a column is that says nothing of the configuration, by its name or a pattern.
        scores: Columns that are the score.
        states: States by the tool's word in lower case, besides `STATES`.
        signature: Columns, or patterns, of which a table has all when the tool wrote it.
        any_of: Columns, or patterns, of which such a table has at least one; empty for no such demand.
        naive_times_are_local: Whether moments without a time zone are local time; else they are UTC.
    """

    params: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    ignored: Mapping[str, str] = field(default_factory=dict)
    scores: tuple[str, ...] = ()
    states: Mapping[str, TrialState] = field(default_factory=dict)
    signature: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    naive_times_are_local: bool = True

    def fits(self, header: Sequence[str]) -> bool:
        """Whether a table with these columns was written by the tool."""
        if not self.signature and not self.any_of:
            return False

        def has(pattern: str) -> bool:
            return any(fnmatchcase(name, pattern) for name in header)

        return all(map(has, self.signature)) and (not self.any_of or any(map(has, self.any_of)))

    def leaves_out(self, name: str) -> str | None:
        """What an ignored column is; None for one that is not."""
        return next((what for pattern, what in self.ignored.items() if fnmatchcase(name, pattern)), None)

    def state_of(self, word: str) -> TrialState | None:
        """What a state of the tool means here; None for a word that is no state."""
        plain = word.strip().lower().replace(" ", "_").replace("-", "_").rpartition(".")[2]
        return self.states.get(plain, STATES.get(plain))

    @staticmethod
    def stripped(name: str, prefixes: Sequence[str]) -> str | None:
        """A column's name without its prefix; None where it has none of them."""
        return next((name.removeprefix(p) for p in prefixes if name.startswith(p) and name != p), None)
