"""``python -m engine.worker``: one worker process; launchers start it, and so can a job script on any machine."""

import argparse
import os
import sys
from pathlib import Path

from engine.environment import remember_person
from engine.launchers.handover import close_stopped
from engine.processes import mark, this_process
from engine.store.log_file import forgive_full_disk
from engine.store.outages import StoreOutageError
from engine.store.patience import GAVE_UP
from engine.store.workspace import Workspace, named_store
from engine.worker.interrupts import Interrupts
from engine.worker.loop import Worker
from engine.worker.scheduler_job import JobLimit, requeue


def main() -> int:
    """Work on one sprint until it needs no more."""
    parser = argparse.ArgumentParser(prog="python -m engine.worker", description=main.__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument(
        "--store",
        default=named_store(),
        help="SQLAlchemy URL where the store is no file of the workspace [TRIMTAB_STORE]",
    )
    parser.add_argument("--sprint", type=int, required=True)
    parser.add_argument("--slot", type=int, default=0)
    parser.add_argument("--run", type=int, default=None)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--in-job", action="store_true", help="another scheduler started it")
    parser.add_argument("--max-trials", type=int, default=None)
    parser.add_argument("--until", type=float, default=None, help="Unix time of the job's end")
    given = parser.parse_args()
    ws = Workspace(given.workspace.resolve(), given.store)
    remember_person(umask=ws.umask)  # before anything changes it: commands are to find it as it was
    forgive_full_disk()
    mark(this_process())
    interrupts = Interrupts()
    interrupts.install()
    try:
        limit = JobLimit(max_trials=given.max_trials, until=given.until)
        worker = Worker(
            ws, given.sprint, slot=given.slot, run_id=given.run, device=given.device, interrupts=interrupts, limit=limit
        )
        code = worker.run()
        if given.in_job:  # no launcher is there to finish a sprint that was stopped
            close_stopped(ws, given.sprint)
        is_early = interrupts.leaving or (interrupts.ending and limit.is_near)
        if given.in_job and is_early and worker.is_needed() and (told := requeue(os.environ)):
            sys.stderr.write(f"{told}\n")
    except StoreOutageError as error:
        sys.stderr.write(f"{error}\n")
        code = GAVE_UP
    sys.stdout.flush()
    sys.stderr.flush()
    # Libraries' threads and atexit handlers can hang or crash at the end; everything is written.
    os._exit(code)


if __name__ == "__main__":
    main()
