"""Every command of "Import and export" runs, in its order, on the files that it names."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import optuna
import pytest

from engine.cli.main import main

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "exchange.md").read_text(encoding="utf-8")
RUNS = """\
run_id,experiment_id,status,artifact_uri,start_time,end_time,metrics.val_f1,metrics.val_loss,params.lr,params.batch_size
a1,0,FINISHED,file:///x,2024-05-01 10:00:00+00:00,2024-05-01 11:00:00+00:00,0.71,0.5,0.001,16
a2,0,FINISHED,file:///x,2024-05-01 11:00:00+00:00,2024-05-01 12:00:00+00:00,0.75,0.4,0.0005,32
a3,0,FAILED,file:///x,2024-05-01 12:00:00+00:00,,,,0.1,32
"""


def blocks() -> list[str]:
    return re.findall(r"<!-- run -->\n```sh\n(.*?)```", PAGE, flags=re.DOTALL)


def test_every_command_of_the_page_is_run() -> None:
    assert re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL) == blocks()


@pytest.mark.filterwarnings("ignore")  # MLflow's own, of its dependencies
def test_the_commands_of_the_page_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("mlflow")
    pytest.importorskip("pyarrow")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIMTAB_WORKSPACE", str(tmp_path / "ws"))
    (tmp_path / "runs.csv").write_text(RUNS)
    sampler = optuna.samplers.RandomSampler(seed=1)
    study = optuna.create_study(storage=f"sqlite:///{tmp_path / 'study.db'}", sampler=sampler, direction="maximize")
    study.optimize(lambda trial: trial.suggest_float("lr", 1e-4, 1e-1, log=True), n_trials=4)
    said: dict[str, str] = {}
    for line in "".join(blocks()).splitlines():
        words = shlex.split(line, comments=True)
        assert words[0] == "trimtab"
        status = main(words[1:])
        captured = capsys.readouterr()
        assert status == 0, (line, captured.out, captured.err)
        said[" ".join(words)] = captured.out
    preview = said["trimtab import runs.csv --preview"]
    assert re.search(r"params\.lr +.*hyperparameter", preview), preview
    assert not re.search(r"run_id +.*hyperparameter", preview)
    assert "choose the score: --score metrics.val_f1" in preview
    shown = "trimtab sprint list --json"
    assert main(shlex.split(shown)[1:]) == 0
    sprints: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["sprints"]
    complete = sorted((one["thread"], one["n_complete"]) for one in sprints)
    assert complete == [("bert", 2), ("bert", 2), ("cnn", 4)], "our own comes back whole"
    written = {"sprint.csv", "sprint.json", "sprint.parquet", "study.db", "runs.db"}
    assert written <= {one.name for one in tmp_path.iterdir()}
    assert "--lr 0.0005" in said["trimtab trial params 1 --as cli"]
