"""Thread files drafted from scripts of every kind: what reaches the command, the space and the report."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.cli.main import main
from engine.errors import EngineError
from engine.script_reader.config_options import hydra_options, read_mapping
from engine.script_reader.draft import draft_thread, find_script, guess_report
from engine.script_reader.help_options import help_options, parse_help
from engine.script_reader.source import read_script


def drafted(folder: Path, script: str, files: dict[str, str], **options: Any) -> dict[str, Any]:
    """The thread file for a script, as YAML reads it."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    draft = draft_thread(folder / script, folder=folder, **options)
    assert "# guess" in draft.text
    plain = yaml.safe_load(draft.text)
    assert isinstance(plain, dict)
    return plain


ARGPARSE = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--batch-size", type=int, default=64, metavar="N")
parser.add_argument("-l", "--lr", type=float, default=1e-3)
parser.add_argument("--wd", type=float, default=0.0, help="weight decay")
parser.add_argument("--layers", type=int, default=2)
parser.add_argument("--opt", choices=["sgd", "adam"], default="sgd")
parser.add_argument("--tied", action="store_true")
parser.add_argument("--bias", action=argparse.BooleanOptionalAction, default=True)
parser.add_argument("--epochs", type=int, default=14)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--fraction", type=float, default=1.0)
parser.add_argument("--save", default="model.pt")
parser.add_argument("--log-interval", type=int, default=10)
parser.add_argument("--data", required=True)
args = parser.parse_args()
for epoch in range(args.epochs):
    print("| end of epoch {:3d} | valid loss {:5.2f} | valid ppl {:8.2f}".format(epoch, loss, ppl))
"""


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


@pytest.mark.parametrize(
    ("statement", "line", "score", "direction"),
    [
        ('print(f"epoch {e}: accuracy {a:.3f}")', "epoch 3: accuracy 0.912", "0.912", "maximize"),
        ('print("Epoch %d/%d val_loss=%.4e" % (e, n, loss))', "Epoch 3/9 val_loss=1.2e-05", "1.2e-05", "minimize"),
        ('print("acc:", acc, "at", e)', "acc: 0.5 at 3", "0.5", "maximize"),
        ('logger.info("F1 %s", f1)', "2026-01-01 INFO F1 0.75", "0.75", "maximize"),
        ('print("train loss", a, "| val loss", b)', "train loss 1.5 | val loss 2.5", "2.5", "minimize"),
        ('print("\\nTest set: Average loss: {:.4f}, Accuracy: {}/{} ({:.0f}%)\\n".format(a, b, c, d))',
         "Test set: Average loss: 0.0512, Accuracy: 9832/10000 (98%)", "0.0512", "minimize"),
        ('print(f"Acc@1 {top1.val:.3f} Acc@5 {top5.val:.3f}")', "Acc@1 71.5 Acc@5 90.1", "71.5", "maximize"),
        ('print("val loss: " + str(loss))', "val loss: nan", "nan", "minimize"),
    ],
)  # fmt: skip
def test_a_printed_line_becomes_a_pattern_that_reads_it(
    tmp_path: Path, statement: str, line: str, score: str, direction: str
) -> None:
    script = tmp_path / "train.py"
    script.write_text(statement + "\n")
    guess = guess_report(read_script(script))
    found = re.search(guess.report["regex"], line)
    assert found is not None, guess.report
    assert (found["score"], guess.direction) == (score, direction)


def test_a_script_that_reports_in_json_needs_no_report_key(tmp_path: Path) -> None:
    text = 'import argparse, json\nargparse.ArgumentParser().add_argument("--lr", type=float, default=0.1)\n'
    text += 'print(json.dumps({"epoch": 1, "score": 0.5}))\n'
    plain = drafted(tmp_path, "train.py", {"train.py": text})
    assert "report" not in plain


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


def test_the_script_of_a_folder_is_the_one_that_takes_options(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("def train(): ...\n")
    (tmp_path / "main.py").write_text(ARGPARSE)
    assert find_script(tmp_path).name == "main.py"
    (tmp_path / "main.py").unlink()
    assert find_script(tmp_path).name == "train.py"


def test_a_folder_with_several_scripts_names_them(tmp_path: Path) -> None:
    for name in ("alpha.py", "beta.py"):
        (tmp_path / name).write_text("")
    with pytest.raises(EngineError, match=r"alpha\.py, beta\.py"):
        find_script(tmp_path)


def test_the_environment_beside_the_script_is_its_python(tmp_path: Path) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    assert drafted(tmp_path, "train.py", {"train.py": ARGPARSE})["python"] == ".venv/bin/python"


HELP = """
usage: fit [-h] [--lr LR]

Options:
  -h, --help            show this help message and exit
  --lr LR               learning rate (default: 0.001)
  --batch-size N        batch size
                        [default: 32]
  -w WIDTH, --width WIDTH
                        hidden units (default: 64)
  --opt {sgd,adam}      optimizer (default: sgd)
  --amp / --no-amp      mixed precision
  --tied                tie the weights
"""


def test_a_help_page_is_read_as_a_person_reads_it() -> None:
    options = {option.name: option for option in parse_help(HELP)}
    assert (options["lr"].default, options["batch_size"].default, options["width"].default) == (0.001, 32, 64)
    assert options["opt"].choices == ("sgd", "adam")
    assert options["tied"].passing == "switch"


def test_the_help_of_any_program_can_be_read_when_told(tmp_path: Path) -> None:
    program = tmp_path / "fit"
    program.write_text(f"#!/bin/sh\ncat <<'END'{HELP}END\n")
    program.chmod(0o755)
    assert {"lr", "batch_size"} <= {option.name for option in help_options([str(program)], tmp_path)}
    with pytest.raises(EngineError, match="--run-help"):
        draft_thread(program, folder=tmp_path)
    draft = draft_thread(program, folder=tmp_path, run_help=True)
    assert yaml.safe_load(draft.text)["command"].startswith("./fit --lr {lr} --batch-size {batch_size}")


def test_init_writes_a_thread_file_says_what_it_took_for_what_and_keeps_an_existing_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text(ARGPARSE)
    assert main(["init"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"--lr +0\.0001–0\.01 \(log\) +learning rate", said)
    assert "FILL_IN_DATA" in said
    assert "next: " in said
    (tmp_path / "thread.yaml").write_text("mine")
    assert main(["init"]) == 2
    assert "--force" in capsys.readouterr().err
    assert (tmp_path / "thread.yaml").read_text() == "mine"
    assert main(["init", "train.py", "-o", "-", "--", "--data", "corpus"]) == 0
    assert "--data corpus" in " ".join(yaml.safe_load(capsys.readouterr().out)["command"].split())
    assert main(["init", "--force", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["to_fill_in"] == ["FILL_IN_DATA"]


EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples"
KINDS = (
    "absl_stderr", "argparse_print", "hydra_csv", "lightgbm_lines", "nanogpt_config", "sklearn_constants",
    "timm_summary", "trainer_dicts", "trainer_state", "yolo_hyp",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_draft_for_each_kind_of_script_meets_the_contract_as_it_is(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / kind
    shutil.copytree(EXAMPLES / kind, folder)
    draft = draft_thread(folder / "train.py", folder=folder, name=kind)
    (folder / "drafted.yaml").write_text(draft.text)
    assert main(["thread", "try", str(folder / "drafted.yaml"), "--json"]) == 0
    tried = json.loads(capsys.readouterr().out)
    assert tried["met"], draft.text


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
