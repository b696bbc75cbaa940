"""Sprints to and from other tools."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from engine.api.views import SprintView
from engine.boundary.output import Output
from engine.errors import EngineError
from engine.store.workspace import Workspace
from engine.trials.fidelity import Fidelity
from engine.trials.trial import Direction

if TYPE_CHECKING:
    from engine.exchange.content import SprintContent
    from engine.space.space import Space
    from engine.store.tables import SprintRow, ThreadRow

FORMATS = ("csv", "json", "parquet", "optuna", "mlflow")
"""What a sprint can be written as."""

IMPORTED = "engine.exchange.imported:Imported"


def export_sprint(
    ws: Workspace, ref: int | str, target: str, form: str = "", study: str = "", *, force: bool = False
) -> str:
    """Write a sprint; returns what was written where, in words.

    Args:
        ws: The workspace.
        ref: The sprint.
        target: A file, a storage URL (``sqlite:///study.db``) for an Optuna study, or a tracking URI for MLflow.
        form: One of `FORMATS`; told from the target where empty.
        study: Name of the study or experiment; the sprint's label where empty.
        force: Replace a file that is there; a study or an experiment is added to what is there and replaces nothing.

    Raises:
        EngineError: When the format cannot be told or written, or the target's place is taken.
    """
    from engine.exchange import mlflow_runs, optuna_study, tables

    content = sprint_content(ws, ref)
    chosen = form or ("optuna" if "://" in target else Path(target).suffix.removeprefix("."))
    if chosen not in FORMATS:
        raise EngineError(f"a format must be one of {', '.join(FORMATS)}, got {chosen!r}", "name one with --format")
    n = len(content.trials)
    if chosen == "optuna":
        url = target if "://" in target else f"sqlite:///{Path(target).resolve()}"
        return f"study {optuna_study.write_study(content, url, study, [ws.path])} with {n} trials in {url}"
    if chosen == "mlflow":
        return f"{mlflow_runs.write_runs(content, target, study, [ws.path])} runs in {target}"
    write = {"csv": tables.write_csv, "json": tables.write_json, "parquet": tables.write_parquet}[chosen]
    with Output(path=Path(target), refusal=EngineError, replace=force, workspaces=[ws.path]).file() as part:
        write(content, part)
    return f"{n} trials in {target}"


def import_sprint(
    ws: Workspace,
    thread: str,
    source: str,
    *,
    study: str = "",
    score: str = "",
    direction: Direction | None = None,
    objective: str = "",
) -> SprintView:
    """Read a CSV file or an Optuna study as a finished sprint, to review and to trim.

    Args:
        ws: The workspace.
        thread: An existing thread, whose working space must know the parameters, or a new one, which takes its space
            from the source.
        source: A CSV file, an Optuna storage file or URL.
        study: Which study, where the storage has several.
        score: The CSV's score column.
        direction: Which way the CSV's score is better; the thread's own way, or ``maximize`` for a new one, where None.
        objective: What a new thread trains; without one its sprints can only be reviewed.

    Raises:
        EngineError: When the source cannot be read, its parameters are unknown to the thread or lack one of its
            dimensions, or its score is better the other way.
    """
    from engine.api.sprints import get_sprint
    from engine.exchange import optuna_study, tables
    from engine.store import queries
    from engine.store.database import reading, writing

    with reading(ws) as session:
        existing = queries.thread_named(session, thread)
    own = "minimize" if existing is not None and existing.direction == "minimize" else "maximize"
    suffix = Path(source).suffix
    if suffix == ".csv":
        content = tables.read_csv(Path(source), score=score, direction=direction or cast(Direction, own))
    elif "://" not in source and suffix in (".json", ".jsonl", ".parquet", ".tsv"):
        raise EngineError(f"a source must be a .csv file or an Optuna storage, got {source}", "export it as CSV")
    else:
        if "://" not in source and not Path(source).is_file():
            raise EngineError(f"no file {source}")
        url = source if "://" in source else f"sqlite:///{Path(source).resolve()}"
        content = optuna_study.read_study(url, study)
    if existing is not None and content.direction != own:
        raise EngineError(
            f"the score of {source} must be better the way of thread {thread}, {own}, got {content.direction}",
            "name a new thread",
        )
    with writing(ws) as session:  # one transaction: a refused import leaves no thread without its sprint
        row = queries.thread_named(session, thread) or _new_thread(session, thread, content, objective)
        made = _store(session, row, content)
        sprint_id = cast(int, made.id)
    return get_sprint(ws, sprint_id)


def sprint_content(ws: Workspace, ref: int | str) -> "SprintContent":
    """A sprint with its trials and their epochs as plain records."""
    from engine.api.lookup import sprint_row
    from engine.exchange.content import SprintContent
    from engine.store import queries
    from engine.store.database import reading

    with reading(ws) as session:
        row = sprint_row(session, ref)
        return SprintContent(
            label=row.label,
            space=queries.space(session, row.space_id),
            trials=queries.trial_records(session, cast(int, row.id), reports=True),
            direction=cast(Direction, row.direction),
            metric=row.metric,
            facts={
                "stage": row.stage,
                "fidelity": row.fidelity,
                "sampler": row.sampler,
                "sampler_options": row.sampler_options,
                "pruner": row.pruner,
                "seed": row.seed,
                "settings": row.settings,
                "manifest": row.manifest,
            },
        )


def _new_thread(session: Any, name: str, content: "SprintContent", objective: str) -> "ThreadRow":
    from engine.api.threads import new_thread_row
    from engine.sprint.thread_file import ThreadSpec
    from engine.store import commands

    spec = ThreadSpec(
        name=name,
        objective=objective or IMPORTED,
        space=content.space,
        metric=content.metric,
        direction=content.direction,
        notes=f"imported from {content.label}",
    )
    return commands.create_thread(session, new_thread_row(spec), spec.space)


def _store(session: Any, thread: "ThreadRow", content: "SprintContent") -> "SprintRow":
    from engine.space.condition_values import settings_for
    from engine.space.space import Space
    from engine.sprint.label import SprintLabel, model_part, next_version
    from engine.store import commands, queries
    from engine.store.edit_log import head_space
    from engine.store.tables import EpochRow, SprintRow, TrialRow, now

    head = head_space(session, thread)
    space = Space.from_dict(head.dimensions)
    for name in {name for trial in content.trials for name in trial.params}:
        space[name]
    last = max((report.step for trial in content.trials for report in trial.reports), default=1)
    fidelity = Fidelity(max_epochs=max(1, last), run_to="all")
    model = dict(thread.options.get("model") or {})
    settings = settings_for(space, model, fidelity)
    _refuse_missing(thread.name, space, content)
    n_outside = sum(
        any(not space[name].contains(value) for name, value in trial.params.items())
        or bool(space.violations(trial.params, settings))
        for trial in content.trials
    )
    version = next_version("imported", [(row.suffix, row.version) for row in queries.sprints(session, thread.id)])
    label = SprintLabel(
        model=model_part(thread.name, model), fidelity=fidelity.code, suffix="imported", version=version
    )
    row = SprintRow(
        thread_id=cast(int, thread.id),
        space_id=cast(int, head.id),
        stage="imported",
        suffix="imported",
        version=version,
        label=str(label),
        state="done",
        metric=content.metric,
        direction=content.direction,
        fidelity=fidelity.to_dict(),
        settings=settings,
        sampler="random",
        n_trials=max(1, len(content.trials)),
        manifest={"imported_from": content.label, "n_outside_space": n_outside},
        started_at=now(),
        finished_at=now(),
    )
    trials = [
        TrialRow(
            sprint_id=0,
            number=0,
            state=trial.state if trial.state in ("complete", "pruned", "failed", "cancelled") else "cancelled",
            source="manual",
            params=dict(trial.params),
            score=trial.score,
            seconds=trial.seconds,
            n_reports=len(trial.reports),
            epoch=trial.n_epochs,
            n_epochs=trial.n_epochs,
            attempt=1,
            reason=trial.reason,
            finished_at=now(),
        )
        for trial in content.trials
    ]
    commands.create_sprint(session, row, trials)
    session.flush()
    for made, trial in zip(trials, content.trials, strict=True):
        session.add_all(
            EpochRow(
                trial_id=cast(int, made.id),
                attempt=1,
                step=report.step,
                phase=report.phase,
                score=report.score if report.score == report.score else None,
            )
            for report in trial.reports
        )
    return row


def _refuse_missing(thread: str, space: "Space", content: "SprintContent") -> None:
    """Refuse trials with a score that say nothing of a dimension the thread always searches."""
    always = [d.name for d in space if not d.is_frozen and not d.active_when]
    for trial in content.trials:
        missing = [name for name in always if name not in trial.params]
        if missing and trial.score is not None:
            raise EngineError(
                f"a trial must have a value for every free dimension of thread {thread}, "
                f"#{trial.number} of {content.label} has none for {', '.join(missing)}",
                "name a new thread: it takes its space from the source",
            )
