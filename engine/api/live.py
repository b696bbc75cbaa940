"""The cursor an interface polls."""

from engine.store.workspace import Workspace


def latest_event(ws: Workspace) -> int:
    """A number that changes exactly when something in the store changed; costs one row."""
    from engine.store import queries
    from engine.store.database import reading

    with reading(ws) as session:
        return queries.pulse(session)
