"""What the engine costs: bookkeeping, readers over 10,000 trials, suggestions, turnaround, growth.

    python benchmarks/engine.py [--quick] [--json FILE]

Wall times on a shared machine are noisy; each figure is printed with its goal and a verdict. A suggestion is compared
with scikit-optimize's own in the same run.
"""

import argparse
import math
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

# This file's folder comes first on the path, and in it this file would be the module "engine".
HERE = Path(__file__).resolve().parent
sys.path[:] = [str(HERE.parent), *(entry for entry in sys.path if Path(entry or ".").resolve() != HERE)]

from benchmarks.figures import Figure, keep  # noqa: E402
from engine.space.dimension import Dimension  # noqa: E402
from engine.space.space import Space  # noqa: E402
from engine.store import claims, commands, queries, reports  # noqa: E402
from engine.store.database import dispose, reading, writing, writing_raw  # noqa: E402
from engine.store.driver_connection import raw  # noqa: E402
from engine.store.summaries import sprint_summaries  # noqa: E402
from engine.store.tables import SprintRow, ThreadRow, TrialRow, WorkerRow  # noqa: E402
from engine.store.workspace import Workspace, open_workspace  # noqa: E402
from engine.trials.states import Direction, TrialState  # noqa: E402
from engine.trials.trial import EpochReport  # noqa: E402
from engine.worker.loop import Worker  # noqa: E402

SPACE = Space(
    dimensions=tuple(Dimension(name=f"x{i}", kind="float", low=1e-5, high=1.0, log=i % 2 == 0) for i in range(12))
)
METRICS = dict.fromkeys(("loss", "loss_mention", "loss_coref", "loss_entity", "loss_relation", "lr"), 0.123456789)
N_EPOCHS = 25


def new_sprint(ws: Workspace, n_queued: int = 0, space: Space = SPACE, **facts: object) -> int:
    with writing(ws) as session:
        name = f"t{len(queries.threads(session))}"
        options = {"model": {"function": "hartmann3"}}
        row = ThreadRow(
            name=name, objective="engine.objectives.synthetic:Synthetic", options=options, base_dir=str(ws.path)
        )
        thread = commands.create_thread(session, row, space)
        defaults = {
            "n_trials": max(1, n_queued),
            "sampler": "random",
            "state": "running",
            "fidelity": {"max_epochs": 25},
        }
        sprint = SprintRow(
            thread_id=thread.id, space_id=thread.head_space_id, stage="1E", label="1E_v1", **{**defaults, **facts}
        )
        rng = random.Random(0)
        queued = [
            TrialRow(params={d.name: rng.uniform(0.1, 0.9) for d in space}, source="manual", sprint_id=0, number=0)
            for _ in range(n_queued)
        ]
        commands.create_sprint(session, sprint, queued)
        assert sprint.id is not None
        return sprint.id


def bookkeeping(path: str, sprint_id: int, n: int, barrier, results) -> None:  # type: ignore[no-untyped-def]
    """Claim, 25 reports, finish; n times."""
    ws = Workspace(Path(path))
    with writing(ws) as session:
        worker = WorkerRow(sprint_id=sprint_id)
        session.add(worker)
        session.flush()
        worker_id = worker.id
    barrier.wait()
    times, used = [], time.process_time()
    for _ in range(n):
        started = time.perf_counter()
        with writing(ws) as session:
            claim = claims.claim_queued(raw(session), sprint_id, worker_id, 60.0)
        if claim is None:
            break
        for step in range(1, N_EPOCHS + 1):
            with writing_raw(ws) as store:
                reports.report_epoch(store, claim, EpochReport(step=step, phase="train", score=0.5, metrics=METRICS))
        with writing(ws) as session:
            claims.finish_trial(session, claim, TrialState.COMPLETE, seconds=1.0, score=0.5, reason="")
        times.append(time.perf_counter() - started)
    results.put((times, time.process_time() - used))


def measure_bookkeeping(n: int) -> Iterator[Figure]:
    """What the store takes of a trial: a claim, 25 reports, an end."""
    for n_workers, bound in ((1, 20), (4, 50)):
        ws = open_workspace(Path(tempfile.mkdtemp()), create=True)
        sprint_id = new_sprint(ws, n_workers * n)
        size = ws.store_path.stat().st_size
        dispose(ws)
        barrier, results = multiprocessing.Barrier(n_workers), multiprocessing.Queue()
        arguments = (str(ws.path), sprint_id, n, barrier, results)
        children = [multiprocessing.Process(target=bookkeeping, args=arguments) for _ in range(n_workers)]
        for child in children:
            child.start()
        parts = [results.get() for _ in children]
        times = [one for part, _ in parts for one in part]
        processor = 1000 * sum(used for _, used in parts) / len(times)
        for child in children:
            child.join()
        grown = (ws.store_path.stat().st_size - size) / len(times) / 1024  # the last to leave merges the log
        mean, worst = 1000 * statistics.fmean(times), 1000 * max(times)
        yield Figure(
            name=f"bookkeeping of a trial, {n_workers} worker{'s' if n_workers > 1 else ''}", unit="ms", value=mean,
            goal=bound,
            detail=f"worst {worst:.0f} ms, {processor:.1f} ms of processor time; the store grows by {grown:.1f} KiB",
        )  # fmt: skip


def measure_readers(n: int) -> Iterator[Figure]:
    """What a screen waits for in a large sprint."""
    ws = open_workspace(Path(tempfile.mkdtemp()), create=True)
    sprint_id = new_sprint(ws)
    rng = random.Random(0)
    rows = []
    for number in range(n):
        params = {d.name: d.from_unit(rng.random()) for d in SPACE}
        row = TrialRow(
            sprint_id=sprint_id,
            number=number,
            state=TrialState.COMPLETE,
            source="random",
            score=rng.random(),
            params=params,
        )
        rows.append(row.model_dump(exclude={"id"}) | {"seconds": 1.0})
    with writing(ws) as session:
        session.connection().execute(queries.TRIAL.insert(), rows)
    from engine import api

    for name, read in (
        ("trial records", lambda: _records(ws, sprint_id)),
        ("summary", lambda: _summary(ws, sprint_id)),
        ("api.list_trials", lambda: api.list_trials(ws, sprint_id)),
        ("api.review", lambda: api.review(ws, sprint_id)),
        ("all that opening the review screen reads", lambda: _review_screen(ws, sprint_id)),
    ):
        # The first brings the imports with it; the second finds what did not change since already decoded.
        for which in ("first", "again"):
            started, used = time.perf_counter(), time.process_time()
            read()
            wall, processor = time.perf_counter() - started, time.process_time() - used
            yield Figure(
                name=f"{name}, {which}, {n:,} trials × 12", unit="s", value=wall, goal=1.0,
                detail=f"{processor:.2f} s of processor time",
            )  # fmt: skip


def _records(ws: Workspace, sprint_id: int) -> object:
    with reading(ws) as session:
        return queries.trial_records(session, sprint_id)


def _summary(ws: Workspace, sprint_id: int) -> object:
    with reading(ws) as session:
        return sprint_summaries(session, [sprint_id])


def _review_screen(ws: Workspace, sprint_id: int) -> object:
    """As `tui.review.screen.ReviewScreen` reads, the effect of the first proposal included."""
    from engine import api

    review = api.review(ws, sprint_id)
    proposal = next((one.proposal for one in review.dimensions if one.proposal), None)
    effect = api.preview_edit(ws, review.sprint.thread, sprint_id, proposal) if proposal else None
    return review, api.working_space(ws, review.sprint.thread), effect


def measure_suggestions(counts: tuple[int, ...]) -> Iterator[Figure]:
    """A suggestion of gp beside scikit-optimize's own Optimizer on the same trials."""
    from sklearn.utils import check_random_state
    from skopt import Optimizer
    from skopt.utils import cook_estimator, normalize_dimensions
    from threadpoolctl import threadpool_limits

    from engine.samplers import gp
    from engine.samplers.suggest import Search, suggest
    from engine.seeds import suggestion_seed
    from engine.trials.trial import TrialRecord

    for n in counts:
        rng = random.Random(n)
        trials = []
        for number in range(n):
            params = {d.name: d.from_unit(rng.random()) for d in SPACE}
            score = -sum(math.log10(float(v)) ** 2 for v in params.values())
            trials.append(
                TrialRecord(number=number, state=TrialState.COMPLETE, source="random", params=params, score=score)
            )
        plan = Search(
            space=SPACE, settings={}, sampler="gp", options={}, n_random=0, seed=1, direction=Direction.MAXIMIZE
        )
        losses = [-(t.score or 0.0) for t in trials]
        mean, spread = statistics.fmean(losses), statistics.pstdev(losses)
        points = [gp._to_skopt(SPACE.dimensions, t.params) for t in trials]
        ours, theirs = [], []
        for _ in range(4):
            started = time.process_time()
            suggest(plan, trials, n, {})
            ours.append(time.process_time() - started)
            started = time.process_time()
            with threadpool_limits(limits=1):
                stream = check_random_state(suggestion_seed(1, n))  # the same search, so the same work
                space = normalize_dimensions(gp._dimensions(SPACE.dimensions))
                seed = stream.randint(0, 2**31 - 1)
                estimator = cook_estimator(
                    "GP", space=space, random_state=seed, noise="gaussian"
                )  # as gp_minimize does
                optimizer = Optimizer(space, estimator, n_initial_points=0, random_state=stream)
                optimizer.tell(points, [(loss - mean) / spread for loss in losses])
                optimizer.ask()
            theirs.append(time.process_time() - started)
        yield Figure(
            name=f"gp suggestion / scikit-optimize's own, {n} trials × 12", unit="x", value=min(ours) / min(theirs),
            goal=1.0, detail=f"{min(ours):.2f} against {min(theirs):.2f} s of processor time",
        )  # fmt: skip


def measure_turnaround(n: int) -> Iterator[Figure]:
    """From the end of a trial to the begin of the next."""
    ws = open_workspace(Path(tempfile.mkdtemp()), create=True)
    small = Space(dimensions=tuple(Dimension(name=f"x{i}", kind="float", low=0.0, high=1.0) for i in range(3)))
    sprint_id = new_sprint(ws, space=small, n_trials=n, n_random=n, fidelity={"max_epochs": 1})
    Worker(ws, sprint_id).run()
    with reading(ws) as session:
        trials = queries.trials(session, sprint_id)
    gaps = [
        (after.started_at - before.finished_at).total_seconds()
        for before, after in pairwise(trials)
        if after.started_at and before.finished_at
    ]
    yield Figure(
        name="turnaround between two trials", unit="ms", value=1000 * statistics.median(gaps), goal=50,
        detail=f"median; worst {1000 * max(gaps):.0f} ms",
    )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer trials, fewer repeats")
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    quick = arguments.quick
    multiprocessing.set_start_method("spawn")
    figures = []
    for part in (
        measure_bookkeeping(30 if quick else 200),
        measure_turnaround(50 if quick else 200),
        measure_readers(1000 if quick else 10_000),
        measure_suggestions((30,) if quick else (30, 60, 120)),
    ):
        for figure in part:
            print(figure.told(), flush=True)
            figures.append(figure)
    if arguments.json:
        keep(arguments.json, figures)
    return int(any(not figure.is_met for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
