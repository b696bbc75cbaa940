"""Scripts that boost: rounds are the length of the training, and a line of each round reports."""

import json
import re
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.script_reader.draft import draft_thread
from tests.engine.script_reader.drafting import drafted

XGBOOST = """
import argparse
import numpy as np
import xgboost as xgb

parser = argparse.ArgumentParser()
parser.add_argument("--eta", type=float, default=0.3)
parser.add_argument("--num_boost_round", type=int, default=50)
args = parser.parse_args()
draw = np.random.default_rng(0)
x = draw.normal(size=(60, 3))
y = x[:, 0]
train, valid = xgb.DMatrix(x[:40], y[:40]), xgb.DMatrix(x[40:], y[40:])
params = {"eta": args.eta, "nthread": 1, "max_depth": 2, "eval_metric": "mae"}
xgb.train(params, train, num_boost_round=args.num_boost_round, evals=[(train, "train"), (valid, "valid")])
"""

LIGHTGBM = """
import lightgbm as lgb
import numpy as np

ROUNDS = 50
params = {"objective": "regression", "metric": "l1", "learning_rate": 0.1, "num_threads": 1, "min_data_in_leaf": 2}
draw = np.random.default_rng(0)
x = draw.normal(size=(60, 3))
train = lgb.Dataset(x[:40], x[:40, 0])
valid = lgb.Dataset(x[40:], x[40:, 0], reference=train)
lgb.train(params, train, num_boost_round=ROUNDS, valid_sets=[train, valid], callbacks=[lgb.log_evaluation(1)])
"""


@pytest.mark.parametrize(("library", "script", "metric"), [("xgboost", XGBOOST, "mae"), ("lightgbm", LIGHTGBM, "l1")])
def test_the_rounds_of_a_real_training_are_its_length_and_an_epoch_is_a_share_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], library: str, script: str, metric: str
) -> None:
    pytest.importorskip(library)
    plain = drafted(tmp_path, "train.py", {"train.py": script})
    rounds = plain["constants"]["train.py"]["ROUNDS"] if library == "lightgbm" else plain["command"].split()[-1]
    assert rounds == "{steps}"
    assert plain["report"]["every"] == 2, "50 rounds are 25 epochs"
    assert (plain["metric"], plain["direction"]) == (metric, "minimize")
    assert not {"num_boost_round", "ROUNDS"} & set(plain["space"])
    (tmp_path / "thread.yaml").write_text(draft_thread(tmp_path / "train.py", folder=tmp_path).text)
    assert main(["thread", "try", str(tmp_path / "thread.yaml"), "--json"]) == 0
    tried = json.loads(capsys.readouterr().out)
    assert tried["met"], tried
    assert tried["score"] < 0.9, "of the validation rows, after two rounds"


def test_rounds_that_stand_in_a_call_are_named_as_the_length(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(LIGHTGBM.replace("num_boost_round=ROUNDS", "num_boost_round=100"))
    text = draft_thread(tmp_path / "train.py", folder=tmp_path).text
    assert re.search(r"# num_boost_round \(default 100, train\.py:\d+\) seems to decide that: give it a name", text)
    assert "#   num_boost_round" not in text, "it is not among the options that could be searched"


def test_rounds_of_a_script_that_prints_its_score_once_are_left_to_the_person(tmp_path: Path) -> None:
    script = LIGHTGBM.replace(", callbacks=[lgb.log_evaluation(1)]", "") + 'print("The rmse of prediction is:", rmse)\n'
    plain = drafted(tmp_path, "train.py", {"train.py": script})
    assert "ROUNDS" not in plain["space"]
    assert "set it in constants:" in (draft_thread(tmp_path / "train.py", folder=tmp_path)).text
