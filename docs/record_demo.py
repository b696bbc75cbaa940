"""Records the sprints that ``trimtab demo --recorded`` opens: real trainings, reviewed between the stages.

    python docs/record_demo.py run WORKSPACE           # train; take it up again where it was interrupted
    python docs/record_demo.py pack WORKSPACE [FILE]   # write the recording into the package

Threads of the paper's stages (120, 90 and 9 trials), at a fidelity that two cores can pay: the digits example trained
by Adam and by SGD, and the joint model in five configurations, enough to compare their ranks from stage to stage. A
reviewer of the engine trims after
each stage; what a person would add by hand is written below with its rule, and gets its numbers from the review.

One configuration is searched again from checkpoints along its training, one epoch each: what its trajectories are drawn
from.
"""

import argparse
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from engine import api

HERE = Path(__file__).parent
THREAD_FILES = HERE / "recorded"
DIGITS = HERE / "examples" / "digits" / "digits.py"
PACKAGED = HERE.parent / "tui" / "recorded" / "sprints.zip"

AUTHOR = "recorder"
"""Who decided what no reviewer did."""

ORDER = (
    ("digits-adam", "1E", "guarded"),
    ("digits-adam", "Warm", "paper"),
    ("digits-adam", "Full", ""),
    *(
        (thread, stage, "guarded" if stage != "Full" else "")
        for thread in (
            "digits-sgd",
            "tiny-GLOBAL",
            "tiny-DTL-GLOBAL",
            "tiny-GRC-GLOBAL",
            "tiny-ASL-GLOBAL",
            "tiny-LR0-L2",
        )
        for stage in ("1E", "Warm", "Full")
    ),
)
"""Thread, stage and who reviews it; without a name the review is left to whoever opens the recording."""

ALONG, CHECKPOINTS, SCHEDULE = "tiny-GLOBAL", (1, 2, 4, 8), 12
"""Thread whose training is followed, epochs of its checkpoints, and epochs of the schedule that they lie on."""

ALONG_TRIALS = 40
"""Of the sprint from each checkpoint."""


def run(folder: Path) -> None:
    """Run what is missing, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(DIGITS, folder)
    ws = api.open_workspace(folder, create=True)
    for thread, stage, reviewer in ORDER:
        if thread not in [one.name for one in api.list_threads(ws)]:
            file = shutil.copy(THREAD_FILES / f"{thread}.yaml", folder)
            api.create_thread(ws, api.load_thread_file(Path(file)))
            before_the_first(ws, thread)
        sprint = trained(ws, thread, stage)
        if reviewer and not sprint.reviewed:
            reviewed(ws, sprint, reviewer)
    for epoch in CHECKPOINTS:
        along(ws, folder, epoch)


def along(ws: api.Workspace, folder: Path, epoch: int) -> None:
    """A sprint of one epoch from the checkpoint after so many epochs of the followed thread's training."""
    name = f"{ALONG}-E{epoch}"
    if name not in [thread.name for thread in api.list_threads(ws)]:
        start = THREAD_FILES / f"{ALONG}.yaml"
        checkpoint = folder / "checkpoints" / f"E{epoch}"
        command = [sys.executable, "-m", "tui", "train", str(start), "--epochs", str(epoch)]
        command += ["--max-epochs", str(SCHEDULE), "--out", str(checkpoint), "--force"]
        command += [word for key, value in best_values(ws).items() for word in ("--set", f"{key}={value}")]
        subprocess.run(command, check=True)
        text = start.read_text(encoding="utf-8").replace(f"thread: {ALONG}\n", f"thread: {name}\n")
        file = folder / f"{name}.yaml"
        file.write_text(
            f"{text}checkpoint: {{path: checkpoints/E{epoch}, epoch: {epoch}, step: 0}}\n", encoding="utf-8"
        )
        api.create_thread(ws, api.load_thread_file(file))
        before_the_first(ws, name)
    if not (found := api.list_sprints(ws, name)):
        plan = replace(planned(ws, name, "1E"), n_trials=ALONG_TRIALS, n_random=ALONG_TRIALS // 2)
        found = (api.create_sprint(ws, plan),)
    if found[-1].state != "done":
        api.run_sprint(ws, found[-1].id)


def best_values(ws: api.Workspace) -> dict[str, object]:
    """Hyperparameters of the best whole training of the followed thread."""
    full = next(sprint for sprint in api.list_sprints(ws, ALONG) if sprint.stage == "Full")
    return dict(next(t for t in api.list_trials(ws, full.id) if t.number == full.best_trial).params)


def trained(ws: api.Workspace, thread: str, stage: str) -> api.SprintView:
    """The stage's sprint at its end; made and started, or taken up again, where it is not done."""
    found = [one for one in api.list_sprints(ws, thread) if one.stage == stage]
    sprint = found[-1] if found else api.create_sprint(ws, planned(ws, thread, stage))
    if sprint.state == "done":
        return sprint
    begun, used = time.time(), processor_seconds()
    sprint = api.run_sprint(ws, sprint.id)
    print(
        f"{thread} {sprint.short_label}: {sprint.state}, best {sprint.best_score}, {time.time() - begun:.0f} s, "
        f"{processor_seconds() - used:.0f} s of a processor",
        flush=True,
    )
    if sprint.state != "done":
        raise SystemExit(f"{sprint.label} is {sprint.state}: {sprint.failure}")
    return sprint


def planned(ws: api.Workspace, thread: str, stage: str) -> api.SprintPlan:
    """The stage's template; TPE where it says GP, whose proposals take longer than these trials."""
    plan = api.default_plan(ws, thread, stage)
    return replace(plan, sampler="tpe") if plan.sampler == "gp" else plan


def before_the_first(ws: api.Workspace, thread: str) -> None:
    """What was known from single trainings before any sprint."""
    if thread.startswith("tiny"):
        rates = [name for name in api.working_space(ws, thread).space.names if name.startswith("lr")]
        for rate in rates:
            if rate != "lr_weights":
                known = api.Proposal(action="narrow", dimension=rate, low=3e-4, high=2e-2)
                why = "two single trainings: 1e-2 still learns, at 2e-2 mention F1 stays at 0 after 64 steps"
                api.apply_edit(ws, thread, known, author=AUTHOR, reason=why)


def reviewed(ws: api.Workspace, sprint: api.SprintView, reviewer: str) -> None:
    """The reviewer's trims, then those by hand: one freeze, and one narrowing that is taken back."""
    review = api.review(ws, sprint.id)
    taken_back(ws, sprint, review)
    api.review_automatically(ws, sprint.id, reviewer)
    freeze_the_idle(ws, sprint, review)


def taken_back(ws: api.Workspace, sprint: api.SprintView, review: api.Review) -> None:
    """A narrowing to the five best, undone because of what it would have cost: the best trials of a noisy stage."""
    one = next((d for d in review.dimensions if d.dimension.name in ("lr", "lr_shared") and d.active), None)
    if one is None or len(one.top_values) < 5 or one.current.is_frozen:
        return
    five = sorted(float(value) for value in one.top_values[:5])
    tight = api.Proposal(action="narrow", dimension=one.dimension.name, low=five[0], high=five[-1])
    effect = api.preview_edit(ws, sprint.thread, sprint.id, tight)
    if effect.error:
        return
    why = "the five best trials only; taken back: five trials of one noisy score are too few to cut by"
    api.apply_edit(ws, sprint.thread, tight, sprint=sprint.id, author=AUTHOR, reason=why)
    api.undo(ws, sprint.thread)


def freeze_the_idle(ws: api.Workspace, sprint: api.SprintView, review: api.Review) -> None:
    """Freeze the dimension that mattered least, at the best trial's value."""
    shares = next((f.evidence["pedanova"] for f in review.findings if "pedanova" in f.evidence), None)
    if shares is None:
        every = [f for d in review.dimensions for f in d.findings if "pedanova" in f.evidence]
        shares = every[0].evidence["pedanova"] if every else {}
    free = {d.dimension.name: d for d in review.dimensions if d.active and not d.current.is_frozen}
    shares = {name: share for name, share in shares.items() if name in free and not name.startswith("lr")}
    if len(shares) < 2:
        return
    least = min(shares, key=shares.__getitem__)
    proposal = api.Proposal(action="freeze", dimension=least, value=free[least].top_values[0])
    why = f"by hand: {least} mattered least (PED-ANOVA {shares[least]:.0%}), held at the best trial's value"
    try:
        api.apply_edit(ws, sprint.thread, proposal, sprint=sprint.id, author=AUTHOR, reason=why)
    except api.EngineError as problem:
        print(f"{sprint.label}: {problem}", flush=True)


def processor_seconds() -> float:
    """Of this process and of its workers that ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("run").add_argument("workspace", type=Path)
    pack = verbs.add_parser("pack")
    pack.add_argument("workspace", type=Path)
    pack.add_argument("file", type=Path, nargs="?", default=PACKAGED)
    given = parser.parse_args()
    if given.verb == "run":
        run(given.workspace)
    else:
        made_by = f"docs/{Path(__file__).name}"
        card = api.pack_workspace(
            api.open_workspace(given.workspace), given.file, made_by=made_by, private=(str(HERE.parent),), replace=True
        )
        print(f"{len(card.sprints)} sprints, {given.file.stat().st_size:,} bytes in {given.file}")


if __name__ == "__main__":
    main()
