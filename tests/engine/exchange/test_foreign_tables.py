"""Tables of other tools are understood as they were written: what is a hyperparameter, what is not, what ran."""

from pathlib import Path
from typing import Any

import pytest

from engine import api
from engine.api.exchange import read_import, store_import
from engine.errors import EngineError
from engine.exchange.columns import Corrections
from engine.exchange.format import Reading
from engine.store.workspace import Workspace

MLFLOW = """\
run_id,experiment_id,status,artifact_uri,start_time,end_time,metrics.val_f1,metrics.loss,params.lr,params.bs,params.warmup,tags.mlflow.runName,tags.mlflow.user
a1,1,FINISHED,file:///m/a1,2024-05-03 10:00:01+00:00,2024-05-03 10:05:01+00:00,41.2,1.2,0.0001,16,0.1,calm-fox-1,ann
b2,1,FINISHED,file:///m/b2,2024-05-03 10:06:01+00:00,2024-05-03 10:11:01+00:00,43.9,1.1,0.0003,32,0.1,calm-fox-2,ann
c3,1,FAILED,file:///m/c3,2024-05-03 10:12:01+00:00,2024-05-03 10:13:01+00:00,,,0.003,32,None,calm-fox-3,ann
d4,1,RUNNING,file:///m/d4,2024-05-03 10:14:01+00:00,,40.0,1.31,0.00005,8,0.2,calm-fox-4,ann
"""
WANDB_PAGE = """\
"Name","State","Notes","User","Tags","Created","Runtime","Sweep","batch_size","lr","optimizer","epoch","val_loss","train/loss"
"misty-1","finished","-","ann","","2024-05-03T10:00:01.000Z","301","s1","16","0.001","adam","9","0.41","0.2"
"misty-2","crashed","-","ann","","2024-05-03T10:00:01.000Z","12","s1","32","0.01","sgd","1","0.9","0.8"
"misty-3","running","-","ann","","2024-05-03T10:00:01.000Z","30","s1","16","0.002","adam","4","0.7","0.5"
"misty-4","finished","-","ann","","2024-05-03T10:00:01.000Z","305","s1","64","0.003","adam","9","0.38","0.2"
"""
WANDB_API = """\
,name,summary,config
0,misty-1,"{'val_f1': 0.5, '_step': 9, '_runtime': 30.5, 'best': nan}","{'lr': 0.1, 'net': {'layers': [64, 64]}}"
1,misty-2,"{'val_f1': 0.6, '_step': 9, '_runtime': 31.5, 'best': nan}","{'lr': 0.2, 'net': {'layers': [128]}}"
"""
RAY = """\
loss,time_this_iter_s,done,training_iteration,trial_id,date,timestamp,time_total_s,pid,hostname,node_ip,config/lr,config/opt,logdir
0.4,1.1,True,10,a_0,2024-05-03_10-00-01,1714730401,11.5,77,box,10.0.0.1,0.1,adam,/r/a_0
0.3,1.0,False,10,a_1,2024-05-03_10-00-02,1714730402,10.5,78,box,10.0.0.1,0.01,sgd,/r/a_1
"""
NNI = """\
trialJobId,intermediate,reward,lr,batch_size,optimizer
o8lr8,"[0.31,0.39,0.41]",0.41,0.0001,16,adam
ecogv,"[0.35,0.42,0.44]",0.44,0.0004,32,adamw
siiaf,"[0.20,0.25,0.27]",0.27,0.003,16,sgd
"""
NEPTUNE = """\
sys/id,sys/creation_time,sys/owner,sys/state,sys/failed,sys/running_time,parameters/lr,parameters/depth,metrics/val/f1,monitoring/cpu
RUN-1,2024-05-03T10:00:01Z,ann,Inactive,False,30.5,0.1,3,0.5,80
RUN-2,2024-05-03T10:00:01Z,ann,Inactive,True,30.5,0.2,4,0.6,81
RUN-3,2024-05-03T10:00:01Z,ann,Active,False,30.5,0.3,4,0.7,82
"""
OPTUNA = """\
,number,value,datetime_start,datetime_complete,duration,params_clf,params_svc_c,params_depth,user_attrs_note,state
0,0,0.5,2024-05-03 10:00:01.5,2024-05-03 10:00:03.5,0 days 00:00:02,SVC,0.1,,x,COMPLETE
1,1,0.6,2024-05-03 10:00:01.5,2024-05-03 10:00:03.5,0 days 00:00:02,RF,,4.0,x,COMPLETE
2,2,0.2,2024-05-03 10:00:01.5,2024-05-03 10:00:03.5,0 days 00:00:02,RF,,8.0,x,PRUNED
3,3,,2024-05-03 10:00:01.5,,,SVC,10.0,,x,RUNNING
"""
PANDAS = "Unnamed: 0,lr,layers,accuracy\n0,0.1,2,0.7\n1,0.01,3,0.8\n2,0.02,4,0.75\n"
SEMICOLON = "lr;dropout;accuracy\n0,001;0,5;81,5\n0,01;0,25;83\n"
POINTS = "lr;sizes;accuracy\n0.001;64,64;81.5\n0.01;128,128;83\n"


def reading(tmp_path: Path, text: str, *, ws: Workspace | None = None, form: str = "", **said: Any) -> Reading:
    path = tmp_path / "runs.csv"
    path.write_text(text, encoding="utf-8")
    return read_import(ws, "Hartmann" if ws else "new", str(path), form=form, corrections=Corrections(**said))


def roles(found: Reading) -> dict[str, list[str]]:
    by_role: dict[str, list[str]] = {}
    for column in found.columns:
        by_role.setdefault(column.role, []).append(column.called or column.name)
    return by_role


@pytest.mark.parametrize(
    ("text", "score", "form", "params", "states"),
    [
        (MLFLOW, "metrics.val_f1", "mlflow", ["lr", "bs", "warmup"], "complete complete failed cancelled"),
        (WANDB_PAGE, "val_loss", "wandb", ["batch_size", "lr", "optimizer"], "complete failed cancelled complete"),
        (WANDB_API, "summary/val_f1", "wandb", ["lr", "net_layers"], "complete complete"),
        (RAY, "", "ray", ["lr", "opt"], "complete complete"),
        (NNI, "", "nni", ["lr", "batch_size", "optimizer"], "complete complete complete"),
        (NEPTUNE, "", "neptune", ["lr", "depth"], "complete failed cancelled"),
        (OPTUNA, "", "optuna", ["clf", "svc_c", "depth"], "complete complete pruned cancelled"),
        (PANDAS, "", "csv", ["lr", "layers"], "complete complete complete"),
        (SEMICOLON, "", "csv", ["lr", "dropout"], "complete complete"),
    ],
    ids=["mlflow", "wandb page", "wandb api", "ray", "nni", "neptune", "optuna", "pandas", "semicolons"],
)
def test_a_tools_table_is_told_by_its_columns(
    tmp_path: Path, text: str, score: str, form: str, params: list[str], states: str
) -> None:
    found = reading(tmp_path, text, score=score)
    assert found.format == form
    assert roles(found)["hyperparameter"] == params
    assert [trial.state for trial in found.content.trials] == states.split()
    assert all(trial.score is None for trial in found.content.trials if trial.state not in ("complete", "pruned"))


def test_what_ran_says_its_times_its_metrics_and_why_it_did_not_end_well(tmp_path: Path) -> None:
    first, _, failed, running = reading(tmp_path, MLFLOW, score="metrics.val_f1").content.trials
    assert (first.started_at, first.seconds) == (1714730401.0, 300.0)
    assert first.reports[-1].metrics == {"loss": 1.2}
    assert "warmup" not in failed.params, "None is no value"
    assert running.reason == "not finished: its state was RUNNING"
    crashed = reading(tmp_path, WANDB_PAGE, score="val_loss").content.trials[1]
    assert (crashed.seconds, crashed.n_epochs, crashed.reason) == (12.0, 1, "its state was crashed")


def test_a_loss_is_better_when_it_is_lower_unless_a_person_says_otherwise(tmp_path: Path) -> None:
    assert reading(tmp_path, WANDB_PAGE, score="val_loss").content.direction == "minimize"
    assert reading(tmp_path, NNI).content.direction == "maximize"
    path = str(tmp_path / "runs.csv")
    assert read_import(None, "new", path, direction="minimize").content.direction == "minimize"


def test_commas_are_decimal_where_semicolons_divide_and_no_cell_has_a_point(tmp_path: Path) -> None:
    found = reading(tmp_path, SEMICOLON)
    assert [trial.params for trial in found.content.trials] == [
        {"lr": 0.001, "dropout": 0.5}, {"lr": 0.01, "dropout": 0.25},
    ]  # fmt: skip
    assert [trial.score for trial in found.content.trials] == [81.5, 83.0]
    points = reading(tmp_path, POINTS)
    assert points.content.trials[0].params == {"lr": 0.001, "sizes": "64,64"}


def test_an_absent_cell_is_an_inactive_hyperparameter_and_says_under_what(tmp_path: Path) -> None:
    space = reading(tmp_path, OPTUNA).content.space
    api_run = reading(tmp_path, WANDB_API, score="summary/val_f1").content
    assert api_run.trials[0].params["net_layers"] == [64, 64], "a list is a choice as it is"
    assert (space["svc_c"].active_when, space["depth"].active_when) == ({"clf": "SVC"}, {"clf": "RF"})
    assert space["depth"].kind == "int", "pandas writes 4.0 where cells are empty"
    assert space["depth"].bounds == (4, 8)


def test_a_person_corrects_what_a_column_is_taken_for(tmp_path: Path) -> None:
    text = "lr,temperature,loss_scale,note_to_self,accuracy,f1\n0.1,1,8,a,0.5,0.4\n0.2,2,16,b,0.6,0.5\n"
    with pytest.raises(EngineError, match="one score, it has 2 metrics: accuracy, f1 – name one: --score accuracy"):
        reading(tmp_path, text)
    found = reading(
        tmp_path, text, score="f1", metrics=("temp*",), ignored=("note_to_self",), params=("loss_scale=scale",)
    )
    assert roles(found) == {
        "hyperparameter": ["lr", "scale"],
        "metric": ["temperature", "accuracy"],
        "ignored": ["note_to_self"],
        "score": ["f1"],
    }
    with pytest.raises(EngineError, match="did you mean temperature"):
        reading(tmp_path, text, score="f1", metrics=("temperatur",))


def test_a_named_format_is_used_where_guessing_fails(tmp_path: Path) -> None:
    text = "Name,lr,Created,accuracy\na,0.1,2024-05-03T10:00:01.000Z,0.5\nb,0.2,2024-05-03T10:00:01.000Z,0.6\n"
    assert reading(tmp_path, text).format == "csv"
    assert reading(tmp_path, text, form="wandb").content.trials[0].started_at == 1714730401.0
    with pytest.raises(EngineError, match=r"a format must be one of .*csv, got 'xls'"):
        reading(tmp_path, text, form="xls")


def test_columns_that_a_thread_does_not_know_are_left_out_only_where_they_are_constant(
    ws: Workspace, tmp_path: Path
) -> None:
    text = "x0,x1,x2,amp,score\n0.1,0.1,0.2,O1,3\n0.9,0.1,0.2,{}\n"
    found = reading(tmp_path, text.format("O1,1"), ws=ws)
    assert roles(found)["ignored"] == ["amp"]
    assert store_import(ws, "Hartmann", found).n_complete == 2
    differing = reading(tmp_path, text.format("O2,1"), ws=ws)
    with pytest.raises(EngineError, match="of thread Hartmann, got amp – leave it out with --ignore amp"):
        store_import(ws, "Hartmann", differing)


def test_a_cell_without_a_value_fails_its_trial_alone_where_the_thread_needs_one(ws: Workspace, tmp_path: Path) -> None:
    found = reading(tmp_path, "x0,x1,x2,score\n0.1,0.1,0.2,3\n0.9,,0.2,7\n", ws=ws)
    view = store_import(ws, "Hartmann", found)
    assert (view.n_complete, view.n_failed) == (1, 1)
    assert api.get_trial(ws, view.id, 1).reason == "its score 7 stands without a value of x1"


def test_a_refused_import_leaves_no_thread_behind(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("lr,constraints,score\n0.1,a,oom\n")
    with pytest.raises(EngineError, match="a finished trial with a number as its score"):
        api.import_sprint(ws, "Fresh", str(path))
    found = reading(tmp_path, NNI)
    with pytest.raises(EngineError, match="module:Class"):
        store_import(ws, "Fresh", found, objective="nonsense")
    assert [view.name for view in api.list_threads(ws)] == ["Hartmann"]


def test_a_hundred_thousand_digits_and_odd_numbers_stay_what_they_are(tmp_path: Path) -> None:
    text = "tag_size,code,big,score\n1_000,007,9007199254740993,1\n2_000,008,9007199254740995,2\n"
    space = reading(tmp_path, text).content.space
    assert space["tag_size"].choices == ("1_000", "2_000")
    assert space["code"].choices == ("007", "008")
    assert space["big"].choices == (9007199254740993, 9007199254740995), "no float holds them"
