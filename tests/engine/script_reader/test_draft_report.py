"""How a script reports its score, read from what it prints without running it."""

import re
from pathlib import Path

import pytest
import yaml

from engine.script_reader.draft import draft_thread, guess_report
from engine.script_reader.source import read_script
from tests.engine.script_reader.drafting import drafted


@pytest.mark.parametrize(
    ("statement", "line", "score", "direction"),
    [
        ('print(f"epoch {e}: accuracy {a:.3f}")', "epoch 3: accuracy 0.912", "0.912", "maximize"),
        ('print("Epoch %d/%d val_loss=%.4e" % (e, n, loss))', "Epoch 3/9 val_loss=1.2e-05", "1.2e-05", "minimize"),
        ('print("acc:", acc, "at", e)', "acc: 0.5 at 3", "0.5", "maximize"),
        ('logger.info("F1 %s", f1)', "2026-01-01 INFO F1 0.75", "0.75", "maximize"),
        ('print("train loss", a, "| val loss", b)', "train loss 1.5 | val loss 2.5", "2.5", "minimize"),
        ('print("\\nTest set: Average loss: {:.4f}, Accuracy: {}/{} ({:.0f}%)\\n".format(a, b, c, d))',
         "Test set: Average loss: 0.0512, Accuracy: 9832/10000 (98%)", "9832", "maximize"),
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


def test_other_scores_that_were_seen_stand_beside_the_guess_ready_to_be_put_in_its_place(tmp_path: Path) -> None:
    text = 'import argparse\nargparse.ArgumentParser().add_argument("--lr", type=float, default=0.1)\n'
    text += 'print("Test set: Average loss: {:.4f}, Accuracy: {}/{}".format(loss, right, n))\n'
    (tmp_path / "train.py").write_text(text)
    draft = draft_thread(tmp_path / "train.py", folder=tmp_path)
    assert yaml.safe_load(draft.text)["metric"] == "accuracy"
    lines = draft.text.splitlines()
    at = lines.index("# Other scores that were seen, to put in place of these three keys:")
    other = yaml.safe_load("\n".join(line.removeprefix("#   ") for line in lines[at + 1 : at + 4]))
    assert (other["metric"], other["direction"]) == ("average_loss", "minimize")
    found = re.search(other["report"]["regex"], "Test set: Average loss: 0.0512, Accuracy: 9832/10000")
    assert found is not None
    assert (found["score"], found["accuracy"]) == ("0.0512", "9832")


YOLO = """
import csv, argparse
import pandas as pd
p = argparse.ArgumentParser()
p.add_argument("--lr", type=float, default=0.1)
p.add_argument("--output", default="", metavar="PATH", help="path to output folder")
p.add_argument("--experiment", default="", metavar="NAME", help="name of the sub-folder for output")
data = pd.read_csv("metrics.csv")
evolved = save_dir / "evolve.csv"
file = save_dir / "results.csv"
keys = ["train/box_loss", "metrics/precision", "metrics/mAP_0.5", "val/box_loss", "val_iou_threshold"]
"""


def test_a_table_of_results_is_preferred_to_other_tables_and_its_metrics_to_losses(tmp_path: Path) -> None:
    plain = drafted(tmp_path, "train.py", {"train.py": YOLO})
    assert plain["report"] == {"csv": "{run_dir}/**/results.csv", "key": "metrics/mAP_0.5"}
    assert "--output {run_dir}" in plain["command"]
    assert "--experiment" not in plain["command"]


def test_a_script_named_from_its_own_folder_is_read_with_the_package_that_it_lies_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "train.py").write_text("from pack.loggers import Loggers\n")
    (tmp_path / "pack" / "loggers.py").write_text('print("val acc", acc)\n')
    monkeypatch.chdir(tmp_path / "pack")
    assert [one.path.name for one in read_script(Path("train.py"))] == ["train.py", "loggers.py"]


def test_a_script_that_reports_in_json_needs_no_report_key(tmp_path: Path) -> None:
    text = 'import argparse, json\nargparse.ArgumentParser().add_argument("--lr", type=float, default=0.1)\n'
    text += 'print(json.dumps({"epoch": 1, "score": 0.5}))\n'
    plain = drafted(tmp_path, "train.py", {"train.py": text})
    assert "report" not in plain


LINE = "epoch 3: train loss 0.5123 | val acc 0.912"


@pytest.mark.parametrize(
    "script",
    [
        'text = f"epoch {e}: train loss {t:.4f}"\ntext += f" | val acc {a:.3f}"\nprint(text)\n',
        'def show(e, t, a):\n    text = "epoch " + str(e)\n    text = text + f": train loss {t}"\n'
        '    sys.stdout.write(text + " | val acc %.3f" % a + "\\n")\n',
        'parts = [f"epoch {e}: train loss {t:.4f}"]\nif True:\n    parts.append("val acc {:.3f}".format(a))\n'
        'logger.info(" | ".join(parts))\n',
        'head = f"epoch {e}: train loss {t:.4f}"\nprint(f"{head} | val acc {a}")\n',
        'print("\\x1b[1m" + f"epoch {e}: train loss {t:.4f} | " + "\\x1b[0mval acc", a)\n',
    ],
)
def test_a_line_is_followed_to_the_names_that_it_is_put_together_from(tmp_path: Path, script: str) -> None:
    (tmp_path / "train.py").write_text("import sys\n" + script)
    guess = guess_report(read_script(tmp_path / "train.py"))
    found = re.search(guess.report["regex"], LINE)
    assert found is not None, guess.report
    assert (found["score"], found["epoch"], guess.direction) == ("0.912", "3", "maximize")


def test_names_put_together_from_each_other_without_end_are_read_once(tmp_path: Path) -> None:
    doubled = "".join(f'a{n} = f"{{a{n - 1}}}{{a{n - 1}}} "\n' for n in range(1, 60))
    text = f'a0 = f"acc {{x}}"\n{doubled}b = b + f"loss {{x}}"\nprint(a59)\nprint(b)\n'
    (tmp_path / "train.py").write_text(text)
    assert guess_report(read_script(tmp_path / "train.py")).rank > 0


REPORTER = """
import trimtab
given = trimtab.params(lr=0.1, bias=True)
for epoch in range(trimtab.facts(epochs=10)["epochs"]):
    trimtab.report(epoch=epoch, score={score})
print(given["width"], given.get("momentum", 0.9))
"""


def test_a_script_that_asks_for_its_hyperparameters_needs_no_words_for_them(tmp_path: Path) -> None:
    plain = drafted(tmp_path, "train.py", {"train.py": REPORTER.format(score="val_loss")})
    assert plain["command"].split() == ["python", "train.py"]
    assert "report" not in plain
    assert (plain["metric"], plain["direction"]) == ("val_loss", "minimize")
    space = plain["space"]
    assert sorted(space) == ["bias", "lr", "momentum", "width"]
    assert (space["width"]["frozen"], space["bias"]["frozen"], space["lr"]["log"]) == (None, True, True)


@pytest.mark.parametrize(
    ("score", "direction"),
    [("-loss", "maximize"), ("1 / (1 + loss)", "maximize"), ("-accuracy", "minimize"), ("rmse", "minimize")],
)
def test_the_direction_follows_the_expression_that_is_reported(tmp_path: Path, score: str, direction: str) -> None:
    plain = drafted(tmp_path, "train.py", {"train.py": REPORTER.format(score=score)})
    assert plain["direction"] == direction
