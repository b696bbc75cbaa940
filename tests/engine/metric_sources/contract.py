"""What a line is taken for: every row is tested, and docs/report-lines.md is made from them.

``report`` is YAML as it stands in a thread file (empty: no ``report:``), ``metric`` the thread's name of the score. For
the sources that read files ``output`` is the file's content.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table."""

    output: str
    taken: tuple[str, ...]
    report: str = ""
    metric: str = "score"
    near: str = ""


def taken(output: str, *readings: str, report: str = "", metric: str = "score", near: str = "") -> Row:
    """Output, what it is taken for (nothing: log), and what a failure would name as near."""
    return Row(output, readings, report, metric, near)


PLAIN = (
    taken('{"epoch": 3, "score": 0.41}', "report of epoch 3: score 0.41"),
    taken('{"epoch": 3, "score": 0.41, "loss": 1.2}', "report of epoch 3: score 0.41, loss 1.2"),
    taken('  {"epoch": 3, "score": 0.41}  ', "report of epoch 3: score 0.41"),
    taken('{"score": 0.41}', "report: score 0.41"),
    taken('{"epoch": 0, "score": 0.41}', "report of epoch 0: score 0.41"),
    taken('{"epoch": 1.5, "score": 0.41}', "report of epoch 1.5: score 0.41"),
    taken('{"epoch": "3", "score": "0.41"}', "report of epoch 3: score 0.41"),
    taken('{"epoch": 3, "score": "41.5%"}', "report of epoch 3: score 41.5"),
    taken('{"epoch": 3, "score": 7}', "report of epoch 3: score 7"),
    taken('{"epoch": 3, "score": -4e-05}', "report of epoch 3: score -4e-05"),
    taken('{"epoch": 3, "score": NaN}', "report of epoch 3: score nan"),
    taken('{"epoch": 3, "score": null}', "report of epoch 3: score nan"),
    taken('{"epoch": 3, "score": Infinity}', "report of epoch 3: score inf"),
    taken('{"epoch": 4, "score": 0.5, "phase": "calibration"}', "report of epoch 4: score 0.5 (calibration)"),
    taken('{"epoch": 4, "score": 0.5, "phase": "val"}', "report of epoch 4: score 0.5"),
    taken('{"epoch": 4, "fraction": 0.5}', "progress of epoch 4: 50%"),
    taken('{"epoch": 4, "fraction": 0.5, "message": "warmup"}', "progress of epoch 4: 50%, warmup"),
    taken('{"epoch": 1, "loss": 2.5}', "metrics of epoch 1: loss 2.5", near="found 'epoch', 'loss' but no 'score'"),
    taken('{"loss": 2.5, "lr": 0.1}', near="found 'loss', 'lr' but no 'score'"),
    taken('{"epoch": 1, "val": {"score": 0.4}}', "metrics of epoch 1: val.score 0.4",
          near="found 'epoch', 'val.score' but no 'score'"),
    taken('INFO 12:00:01 train.py:7 {"epoch": 3, "score": 0.41}', "report of epoch 3: score 0.41"),
    taken('{"epoch": 1, "score": 0.1} {"epoch": 2, "score": 0.2}', "report of epoch 1: score 0.1",
          "report of epoch 2: score 0.2"),
    taken('{\n  "epoch": 3,\n  "score": 0.41\n}', "report of epoch 3: score 0.41"),
    taken(' 50%|█████     | 5/10 [00:01<00:01]{"epoch": 3, "score": 0.41}', "report of epoch 3: score 0.41"),
    taken(' 50%|█████     | 5/10\r{"epoch": 3, "score": 0.41}', "report of epoch 3: score 0.41"),
    taken('\r100%|██████████| 10/10\r\x1b[K{"epoch": 3, "score": 0.41}\r\n', "report of epoch 3: score 0.41"),
    taken('\x1b[32m{"epoch": 3, "score": \x1b[1m0.41\x1b[0m}\x1b[0m', "report of epoch 3: score 0.41"),
    taken('working |\b/\b-\b {"epoch": 3, "score": 0.41}', "report of epoch 3: score 0.41"),
    taken("{'epoch': 3, 'score': 0.41}", "report of epoch 3: score 0.41"),
    taken("{'epoch': 3, 'score': np.float64(0.41)}", "report of epoch 3: score 0.41"),
    taken("{'epoch': 3, 'score': tensor(0.41, device='cuda:0')}", "report of epoch 3: score 0.41"),
    taken("{'epoch': 3, 'score': 0.41, 'best': True, 'name': None}", "report of epoch 3: score 0.41"),
    taken("{'epoch': 3, 'score': nan}", "report of epoch 3: score nan"),
    taken('{"epoch": 3, "rank": 1, "score": 0.41}', "report of epoch 3: score 0.41 (rank 1: not counted)"),
    taken('{"epoch": 3, "accuracy": 0.41}', "report of epoch 3: score 0.41", metric="accuracy"),
    taken('{"epoch": 3, "acuracy": 0.41}', "metrics of epoch 3: acuracy 0.41", metric="accuracy",
          near="found 'epoch', 'acuracy' but no 'score' or 'accuracy'"),
    taken('{"epoch": -1, "score": 0.41}', near="'epoch' must be a number from 0, got -1"),
    taken('{"epoch": "first", "score": 0.41}', near="'epoch' must be a number from 0, got 'first'"),
    taken('{"epoch": 3, "score": "high"}', near="'score' must be a number, got 'high'"),
    taken('{"epoch": 3, "score": true}', near="'score' must be a number, got True"),
    taken('{"epoch": 3, "score": 0.41'),
    taken('{"epoch", "score"}'),
    taken("epoch 3: score 0.41"),
    taken("{}"),
    taken('["epoch", 3, "score", 0.41]'),
)  # fmt: skip
"""Without ``report:``."""

JSON = (
    taken("{'eval_loss': 0.52, 'eval_f1': 0.41, 'epoch': 1.0}", "report of epoch 1: score 0.41, eval_loss 0.52",
          report="{json: true, key: eval_f1}"),
    taken("{'loss': 0.9, 'learning_rate': 5e-05, 'epoch': 0.5}",
          "metrics of epoch 0.5: loss 0.9, learning_rate 5e-05", report="{json: true, key: eval_f1}",
          near="found 'loss', 'learning_rate', 'epoch' but no 'eval_f1'"),
    taken('{"val": {"f1": 0.41}, "iter": 250}', "report of step 250: score 0.41, iter 250",
          report="{key: val.f1, every: 250}"),
    taken('{"ep": 2, "score": 0.41}', "report of epoch 2: score 0.41", report="{epoch: ep}"),
)  # fmt: skip

REGEX_EPOCH = r"{regex: 'epoch (?P<epoch>\d+).*acc (?P<score>\S+)'}"
REGEX_STEP = r"{regex: 'step (?P<step>\d+):.*val loss (?P<score>\S+)', every: 250}"
REGEX_KERAS = r"{regex: 'Epoch (?P<epoch>\d+)/|val_accuracy: (?P<score>\S+)'}"

REGEX = (
    taken("epoch 3 | loss 1.20 | acc 0.41", "report of epoch 3: score 0.41", report=REGEX_EPOCH),
    taken("[default1]: epoch 3 acc 0.41", "report of epoch 3: score 0.41 (rank 1: not counted)",
          report=r"{regex: 'default(?P<rank>\d+).*epoch (?P<epoch>\d+) acc (?P<score>\S+)'}"),
    taken("[rank1] epoch 3 acc 0.2[rank0] epoch 3 acc 0.41", "report of epoch 3: score 0.2 (rank 1: not counted)",
          "report of epoch 3: score 0.41",
          report=r"{regex: 'rank(?P<rank>\d+)\] epoch (?P<epoch>\d+) acc (?P<score>\S+)'}"),
    taken("step 250: train loss 2.4012, val loss 2.5013", "report of step 250: score 2.5013", report=REGEX_STEP),
    taken("Test set: Average loss: 0.0285, Accuracy: 9911/10000 (99%)", "report: score 99, loss 0.0285",
          report=r"{regex: 'loss: (?P<loss>\S+), Accuracy:.*\((?P<score>\S+)\)'}"),
    taken("acc=0.41, done.", "report: score 0.41", report=r"{regex: 'acc=(?P<score>\S+)'}"),
    taken("best accuracy: 0.41.", "report: score 0.41", report=r"{regex: 'accuracy: (?P<score>\S+)'}"),
    taken("\x1b[1mepoch 3\x1b[0m acc \x1b[32m0.41\x1b[0m", "report of epoch 3: score 0.41", report=REGEX_EPOCH),
    taken("Epoch 2/3\n\r1/8 ━ val_accuracy: 0.10\r8/8 ━ val_accuracy: 0.41\n", "report of epoch 2: score 0.41",
          report=REGEX_KERAS),
    taken("1/8 acc: 0.10\b\b\b\b\b\b\b\b\b\b\b\b\b8/8 acc: 0.41", "report: score 0.41",
          report=r"{regex: 'acc: (?P<score>\S+)'}"),
    taken("epoch 1 acc 0.1\repoch 2 acc 0.2\repoch 3 acc 0.3", "report of epoch 1: score 0.1",
          "report of epoch 2: score 0.2", "report of epoch 3: score 0.3", report=REGEX_EPOCH),
    taken("epoch 3 acc n/a", report=REGEX_EPOCH, near="'score' must be a number, got 'n/a'"),
    taken("Epoch 3 acc 0.41", report=REGEX_EPOCH, near="a line came near: 'Epoch 3 acc 0.41'"),
    taken("I0101 12:00:00.1 train.py:9] epoch 3 acc 0.41", "report of epoch 3: score 0.41", report=REGEX_EPOCH),
)  # fmt: skip

LAST_LINE = (
    taken("training …\n0.8731\n", "report of the whole training: score 0.8731", report="return"),
    taken("done\nTest accuracy: 95.3%\n", "report of the whole training: score 95.3", report="return"),
    taken("0.5\n[0.1, 0.87]\n\n", "report of the whole training: score 0.87", report="return"),
    taken("0.8731\ndone\n", report="return", near="the last line is 'done'"),
)

FILES = (
    taken("epoch,val_acc\n0,0.1\n1,0.2\n", "report of epoch 0: score 0.1", "report of epoch 1: score 0.2",
          report="{csv: out.csv, key: val_acc}"),
    taken("   epoch,  train/loss, metrics/mAP_0.5\n      0,     0.9,   0.41\n",
          "report of epoch 0: score 0.41, train/loss 0.9",
          report="{csv: out.csv, columns: {score: metrics/mAP_0.5}}"),
    taken("epoch,step,train_loss,val_acc\n0,7,0.9,\n0,7,,0.41\n", "metrics of epoch 0: step 7, train_loss 0.9",
          "report of epoch 0: score 0.41, step 7", report="{csv: out.csv, key: val_acc}",
          near="the table has the columns epoch, step, train_loss, val_acc"),
    taken("epoch;val\n1;0.41\n", "report of epoch 1: score 0.41", report="{csv: out.csv, key: val}"),
    taken("epoch,loss\n1,0.41\n", "metrics of epoch 1: loss 0.41", report="{csv: out.csv, key: val}",
          near="the table has the columns epoch, loss"),
    taken('{"epoch": 1, "val": 0.41}\n', "report of epoch 1: score 0.41", report="{jsonl: out.jsonl, key: val}"),
    taken('{"log_history": [{"loss": 2.5, "epoch": 1.0, "step": 8}, {"eval_f1": 0.41, "epoch": 1.0, "step": 8}]}',
          "metrics of epoch 1: loss 2.5, step 8", "report of epoch 1: score 0.41, step 8",
          report="{trainer_state: ., key: eval_f1}", near="found 'loss', 'epoch', 'step' but no 'eval_f1'"),
)  # fmt: skip

TABLES = {
    "Without `report:`": PLAIN,
    "`json`": JSON,
    "`regex`": REGEX,
    "`return`": LAST_LINE,
    "Files: `csv`, `jsonl`, `trainer_state`": FILES,
}
"""The rows by the heading they stand under in the docs."""

ROWS = tuple(row for rows in TABLES.values() for row in rows)
