"""Write a small store as SQL text, with the code of the version that is to be kept; run in a checkout of it.

    python tests/assets/stores/make.py OUT.sql    (copied into that checkout; the current folder is its root)

A store of every schema that was ever published lies here; `tests/engine/store/test_upgrades.py` opens each.
"""

import sqlite3
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))

try:
    from engine.space.dimension import Dimension
    from engine.space.space import Space
except ImportError:
    from engine.dimensions import Dimension

    from engine.space import Space
from engine.store import commands, queries
from engine.store.database import dispose, reading, writing
from engine.store.tables import SprintRow, ThreadRow, TrialRow
from engine.worker.loop import Worker

try:
    from engine.store.workspace import open_workspace
except ImportError:
    from engine.workspace import open_workspace

SPACE = Space(dimensions=(*(Dimension(name=f"x{i}", kind="float", low=0.0, high=1.0) for i in range(3)),))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        ws = open_workspace(Path(folder) / "ws", create=True)
        options = {"model": {"function": "hartmann3"}, "data": {}}
        with writing(ws) as session:
            row = ThreadRow(
                name="kept", objective="engine.objectives.synthetic:Synthetic", options=options, base_dir="/nowhere"
            )
            thread = commands.create_thread(session, row, SPACE)
            sprint = SprintRow(
                thread_id=thread.id, space_id=thread.head_space_id, stage="1E", label="1E_v1", n_trials=5, n_random=9,
                sampler="random", seed=7, state="running", fidelity={"max_epochs": 2},
            )  # fmt: skip
            first = [TrialRow(params={"x0": 0.5, "x1": 0.5, "x2": 0.5}, source="primed-cold", sprint_id=0, number=0)]
            commands.create_sprint(session, sprint, first)
            sprint_id = sprint.id
        Worker(ws, sprint_id).run()
        with writing(ws) as session:
            commands.extend(session, sprint_id, 2)
            commands.mark_reviewed(session, sprint_id)
        with reading(ws) as session:
            assert len(queries.trials(session, sprint_id)) == 5
        dispose(ws)
        connection = sqlite3.connect(next(Path(folder).rglob("store.db")))
        text = "\n".join(connection.iterdump()).replace(folder, "/old")
        Path(sys.argv[1]).write_text(text + "\n")


if __name__ == "__main__":
    main()
