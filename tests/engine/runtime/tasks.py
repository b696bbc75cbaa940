"""An objective that fails, dies, is slow or deaf as it is told to, and sprints of it."""

import sys
from typing import Any

TASKS = """
import math, os, signal, time
class Task:
    metric, direction = "score", "maximize"
    def __init__(self, *, model, data, base_dir):
        self.do = data.get("do", "")
        self.gate = base_dir / "gate"
    def prepare(self):
        if self.do == "cannot prepare":
            raise RuntimeError("no such corpus")
        return {"n_train": 3}
    def run(self, trial):
        if self.do == "oom":
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        if self.do == "raise late" and trial.number >= 2:
            raise ValueError("bad luck with " + repr(trial.params["x0"]))
        if self.do == "raise" or (self.do == "raise once" and not (trial.run_dir / "tried").exists()):
            (trial.run_dir / "tried").touch()
            raise ValueError("bad luck with " + repr(trial.params["x0"]))
        if self.do == "nan":
            trial.report(1, math.nan, {"loss": math.inf})
            return math.nan
        if self.do == "counts from 0":
            trial.report(0, 1.0, {})
        if self.do == "nan in the end":
            trial.report(1, 1.0, {})
            return math.nan
        if self.do == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.do == "deaf":
            time.sleep(3600)
        if self.do == "stuck":  # as in compiled code: no signal gets through to it
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
            time.sleep(3600)
        for epoch in range(1, trial.max_epochs + 1):
            while self.do == "gated" and self.gate.exists() and epoch > int(self.gate.read_text() or 0):
                time.sleep(0.02)
            if self.do == "slow":
                time.sleep(0.3)
            for folder in {epoch} & set(trial.keep_checkpoint_at):
                (trial.run_dir / f"checkpoint-e{folder}").mkdir()
                (trial.run_dir / f"checkpoint-e{folder}" / "weights").write_bytes(b"0" * 1000)
            if not trial.report(epoch, trial.params["x0"], {"loss": 1.0}):
                break
        return trial.params["x0"]
"""


def task(lab: Any, do: str, **facts: Any) -> int:
    lab.ws.path.joinpath("the_task.py").write_text(TASKS)
    sys.modules.pop("the_task", None)
    return int(lab.sprint(objective="the_task:Task", options={"data": {"do": do}}, **facts))


def gated(lab: Any, n_epochs: int, **facts: Any) -> int:
    """A sprint whose trials wait at a gate after so many epochs: what a test does meanwhile is never too late."""
    close_gate(lab, n_epochs)
    return task(lab, "gated", **facts)


def close_gate(lab: Any, n_epochs: int) -> None:
    """Let every trial run so many epochs and no further."""
    part = lab.ws.path / "gate.part"
    part.write_text(str(n_epochs))
    part.rename(lab.ws.path / "gate")


def open_gate(lab: Any) -> None:
    """Let every trial run to its end."""
    close_gate(lab, 10**6)
