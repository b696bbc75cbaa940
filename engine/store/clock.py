"""The store's own clock, in SQL: what one machine writes as a time, another one must be able to compare.

It is a database server's clock, whoever asks; for a file, the clock of the machine that holds the file. Even this clock
can be set, so nobody loses a trial by it: see `lease_watch`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session
from sqlmodel.sql.sqltypes import UTCDateTime

from engine.store.tables import now

SQLITE_AFTER = "strftime('%Y-%m-%d %H:%M:%f000', 'now', {} || ' seconds')"
"""A moment so many seconds from now, as the tables hold times; the braces stand for the number."""

SERVER_AFTER = "(clock_timestamp() + {} * interval '1 second')"
"""The same on a PostgreSQL server."""


class after(FunctionElement[datetime]):  # noqa: N801 - it reads as a function in a statement
    """A moment so many seconds from now by the store's clock, for SQLAlchemy's statements."""

    name = "after"
    type = UTCDateTime()
    inherit_cache = True


@compiles(after, "sqlite")
def _sqlite(element: after, compiler: Any, **options: Any) -> str:
    return SQLITE_AFTER.format(compiler.process(element.clauses, **options))


@compiles(after, "postgresql")
def _server(element: after, compiler: Any, **options: Any) -> str:
    return SERVER_AFTER.format(compiler.process(element.clauses, **options))


def store_clock(session: Session) -> datetime:
    """What the store's clock shows, aware, UTC."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        return now()
    found = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    assert isinstance(found, datetime)
    return found
