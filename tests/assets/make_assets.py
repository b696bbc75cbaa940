"""Write the files that a person has of this version, for tests that open them later.

Run ``python tests/assets/make_assets.py`` once when the schema of the store, the thread file, the key map or the
recordings change, and commit the new folder beside the old ones; those stay as they are.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from engine import api
from engine.store.migrations import SCHEMA_VERSION

THREAD = """\
# A thread file of this version with every kind of dimension.
thread: ladder
objective: engine.objectives.synthetic:Synthetic
model: {function: hartmann3}
data: {noise: 0.01, fail_above: 0.9}
notes: kept for tests
space:
  x0: {type: float, low: 0.001, high: 1.0, log: true, domain: [1e-6, 1], note: "a source"}
  x1: {type: float, low: 0, high: 1}
  x2: {type: float, low: 0, high: 1}
  depth: {type: int, low: 1, high: 8}
  head: {type: categorical, choices: [linear, mlp, null]}
  rare: {type: float, low: 0, high: 1, active_when: {head: mlp}}
constraints: ["x1 < x2"]
stages:
  1E: {n_trials: 8, n_random: 4}
"""

KEYS = """\
# A key map of this version.
app.threads: f1
live.stop: ctrl+s
"""


def run(workspace: Path, *words: str) -> None:
    """Run the command line on the workspace."""
    command = [sys.executable, "-m", "engine", "--workspace", str(workspace), *words]
    subprocess.run(command, check=True, env={**os.environ, "TRIMTAB_WORKSPACE": ""}, stdout=subprocess.DEVNULL)


def forget_the_machine(store: Path) -> None:
    """Take out what names the machine and the person that made the store."""
    with closing(sqlite3.connect(store)) as connection:
        for table in ("worker", "run"):
            connection.execute(f"UPDATE {table} SET host = 'workshop', boot_id = 'boot'")
        connection.execute("UPDATE space_edit SET author = 'somebody'")
        connection.execute("UPDATE sprint SET manifest = json_set(manifest, '$.host', 'workshop')")
        connection.commit()
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def main() -> None:
    """Write the folder of this version."""
    here = Path(__file__).parent / f"{version('trimtab')}-schema{SCHEMA_VERSION}"
    here.mkdir(exist_ok=True)
    (here / "thread.yaml").write_text(THREAD, encoding="utf-8")
    (here / "keys.yaml").write_text(KEYS, encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "work"
        workspace.mkdir()
        shutil.copy2(here / "thread.yaml", workspace / "ladder.yaml")
        run(workspace, "thread", "new", str(workspace / "ladder.yaml"))
        run(workspace, "sprint", "new", "ladder", "--sampler", "random")
        run(workspace, "sprint", "run", "1")
        run(workspace, "thread", "notes", "ladder", "what was tried")
        run(
            workspace,
            "space",
            "narrow",
            "ladder",
            "x1",
            "--low",
            "0.1",
            "--high",
            "0.9",
            "--sprint",
            "1",
            "--reason",
            "top trials",
        )
        run(workspace, "space", "freeze", "ladder", "depth", "4", "--sprint", "1")
        run(workspace, "space", "undo", "ladder")
        recording = here / "recording.zip"
        api.pack_workspace(api.open_workspace(workspace), recording, made_by="make_assets.py", replace=True)
        run(workspace, "sprint", "new", "ladder", "--stage", "Warm")
        forget_the_machine(workspace / "store.db")
        with ZipFile(here / "workspace.zip", "w", ZIP_DEFLATED) as archive:
            for file in sorted(path for path in workspace.rglob("*") if path.is_file()):
                if file.suffix in {".db", ".yaml"} and "backups" not in file.parts:
                    archive.write(file, file.relative_to(workspace))


if __name__ == "__main__":
    main()
