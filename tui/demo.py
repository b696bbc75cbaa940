"""The demos: a workspace whose first sprint of real trainings begins now, and one of sprints recorded earlier."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from engine import api
from tui.options import DemoSize, Options

THREAD_FILE = "demo.yaml"
SCRIPT_FILE, SCRIPT = "script.yaml", "train.py"
SCRIPT_FOLDER = Path(__file__).parent / "demo_script"
"""The plain script and its thread file."""

STAGE = "1E"
DEMO_FOLDER, RECORDED_FOLDER = Path("trimtab-demo"), Path("trimtab-recorded")
"""Where the demos live if nobody says otherwise: beside each other and beside one's own work."""

RECORDING = Path(__file__).parent / "recorded" / "sprints.zip"
"""Finished sprints, made by docs/record_demo.py."""

TINY_ENCODER = "tiny"
"""Trials of seconds: the pretrained ones need minutes on two cores before relations are learned."""

PRETRAINED = {("stages", "1E", "fidelity", "epochs"): 1, ("space", "lr", "low"): 1e-5, ("space", "lr", "high"): 1e-3}
"""What another encoder changes in the demo's thread: one epoch already costs as much."""


def thread_text(size: DemoSize, script: str = SCRIPT) -> str:
    """The demo's thread file for this size: the template with other values, its comments kept.

    Args:
        size: As asked for.
        script: Name of the script in the workspace.
    """
    stage = ("stages", STAGE)
    changes: dict[tuple[str, ...], object] = {
        (*stage, "n_trials"): size.trials,
        (*stage, "n_random"): size.random,
    }
    if size.script:
        text = (SCRIPT_FOLDER / SCRIPT_FILE).read_text(encoding="utf-8").replace(f"python {SCRIPT}", f"python {script}")
        return api.with_values(text, changes, SCRIPT_FILE, api.EngineError)
    changes["data", "atlas"] = {"documents": size.documents, "seed": size.seed}
    if size.encoder not in ("", TINY_ENCODER):
        name = f"{size.encoder.rpartition('/')[2]}-GLOBAL"
        changes = {**changes, **PRETRAINED, ("model", "encoder"): size.encoder, ("thread",): name}
    if size.objective:
        changes = {**changes, ("objective",): size.objective, ("model",): {}, ("data",): {}}
        changes.pop(("data", "atlas"))
    text = (Path(__file__).parent / THREAD_FILE).read_text(encoding="utf-8")
    return api.with_values(text, changes, THREAD_FILE, api.EngineError)


def begin_demo(ws: api.Workspace, size: DemoSize) -> api.SprintView:
    """Make the thread and start its first sprint; a workspace that has one already is opened as it is.

    Returns:
        The sprint to look at.

    Raises:
        EngineError: When the sprint cannot be made or started.
    """
    known = api.list_sprints(ws)
    if known:
        return known[-1]
    if size.script:
        script = _demo_file(ws, SCRIPT, (SCRIPT_FOLDER / SCRIPT).read_text(encoding="utf-8"))
        file = _demo_file(ws, SCRIPT_FILE, thread_text(size, script.name))
    else:
        file = _demo_file(ws, THREAD_FILE, thread_text(size))
    spec = api.load_thread_file(file)
    names = [thread.name for thread in api.list_threads(ws)]
    thread = api.get_thread(ws, spec.name) if spec.name in names else api.create_thread(ws, spec)
    sprint = api.create_sprint(ws, replace(api.default_plan(ws, thread.name, STAGE), seed=size.seed))
    api.start_sprint(ws, sprint.id, slots=size.slots)
    return api.get_sprint(ws, sprint.id)


def _demo_file(ws: api.Workspace, name: str, text: str) -> Path:
    """A file of the demo in the workspace; one of that name that is somebody's own stays."""
    file = ws.path / name
    with suppress(OSError, ValueError):
        if file.read_text(encoding="utf-8") == text:
            return file
    return ws.own(api.Output(path=file, refusal=api.EngineError).write_numbered(text))


def lay_out_recording(folder: Path) -> tuple[str, str]:
    """Unpack the recorded sprints into a folder; a workspace that is there already stays as it is.

    Returns:
        The day they were recorded, empty where the workspace there holds something else; and what to say of it.

    Raises:
        EngineError: When the folder cannot be written.
    """
    store = api.Workspace(folder.expanduser()).store_path
    if store is not None and store.exists():
        card = api.recorded_as(folder)
        if card is not None:
            return (
                card.recorded,
                f"{folder} is opened as you left it; --workspace DIR unpacks the recording into another folder",
            )
        return "", f"{folder} holds a workspace of its own, which is opened as it is: name another with --workspace DIR"
    return api.unpack_workspace(RECORDING, folder).recorded, ""


def recorded_options(options: Options, given: Path | None) -> Options:
    """How to open the interface on the recorded sprints, unpacked where there is no workspace yet.

    Raises:
        EngineError: When they cannot be unpacked.
    """
    if options.store_url:
        raise api.EngineError("recorded sprints live in a folder of their own, got --store", "leave --store out")
    folder = given or RECORDED_FOLDER
    recorded, notice = lay_out_recording(folder)
    if options.group:
        api.open_workspace(folder, create=True, group=True)
    return replace(options, workspace=folder, recorded=recorded, notice=notice, guide=True if recorded else None)


def follow_up(ws: api.Workspace, thread: str, first: api.SprintView, size: DemoSize) -> api.SprintView:
    """The second sprint on the working space, cold-primed with the best trials of the first that fit."""
    plan = replace(
        api.default_plan(ws, thread, STAGE),
        n_trials=size.trials,
        n_random=min(2, max(size.trials - 3, 0)),
        prime="cold",
        prime_from=first.id,
        top_n=min(3, size.trials),
        seed=size.seed + 1,
    )
    return api.create_sprint(ws, plan)
