"""Numbered migrations: version n is reached by applying ``MIGRATIONS[n - 1]`` to version n - 1, in one transaction.

The version table is our own (``trimtab_schema``): Optuna and others keep theirs in ``alembic_version``.
"""

from collections.abc import Callable

from sqlalchemy import Connection, inspect, text

from engine.errors import EngineError
from engine.store.tables import StoreModel, now


def migrate(connection: Connection) -> int:
    """Apply what is missing; returns how many migrations were applied.

    Raises:
        EngineError: When the store is newer than this program.
    """
    version = applied_version(connection)
    if version > SCHEMA_VERSION:
        raise EngineError(
            f"the store must be of schema {SCHEMA_VERSION} or older, got {version}",
            "it was written by a newer trimtab; upgrade",
        )
    record = StoreModel.metadata.tables["trimtab_schema"].insert()
    for number in range(version + 1, SCHEMA_VERSION + 1):
        MIGRATIONS[number - 1](connection)
        connection.execute(record.values(version=number, applied_at=now()))
    return SCHEMA_VERSION - version


def applied_version(connection: Connection) -> int:
    """The newest migration a store has seen; 0 for an empty store."""
    if not inspect(connection).has_table("trimtab_schema"):
        return 0
    return int(connection.execute(text("SELECT coalesce(max(version), 0) FROM trimtab_schema")).scalar_one())


def _first_schema(connection: Connection) -> None:
    """All tables, and the one row of the pulse."""
    StoreModel.metadata.create_all(connection)
    connection.execute(StoreModel.metadata.tables["pulse"].insert().values(id=1, n=0))


def _rejections_and_replacements(connection: Connection) -> None:
    """Points that broke a constraint, and which sprint one replaces; a store just created has the columns already."""
    for table, column, kind in (
        ("trial", "n_rejected", "INTEGER NOT NULL DEFAULT 0"),
        ("sprint", "replaces_id", "INTEGER"),
    ):
        if column not in {one["name"] for one in inspect(connection).get_columns(table)}:
            connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {column} {kind}"))


def _findings_of_trials(connection: Connection) -> None:
    """What a person must know to trust a trial's score; a store just created has the column already."""
    if "findings" not in {one["name"] for one in inspect(connection).get_columns("trial")}:
        connection.execute(text("ALTER TABLE trial ADD COLUMN findings JSON NOT NULL DEFAULT '[]'"))


def _stars_and_tags(connection: Connection) -> None:
    """What a person marks trials with, and the log of it; a store just created has both already."""
    known = {one["name"] for one in inspect(connection).get_columns("trial")}
    for column, kind in (("starred", "BOOLEAN NOT NULL DEFAULT FALSE"), ("tags", "JSON NOT NULL DEFAULT '[]'")):
        if column not in known:
            connection.execute(text(f"ALTER TABLE trial ADD COLUMN {column} {kind}"))
    StoreModel.metadata.tables["trial_edit"].create(connection, checkfirst=True)


def _trials_by_state_and_number(connection: Connection) -> None:
    """The next queued trial is found without reading the others; a store just created has the index already."""
    connection.execute(text("DROP INDEX IF EXISTS trial_by_state"))
    wanted = "trial_by_state_and_number"
    if wanted not in {one["name"] for one in inspect(connection).get_indexes("trial")}:
        connection.execute(text(f"CREATE INDEX {wanted} ON trial (sprint_id, state, number)"))


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (
    _first_schema,
    _rejections_and_replacements,
    _findings_of_trials,
    _stars_and_tags,
    _trials_by_state_and_number,
)
"""In order; never edited once released."""

SCHEMA_VERSION = len(MIGRATIONS)
"""What this program reads and writes."""
