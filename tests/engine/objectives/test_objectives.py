"""Objectives: the synthetic suite against published optima, and command templates with real commands."""

import json
import math
import random
import threading
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from engine.errors import EngineError
from engine.objectives import command as command_module
from engine.objectives.command import CommandObjective
from engine.objectives.synthetic import FUNCTIONS, Synthetic
from engine.processes import identify
from engine.sprint.thread_file import read_thread_file
from tests.engine.objectives.recorded_trial import Recorded

DIGITS = Path(__file__).parents[3] / "docs" / "examples" / "digits"


def command(template: Any, tmp_path: Path, **data: Any) -> CommandObjective:
    return CommandObjective(model={"command": template}, data=data, base_dir=tmp_path)


def ends(pid: int) -> bool:
    """Whether a killed process ends; the kernel does so a moment after the signal."""
    deadline = time.monotonic() + 20
    while identify(pid) is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    return identify(pid) is None


def python(folder: Path, code: str, *words: str) -> list[str]:
    script = folder / "script.py"
    script.write_text(code)
    return ["python", str(script), *words]


@pytest.mark.parametrize("name", list(FUNCTIONS))
def test_published_optima_are_the_functions_own(name: str) -> None:
    function = FUNCTIONS[name]
    assert math.isclose(function.value(function.minimizer, 1.0), function.minimum, rel_tol=1e-5)
    rng = random.Random(0)
    for _ in range(3000):
        point = [rng.uniform(low, high) for low, high in function.bounds]
        assert function.value(point, 1.0) >= function.minimum - 1e-4 * abs(function.minimum)


@pytest.mark.parametrize("name", list(FUNCTIONS))
def test_lower_fidelity_is_another_but_a_related_function(name: str) -> None:
    function, rng = FUNCTIONS[name], random.Random(1)
    points = [[rng.uniform(low, high) for low, high in function.bounds] for _ in range(200)]
    true = [function.value(point, 1.0) for point in points]
    cheap = [function.value(point, 0.3) for point in points]
    n_agree = sum((true[i] < true[i + 1]) == (cheap[i] < cheap[i + 1]) for i in range(199))
    assert true != cheap
    assert n_agree > 150


def test_synthetic_trials_report_every_epoch_and_calibration_after_training(tmp_path: Path) -> None:
    objective = Synthetic(model={"function": "branin"}, data={}, base_dir=tmp_path)
    trial = Recorded(params={"x0": 1.0, "x1": 2.0}, calibration_epochs=2)
    score = objective.run(trial)
    assert [(step, phase) for step, _, _, phase in trial.reports] == [
        (1, "train"), (2, "train"), (3, "train"), (4, "train"), (5, "calibration"), (6, "calibration"),
    ]  # fmt: skip
    assert score == trial.reports[-1][1]


def test_noise_depends_on_the_trials_seed_alone(tmp_path: Path) -> None:
    objective = Synthetic(model={}, data={"noise": 0.5}, base_dir=tmp_path)
    params = {"x0": 0.1, "x1": 0.5, "x2": 0.5}
    scores = [objective.run(Recorded(params=params, seed=seed)) for seed in (1, 1, 2)]
    assert scores[0] == scores[1] != scores[2]


def test_a_command_reports_epochs_metrics_progress_and_log(tmp_path: Path) -> None:
    code = """
import json, sys
print("hello")
print(json.dumps({"epoch": 1, "fraction": 0.5}))
for epoch in (1, 2):
    print(json.dumps({"epoch": epoch, "score": epoch / 10, "loss": 1.5, "note": "x"}))
print("{not json")
print(json.dumps({"other": 1}))
"""
    trial = Recorded(run_dir=tmp_path)
    assert command(python(tmp_path, code), tmp_path).run(trial) == 0.2
    assert trial.reports == [(1, 0.1, {"loss": 1.5}, "train"), (2, 0.2, {"loss": 1.5}, "train")]
    assert (1, 0.5) in trial.progressed
    assert trial.lines[1:] == ["hello", "{not json", '{"other": 1}']


def test_a_value_is_one_word_and_never_a_command(tmp_path: Path) -> None:
    nasty = "a b; touch gone $(touch gone) `x` | y"
    code = 'import json, sys; print(sys.argv[1:]); print(json.dumps({"epoch": 1, "score": len(sys.argv) - 1}))'
    trial = Recorded(run_dir=tmp_path, params={"name": nasty, "lr": 1e-6, "flag": True})
    objective = command(
        python(tmp_path, code, "--name={name}", "{lr}", "{flag}", "{seed}", "{train_fraction}", "{epochs}"), tmp_path
    )
    assert objective.run(trial) == 6
    assert trial.lines[1] == str([f"--name={nasty}", "1e-06", "true", "11", "0.5", "4"])
    assert not (tmp_path / "gone").exists()


def test_what_is_inactive_is_left_out_with_its_option(tmp_path: Path) -> None:
    words = ["--warmup", "{pct_start}", "--warmup={pct_start}", "{pct_start}", "-v", "--lr", "{lr:.2g}"]
    code = 'import json, sys; print(sys.argv[1:]); print(json.dumps({"epoch": 1, "score": 0}))'
    objective = command(python(tmp_path, code, *words), tmp_path)
    without = Recorded(run_dir=tmp_path, params={"lr": 0.123}, inactive=("pct_start",))
    assert objective.run(without) == 0
    assert without.lines[1] == str(["-v", "--lr", "0.12"])
    with_it = Recorded(run_dir=tmp_path, params={"lr": 0.123, "pct_start": 0.3})
    objective.run(with_it)
    assert with_it.lines[1] == str(["--warmup", "0.3", "--warmup=0.3", "0.3", "-v", "--lr", "0.12"])


def test_a_progress_bar_hides_no_report_on_either_stream(tmp_path: Path) -> None:
    code = """
import json, sys
for epoch in (1, 2):
    print(f"\\r {epoch}/2 batches", end="", file=sys.stderr, flush=True)
    print(json.dumps({"epoch": epoch, "score": epoch}), flush=True)
print(json.dumps({"epoch": 3, "score": 3}), file=sys.stderr)
"""
    trial = Recorded(run_dir=tmp_path)
    assert command(python(tmp_path, code), tmp_path).run(trial) == 3
    assert sorted(step for step, *_ in trial.reports) == [1, 2, 3]
    assert any("2/2 batches" in line for line in trial.lines)


@pytest.mark.parametrize("said", ["NaN", "null", "Infinity", "1" + "0" * 400])
def test_a_score_that_is_no_number_is_handed_on_as_one(tmp_path: Path, said: str) -> None:
    trial = Recorded(run_dir=tmp_path)
    code = f"""print('{{"epoch": 1, "score": {said}, "loss": {"9" * 400}}}')"""
    assert not math.isfinite(command(python(tmp_path, code), tmp_path).run(trial))
    [(step, score, metrics, _)] = trial.reports
    assert (step, math.isfinite(score), metrics) == (1, False, {"loss": math.inf})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"epoch": NaN, "score": 1}', "got none; 'epoch' must be a number from 0, got nan"),
        ('{"epoch": -1, "score": 1}', "'epoch' must be a number from 0, got -1"),
        ('{"epoch": "first", "score": 1}', "'epoch' must be a number from 0, got 'first'"),
        ('{"epoch": 1, "score": "high"}', "'score' must be a number, got 'high'"),
        ('{"epoch": 1, "fraction": "half"}', "'fraction' must be a number, got 'half'"),
        ('{"epoch": 1, "loss": 0.4}', "found 'epoch', 'loss' but no 'score'"),
    ],
)
def test_a_line_that_came_near_a_report_is_named_in_the_failure(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        command(python(tmp_path, f"print({line!r})"), tmp_path).run(Recorded(run_dir=tmp_path))


def test_garbage_is_log(tmp_path: Path) -> None:
    code = """
import sys
sys.stdout.buffer.write(b"\\xff\\xfe\\x00 binary\\n" + b"[" * 100000 + b"\\n" + b'{"a":' * 100000 + b"\\n")
print('{"epoch": 1}'); print('["epoch", "score"]'); print('{}')
print('  {"epoch": 1, "score": 0.5}  ')
"""
    trial = Recorded(run_dir=tmp_path)
    assert command(python(tmp_path, code), tmp_path).run(trial) == 0.5
    assert len(trial.lines) == 8, "a line of 500,000 characters is taken in parts"


@pytest.mark.parametrize("ending", ["", "raise SystemExit(3)"])
def test_a_command_that_ends_is_not_waited_for_because_of_what_it_left_and_leaves_nothing(
    tmp_path: Path, ending: str
) -> None:
    code = f"""
import json, subprocess, sys
ignores = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(30)"
left = subprocess.Popen([sys.executable, "-c", ignores])
open("left", "w").write(str(left.pid))
print(json.dumps({{"epoch": 1, "score": 1}}), flush=True)
{ending}
"""
    started = time.monotonic()
    with pytest.raises(EngineError, match="code 3") if ending else nullcontext():
        assert command(python(tmp_path, code), tmp_path).run(Recorded(run_dir=tmp_path)) == 1
    assert time.monotonic() - started < 20
    assert ends(int((tmp_path / "left").read_text())), "it would train on beside the next trial"


def test_a_command_hears_where_and_when_its_checkpoints_are_kept(tmp_path: Path) -> None:
    code = 'import json, sys; print(sys.argv[1:]); print(json.dumps({"epoch": 1, "score": 1}))'
    words = python(tmp_path, code, "{keep_checkpoint_at}", "{run_dir}", "{checkpoint}")
    for epochs, shown in (((2, 4), "2,4"), ((), "")):
        trial = Recorded(run_dir=tmp_path, keep_checkpoint_at=epochs)
        command(words, tmp_path).run(trial)
        assert str([shown, str(tmp_path), ""]) in trial.lines


def test_what_a_command_said_last_counts_though_it_comes_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that was stopped, or starved, reads the last epochs after the command has ended."""
    read = command_module.read_pieces

    def read_late(process: Any) -> Any:
        lines = command_module.Pieces()

        def relay() -> None:
            process.wait()
            time.sleep(4 * command_module.LISTEN_SECONDS)
            early, n_open = read(process), 2
            while n_open:
                piece = early.get()
                n_open -= piece is None
                lines.offer(piece)

        threading.Thread(target=relay, daemon=True).start()
        return lines

    monkeypatch.setattr(command_module, "read_pieces", read_late)
    code = 'print(\'{"epoch": 1, "score": 0.1}\\n{"epoch": 2, "score": 0.2}\')'
    trial = Recorded(run_dir=tmp_path)
    assert command(python(tmp_path, code), tmp_path).run(trial) == 0.2
    assert [step for step, *_ in trial.reports] == [1, 2]


def test_a_command_that_closed_its_outputs_and_lives_on_is_ended_by_its_time_limit(tmp_path: Path) -> None:
    code = """
import json, os, time
print(json.dumps({"epoch": 1, "score": 1}), flush=True)
os.close(1); os.close(2); time.sleep(60)
"""
    trial = Recorded(run_dir=tmp_path, deadline=time.monotonic() + 1.5)
    started = time.monotonic()
    assert command(python(tmp_path, code), tmp_path).run(trial) == 1
    assert time.monotonic() - started < 40


def test_a_program_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="a program that can be run, got 'no-such-program': No such file"):
        command("no-such-program --x", tmp_path).run(Recorded(run_dir=tmp_path))


def test_a_template_that_names_something_unknown_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="did you mean epochs"):
        command("python x.py {epoch_s}", tmp_path).run(Recorded(run_dir=tmp_path))


def test_a_template_with_a_lone_brace_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no template"):
        command("python x.py {lr", tmp_path).run(Recorded(run_dir=tmp_path))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("print('boom'); raise SystemExit(3)", "Command exited with code 3: boom"),
        ("print('nothing to say')", "got none"),
        ("import os; os.kill(os.getpid(), 9)", "killed by SIGKILL .* memory is out"),
    ],
)
def test_a_command_that_fails_or_never_reports_is_an_error(tmp_path: Path, code: str, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        command(python(tmp_path, code), tmp_path).run(Recorded(run_dir=tmp_path))


@pytest.mark.parametrize("how", ["report", "silence"])
def test_a_command_told_to_stop_ends_with_all_it_started(tmp_path: Path, how: str) -> None:
    code = """
import json, os, subprocess, sys, time
sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
child, apart = subprocess.Popen(sleep), subprocess.Popen(sleep, start_new_session=True)
open("pids", "w").write(f"{os.getpid()} {child.pid} {apart.pid}")
print(json.dumps({"epoch": 1, "score": 1}), flush=True)
time.sleep(60)
"""
    trial = Recorded(run_dir=tmp_path, stop_at=1 if how == "report" else 9)
    trial.deadline = time.monotonic() + (1.0 if how == "silence" else 60)
    started = time.monotonic()
    assert command(python(tmp_path, code), tmp_path).run(trial) == 1.0
    assert time.monotonic() - started < 20
    assert all(ends(int(pid)) for pid in (tmp_path / "pids").read_text().split())


def test_the_digits_example_is_an_ordinary_script_and_three_lines() -> None:
    marked = [
        line for line in (DIGITS / "train.py").read_text().splitlines() if line.rstrip().endswith(("# 1", "# 2", "# 3"))
    ]
    assert len(marked) == 3


def test_the_digits_example_can_be_steered(tmp_path: Path) -> None:
    spec = read_thread_file(DIGITS / "thread.yaml")
    objective = CommandObjective(model={"command": spec.command}, data=dict(spec.data), base_dir=DIGITS)
    assert (objective.metric, objective.direction) == ("accuracy", "maximize")
    trial = Recorded(run_dir=tmp_path, params={"lr": 0.01, "alpha": 1e-4, "width": 32}, epochs=2)
    score = objective.run(trial)
    assert [step for step, *_ in trial.reports] == [1, 2]
    assert score > 40, "chance is 10"
    facts = json.loads(json.dumps(objective.prepare()))
    assert facts["n_train"] == 1347
    assert list(facts["files"]) == ["train.py"], "the script's hash is part of the manifest"
