"""What holds in every store, checked row by row: ``trimtab doctor --store``."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

from engine.trials.states import SprintState, TrialState

MOST_NAMED = 5
"""Rows that a breach names."""


@dataclass(frozen=True, slots=True)
class Breach:
    """An invariant that does not hold.

    Attributes:
        rule: What must hold.
        rows: Keys of rows that break it, at most `MOST_NAMED`.
    """

    rule: str
    rows: tuple[str, ...]


_TRIAL_STATES = str(tuple(map(str, TrialState)))
_SPRINT_STATES = str(tuple(str(state) for state in SprintState if state is not SprintState.ORPHANED))

RULES = {
    "the pulse is there": "SELECT n FROM (SELECT count(*) AS n FROM pulse) AS counted WHERE n < 1",
    "a sprint's trials have numbers of their own": "SELECT sprint_id, number FROM trial "
    "GROUP BY sprint_id, number HAVING count(*) > 1",
    "a sprint's trials count from 0 without a gap": "SELECT sprint_id FROM trial "
    "GROUP BY sprint_id HAVING max(number) + 1 <> count(*) OR min(number) <> 0",
    "a trial belongs to a sprint": "SELECT id FROM trial WHERE sprint_id NOT IN (SELECT id FROM sprint)",
    "a trial is in a known state": f"SELECT id FROM trial WHERE state NOT IN {_TRIAL_STATES}",
    "a sprint is in a known state": f"SELECT id FROM sprint WHERE state NOT IN {_SPRINT_STATES}",
    "a running trial has a worker and a lease": "SELECT id FROM trial "
    "WHERE state = 'running' AND (worker_id IS NULL OR lease_until IS NULL)",
    "only a running trial has a lease": "SELECT id FROM trial WHERE state <> 'running' AND lease_until IS NOT NULL",
    "a trial has the reports that it counts": "SELECT trial.id FROM trial LEFT JOIN epoch "
    "ON epoch.trial_id = trial.id AND epoch.attempt = trial.attempt "
    "GROUP BY trial.id, trial.n_reports HAVING count(epoch.step) <> trial.n_reports",
    "no report is of an attempt that never was": "SELECT trial_id, epoch.attempt, step FROM epoch "
    "JOIN trial ON trial.id = epoch.trial_id WHERE epoch.attempt > trial.attempt",
    "a report belongs to a trial": "SELECT trial_id, step FROM epoch WHERE trial_id NOT IN (SELECT id FROM trial)",
    "a thread works in a space of its own": "SELECT thread.id FROM thread LEFT JOIN space "
    "ON space.id = thread.head_space_id WHERE space.thread_id IS NULL OR space.thread_id <> thread.id",
    "a sprint searches a space of its thread": "SELECT sprint.id FROM sprint LEFT JOIN space "
    "ON space.id = sprint.space_id WHERE space.thread_id IS NULL OR space.thread_id <> sprint.thread_id",
    "a decision leads from a space to another": "SELECT id FROM space_edit "
    "WHERE from_space_id NOT IN (SELECT id FROM space) OR to_space_id NOT IN (SELECT id FROM space)",
}
"""What must hold, and a query that finds what breaks it."""


def breaches(session: Session) -> Iterator[Breach]:
    """The invariants that do not hold in a store."""
    connection = session.connection()
    for rule, query in RULES.items():
        rows = connection.execute(text(f"{query} LIMIT {MOST_NAMED}")).all()
        if rows:
            yield Breach(rule, tuple("/".join(map(str, row)) for row in rows))


def damage(session: Session) -> list[str]:
    """What SQLite itself finds wrong with its file; nothing for a server's store."""
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        return []
    told = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(10)").all()]
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return [line for line in told if line != "ok"] + [
        f"{table} row {row} names a {parent} that is not there" for table, row, parent, *_ in orphans[:MOST_NAMED]
    ]
