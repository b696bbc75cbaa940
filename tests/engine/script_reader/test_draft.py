"""Thread files drafted from scripts of every kind: what reaches the command and the space."""

import re
from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.objectives.template import fill, split_template
from engine.script_reader.config_options import hydra_options, read_mapping
from engine.script_reader.draft import draft_thread
from engine.script_reader.help_options import parse_help
from engine.script_reader.hyperparameter import guess_role
from engine.script_reader.source import read_script
from tests.engine.script_reader.drafting import ARGPARSE, drafted


def test_argparse_options_become_a_command_and_a_space(tmp_path: Path) -> None:
    plain = drafted(tmp_path, "train.py", {"train.py": ARGPARSE})
    assert plain["command"].split() == [
        "python", "train.py", "--batch-size", "{batch_size}", "--lr", "{lr}", "--wd", "{wd}", "--layers", "{layers}",
        "--opt", "{opt}", "{tied:?--tied}", "{bias:--bias|--no-bias}", "--epochs", "{epochs}", "--seed", "{seed}",
        "--fraction", "{train_fraction}", "--save", "{run_dir}/model.pt", "--data", "FILL_IN_DATA",
    ]  # fmt: skip
    space = plain["space"]
    assert (space["lr"]["low"], space["lr"]["high"], space["lr"]["log"]) == (1e-4, 1e-2, True)
    assert (space["batch_size"]["type"], space["batch_size"]["low"], space["batch_size"]["log"]) == ("int", 16, True)
    assert space["wd"]["log"] is True, "a default of 0 still means a scale of decades"
    assert space["layers"]["frozen"] == 2, "what shapes the model is in the space, frozen at its default"
    assert (space["opt"]["choices"], space["opt"]["frozen"]) == (["sgd", "adam"], "sgd")
    assert (space["tied"]["frozen"], space["bias"]["frozen"]) == (False, True)
    assert "log_interval" not in space


SWITCHES = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=1e-3)
parser.add_argument("--use-bn", action="store_true", default=True)
parser.add_argument("--nesterov", action="store_true", default=False)
parser.add_argument("--no-bias", dest="bias", action="store_false")
parser.add_argument("--no-shuffle", dest="shuffle", action="store_false", default=False)
"""


def test_a_switch_is_searched_by_the_word_that_changes_it_and_left_out_where_no_word_does(tmp_path: Path) -> None:
    plain = drafted(tmp_path, "train.py", {"train.py": SWITCHES})
    assert plain["command"].split() == [
        "python",
        "train.py",
        "--lr",
        "{lr}",
        "{nesterov:?--nesterov}",
        "{bias:?|--no-bias}",
    ]
    assert (plain["space"]["nesterov"]["frozen"], plain["space"]["bias"]["frozen"]) == (False, True)
    filled = fill(split_template(plain["command"]), {"lr": 0.1, "nesterov": False, "bias": True}, ())
    assert filled == ["python", "train.py", "--lr", "0.1"], "the defaults need no word"
    assert set(plain["space"]) == {"lr", "nesterov", "bias"}


def test_a_switch_that_the_help_says_is_on_is_left_out(tmp_path: Path) -> None:
    assert guess_role(next(parse_help("  --use-bn    batch norm (default: True)\n"))).role == "left out"


def test_a_truth_value_of_click_that_is_no_flag_takes_a_word(tmp_path: Path) -> None:
    text = 'import click\n@click.command()\n@click.option("--lr", default=0.1)\n@click.option("--bias", default=True)\n'
    plain = drafted(tmp_path, "train.py", {"train.py": text + "def main(lr, bias): ...\n"})
    assert plain["command"].split()[-2:] == ["--bias", "{bias:true|false}"]


DISTRIBUTED = """
import argparse, os
import torch.distributed as dist
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=1e-3)
def setup():
    dist.init_process_group("gloo")
def main():
    {body}
if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    ("body", "launched"),
    [
        ("setup()", True),
        ("if 'RANK' in os.environ:\n        setup()", False),
        ("if int(os.environ.get('LOCAL_RANK', -1)) != -1:\n        dist.init_process_group('gloo')", False),
        ("pass", False),
    ],
)
def test_only_a_script_that_always_starts_a_process_group_is_launched_by_torchrun(
    tmp_path: Path, body: str, launched: bool
) -> None:
    plain = drafted(tmp_path, "train.py", {"train.py": DISTRIBUTED.format(body=body)})
    assert ("torch.distributed.run" in plain["command"]) is launched


def test_words_of_the_person_are_neither_guessed_nor_searched(tmp_path: Path) -> None:
    words = ("--data", "a corpus", "--wd=0.1")
    plain = drafted(tmp_path, "train.py", {"train.py": ARGPARSE}, words=words)
    assert "--data 'a corpus' --wd=0.1" in " ".join(plain["command"].split())
    assert "FILL_IN" not in plain["command"]
    assert "wd" not in plain["space"]


CLICK = """
import click
@click.command()
@click.option("--lr", default=1e-3, help="Learning rate")
@click.option("--layers", type=click.IntRange(1, 3), default=2)
@click.option("--optimizer", type=click.Choice(["adam", "sgd"]), default="adam")
@click.option("--bias/--no-bias", default=True)
@click.option("--nesterov", is_flag=True)
@click.option("--epochs", type=int, default=5)
@click.argument("data")
def main(**given):
    click.echo(f"[{epoch}] val_acc={acc:.3f}")
"""

TYPER = """
import typer
def main(data: str, lr: float = 0.01, momentum: float = typer.Option(0.9, min=0.5, max=0.95), nesterov: bool = False):
    print("Epoch", epoch, "validation loss", loss)
typer.run(main)
"""

ABSL = """
from absl import flags
from ml_collections import config_flags
import training
flags.DEFINE_string("workdir", None, "Directory")
flags.DEFINE_float("dropout_rate", 0.1, "Dropout", lower_bound=0.05, upper_bound=0.4)
flags.DEFINE_bool("use_bn", True, "Batch norm")
flags.DEFINE_enum("optimizer", "sgd", ["sgd", "adam"], "Which")
config_flags.DEFINE_config_file("config", None, "File")
flags.mark_flags_as_required(["config", "workdir"])
"""

ABSL_TRAINING = """
from absl import logging
def train(config):
    logging.info("epoch:% 3d, train_loss: %.4f, test_accuracy: %.2f", epoch, loss, accuracy * 100)
"""

ABSL_CONFIG = """
def get_config():
    config = ConfigDict()
    config.learning_rate = 0.1
    config.num_epochs = 10
    return config
"""

HF = """
from dataclasses import dataclass, field
from transformers import HfArgumentParser, Trainer, TrainingArguments
@dataclass
class ModelArguments:
    model_name_or_path: str = field(metadata={"help": "Path to the model"})
    dropout: float = field(default=0.1)
    use_norm: bool = field(default=True)
parser = HfArgumentParser((ModelArguments, TrainingArguments))
trainer = Trainer(model=model)
"""

HYDRA = """
import hydra
@hydra.main(version_base="1.3", config_path="../configs", config_name="train.yaml")
def main(cfg):
    return train(cfg)
"""

HYDRA_FILES = {
    "src/train.py": HYDRA,
    "configs/train.yaml": "defaults:\n  - _self_\n  - model: net\n  - trainer: default\nseed: null\n",
    "configs/model/net.yaml": "optimizer: {lr: 1e-3, weight_decay: 0.0}\nnet: {lr: 0.1}\n",
    "configs/trainer/default.yaml": "max_epochs: 10\n",
}

CONFIGURATOR = """
out_dir = "out"
eval_interval = 2000
batch_size = 3 * 4
n_layer = 12
bias = False
learning_rate = 6e-4
max_iters = 600000
dtype = "bfloat16" if torch.cuda.is_available() else "float16"
exec(open("configurator.py").read())
print(f"step {iter_num}: train loss {losses['train']:.4f}, val loss {losses['val']:.4f}")
"""

CONSTANTS = """
import lightgbm as lgb
SEED = 0
params = {"num_leaves": 31, "learning_rate": 0.05, "verbose": 0}
gbm = lgb.train(params, data, num_boost_round=20)
print(f"The RMSE of prediction is: {rmse}")
"""

KERAS = """
import keras
batch_size = 128
epochs = 15
model.compile(loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, batch_size=batch_size, epochs=epochs, validation_split=0.1)
print("Test loss:", score[0])
print("Test accuracy:", score[1])
"""

HYP = """
import argparse
from pathlib import Path
ROOT = Path(__file__).parent
parser = argparse.ArgumentParser()
parser.add_argument("--hyp", type=str, default=ROOT / "data/hyp.yaml")
parser.add_argument("--epochs", type=int, default=100)
parser.add_argument("--project", default=ROOT / "runs/train")
results = save_dir / "results.csv"
"""


def test_click_options_keep_the_limits_and_pairs_of_switches_that_they_state(tmp_path: Path) -> None:
    plain = drafted(tmp_path, "train.py", {"train.py": CLICK})
    command = " ".join(plain["command"].split())
    assert command.startswith("python train.py FILL_IN_DATA --lr {lr} --layers {layers} --optimizer {optimizer}")
    assert "{bias:--bias|--no-bias} {nesterov:?--nesterov} --epochs {epochs}" in command
    assert plain["space"]["layers"]["high"] == 3
    assert re.search(plain["report"]["regex"], "[3] val_acc=0.875")["score"] == "0.875"


def test_parameters_of_a_typer_function_are_options(tmp_path: Path) -> None:
    plain = drafted(tmp_path, "train.py", {"train.py": TYPER})
    assert "FILL_IN_DATA --lr {lr} --momentum {momentum} {nesterov:--nesterov|--no-nesterov}" in plain["command"]
    assert plain["space"]["momentum"]["high"] == 0.95
    assert (plain["metric"], plain["direction"]) == ("validation_loss", "minimize")


def test_absl_flags_and_the_values_of_their_configuration_file(tmp_path: Path) -> None:
    files = {"main.py": ABSL, "training.py": ABSL_TRAINING, "configs/default.py": ABSL_CONFIG}
    plain = drafted(tmp_path, "main.py", files)
    words = plain["command"].split()
    assert {"--workdir={run_dir}", "--config=configs/default.py", "--config.learning_rate={learning_rate}"} <= {*words}
    assert {"--config.num_epochs={epochs}", "--use_bn={use_bn:true|false}", "--optimizer={optimizer}"} <= {*words}
    assert (plain["space"]["dropout_rate"]["low"], plain["space"]["dropout_rate"]["high"]) == (0.05, 0.4)
    found = re.search(plain["report"]["regex"], "epoch:  3, train_loss: 0.5123, test_accuracy: 91.25")
    assert found is not None
    assert (found["epoch"], found["train_loss"], found["score"]) == ("3", "0.5123", "91.25")


def test_dataclasses_of_the_transformers_parser_bring_its_training_arguments(tmp_path: Path) -> None:
    plain = drafted(tmp_path, "train.py", {"train.py": HF})
    command = " ".join(plain["command"].split())
    assert "--model_name_or_path FILL_IN_MODEL_NAME_OR_PATH" in command
    assert "--learning_rate {learning_rate}" in command
    assert "--num_train_epochs {epochs} --seed {seed} --output_dir {run_dir} --eval_strategy epoch" in command
    assert "--use_norm {use_norm:True|False}" in command
    assert plain["report"] == {"json": True, "key": "eval_loss"}
    assert plain["direction"] == "minimize"


def test_hydra_values_of_composed_groups_are_overridden_by_name(tmp_path: Path) -> None:
    plain = drafted(tmp_path, "src/train.py", HYDRA_FILES)
    command = " ".join(plain["command"].split())
    assert "python src/train.py model.optimizer.lr={lr} model.optimizer.weight_decay={weight_decay}" in command
    assert "model.net.lr={net_lr}" in command, "names that end alike stay apart"
    assert "trainer.max_epochs={epochs} seed={seed} hydra.run.dir={run_dir}" in command
    assert plain["space"]["lr"]["low"] == 1e-4, "1e-3 is a number, though plain YAML reads it as text"
    assert plain["report"] == {"return": True}


def test_constants_that_a_configurator_overrides_are_flags(tmp_path: Path) -> None:
    plain = drafted(tmp_path, "train.py", {"train.py": CONFIGURATOR})
    words = plain["command"].split()
    assert words[2:] == [
        "--out_dir={run_dir}", "--batch_size={batch_size}", "--n_layer={n_layer}", "--bias={bias:True|False}",
        "--learning_rate={learning_rate}", "--max_iters={steps}",
    ]  # fmt: skip
    assert plain["report"]["every"] == 2000, "an evaluation is an epoch"
    assert plain["space"]["batch_size"]["low"] == 3, "3 * 4 is 12"
    found = re.search(plain["report"]["regex"], "step 2000: train loss 3.1234, val loss 3.4567")
    assert found is not None
    assert (found["step"], found["score"]) == ("2000", "3.4567")


def test_constants_are_set_in_a_copy_where_there_is_no_option(tmp_path: Path) -> None:
    plain = drafted(tmp_path, "simple.py", {"simple.py": CONSTANTS})
    assert plain["constants"]["simple.py"] == {
        "SEED": "{seed}", "params.num_leaves": "{num_leaves}", "params.learning_rate": "{learning_rate}",
    }  # fmt: skip
    assert (plain["metric"], plain["direction"]) == ("rmse", "minimize")


def test_the_bar_of_keras_is_preferred_to_the_test_score_behind_it(tmp_path: Path) -> None:
    plain = drafted(tmp_path, "convnet.py", {"convnet.py": KERAS})
    assert plain["constants"]["convnet.py"] == {"batch_size": "{batch_size}", "epochs": "{epochs}"}
    line = "422/422 - 3s - 7ms/step - accuracy: 0.98 - loss: 0.05 - val_accuracy: 0.9912 - val_loss: 0.04"
    assert re.search(plain["report"]["regex"], line)["score"] == "0.9912"
    assert plain["metric"] == "val_accuracy"


def test_the_numbers_of_a_configuration_file_join_the_space(tmp_path: Path) -> None:
    plain = drafted(tmp_path, "train.py", {"train.py": HYP, "data/hyp.yaml": "lr0: 0.01\nmomentum: 0.937\nbox: 0.05\n"})
    assert plain["files"] == {
        "hyp": {"from": "data/hyp.yaml", "set": {"lr0": "{lr0}", "momentum": "{momentum}", "box": "{box}"}}
    }
    assert "--hyp {file.hyp}" in plain["command"]
    assert "--project {run_dir}" in plain["command"]
    assert plain["space"]["box"]["frozen"] == 0.05
    assert list(plain["report"]) == ["csv"]


def test_at_most_six_hyperparameters_are_free_at_the_start(tmp_path: Path) -> None:
    names = ("lr", "wd", "momentum", "dropout", "batch_size", "gamma", "clip", "smoothing")
    options = "\n".join(f"p.add_argument('--{name}', type=float, default=0.5)" for name in names)
    plain = drafted(tmp_path, "train.py", {"train.py": f"import argparse\np = argparse.ArgumentParser()\n{options}\n"})
    free = [name for name, dimension in plain["space"].items() if "frozen" not in dimension]
    assert sorted(free) == ["batch_size", "dropout", "gamma", "lr", "momentum", "wd"]


def test_a_script_is_read_and_never_run(tmp_path: Path) -> None:
    text = f"open({str(tmp_path / 'ran')!r}, 'w')\nLEARNING_RATE = 0.1\nraise SystemExit(1)\n"
    assert drafted(tmp_path, "train.py", {"train.py": text})["space"]["LEARNING_RATE"]["high"] == 1
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"train.py": "print('hello')\n"}, "shows no hyperparameter"),
        ({"train.py": "def broken(:\n"}, "must be Python 3"),
        ({"train.py": "x = 'a' * 10**12\nlr = 2 ** 10**9\n"}, "shows no hyperparameter"),
    ],
)
def test_a_script_that_shows_nothing_is_refused(tmp_path: Path, files: dict[str, str], words: str) -> None:
    with pytest.raises(EngineError, match=words):
        drafted(tmp_path, "train.py", files)


def test_configurations_that_name_each_other_and_ones_without_end_are_read_once(tmp_path: Path) -> None:
    (tmp_path / "conf" / "a").mkdir(parents=True)
    (tmp_path / "train.py").write_text(
        'import hydra\n@hydra.main(config_path="conf", config_name="config")\ndef main(cfg): print("score:", 1)\n'
    )
    # Two entries that lead back double the work at every level.
    (tmp_path / "conf" / "config.yaml").write_text("defaults: [{a: b}, {a: c}]\nlr: 1e-3\nuse_ema: off\n")
    for name in ("b", "c"):
        (tmp_path / "conf" / "a" / f"{name}.yaml").write_text("defaults: [{../a: b}, {../a: c}]\nwd: 0.1\n")
    (tmp_path / "conf" / "a" / "bomb.yaml").write_text(
        "a: &a [x, x]\n"
        + "".join(
            f"{after}: &{after} [*{before}, *{before}]\n"
            for before, after in zip("abcdefghijklmnopqrst", "bcdefghijklmnopqrstu", strict=False)
        )
    )
    [source] = read_script(tmp_path / "train.py")
    options = {option.name: option for option in hydra_options([source])}
    assert options["lr"].default == 1e-3
    assert options["use_ema"].default is False
    assert read_mapping(tmp_path / "conf" / "a" / "bomb.yaml") == {}


def test_a_script_of_odd_names_and_half_characters_is_drafted(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        f"import argparse\nimport {'d' * 300}.{'e' * 300}\n"
        "parser = argparse.ArgumentParser()\n"
        "parser.add_argument('--name', default='a\\ud83d', help='half \\ud83d of one')\n"
        "parser.add_argument('--lr', type=float, default=0.1)\n"
        "args = parser.parse_args()\nprint('score', args.lr)\n"
    )
    assert "lr:" in draft_thread(script, folder=tmp_path).text.encode().decode()
