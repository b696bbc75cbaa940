"""The cursor an interface polls."""

from engine.store.workspace import Workspace


def keep_store_whole(ws: Workspace) -> None:
    """While nobody writes: let the store's file hold everything, and copy it once a day."""
    from engine.store.copying import back_up_daily, write_back_when_quiet

    write_back_when_quiet(ws)
    back_up_daily(ws)


def latest_event(ws: Workspace) -> int:
    """A number that changes exactly when something in the store changed; costs one row."""
    from engine.store import queries
    from engine.store.database import reading

    with reading(ws) as session:
        return queries.pulse(session)
