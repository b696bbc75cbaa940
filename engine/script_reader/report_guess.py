"""A guess at how a script reports its score, and by which words a score is known."""

import re
from dataclasses import dataclass, field
from typing import Any

from engine.trials.states import Direction

NUMBER = r"[-+.\w]+"
"""A number as any format writes it, nan and inf included, without the punctuation behind it."""

METRICS = (
    "accuracy", "acc", "f1", "auc", "auroc", "map", "ap", "bleu", "rouge", "iou", "miou", "dice", "r2", "precision",
    "recall", "top1", "acc1", "em", "reward", "return", "score", "metric", "ndcg", "mrr", "psnr", "ssim", "win_rate",
)  # fmt: skip
"""Words of metrics to maximize."""

LOSSES = (
    "loss", "error", "err", "mse", "rmse", "mae", "nll", "ppl", "perplexity", "wer", "cer", "bpc", "bpb", "fid", "l1",
    "l2", "logloss",
)  # fmt: skip
"""Words of metrics to minimize."""

VALIDATION = ("val", "valid", "validation", "eval", "dev", "heldout")
TEST = ("test", "holdout", "final", "best")
TRAINING = ("train", "training", "running", "batch")
"""Words of the three splits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportGuess:
    """How the score is probably reported.

    Attributes:
        report: The thread file's ``report:``; empty where nothing was found.
        metric: Name of the score.
        direction: ``maximize`` or ``minimize``.
        why: What it was seen in.
        file: Where.
        line: Where in it; 0 for a library.
        is_by_round: Whether each line is of a round of boosting.
        rank: How likely; the higher, the likelier.
        others: The next likeliest ones of another metric.
    """

    report: dict[str, Any] = field(default_factory=dict)
    metric: str = "score"
    direction: Direction = Direction.MAXIMIZE
    why: str = ""
    file: str = ""
    line: int = 0
    is_by_round: bool = False
    rank: float = 0.0
    others: tuple["ReportGuess", ...] = ()


def tokens_of(text: str) -> set[str]:
    """Words of a name or a label, in lower case."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    return set(filter(None, re.split(r"[^a-z0-9]+", spaced.lower())))


def score_rank(label: str, expression: str, spec: str, after: str = "", whole: str = "") -> float:
    """How much a value looks like the score of a trial; 0 where it does not."""
    # An average's .val and .avg are no splits.
    tokens = tokens_of(label) | tokens_of(re.sub(r"\.(val|avg|item\(\)|mean\(\))(?!\w)", "", expression))
    near = tokens_of(label)
    is_metric, is_loss = bool(tokens & set(METRICS)), bool(tokens & set(LOSSES))
    if (not is_metric and not is_loss) or tokens & {"threshold", "thresh", "thr"}:
        return 0.0
    rank = 2.0 if is_metric else 1.5
    around = tokens | tokens_of(whole)
    split = tokens if tokens & {*VALIDATION, *TEST, *TRAINING} else around
    if split & set(VALIDATION):
        rank += 3 + 0.25 * (split is tokens)  # its own word rather than one beside another value of the line
    elif split & set(TEST):
        rank += 2
    elif split & set(TRAINING):
        rank -= 1
    if near & {"best", "lr", "time"}:
        rank -= 0.5
    if after.startswith("/"):
        rank -= 0.3  # a count out of many, as exact as its share
    elif re.search(r"\.0f$|d$", spec):
        rank -= 1.0  # too coarse
    if tokens & {"precision", "recall"}:
        rank -= 0.25  # one without the other says little
    return max(rank, 0.1)


def direction_of_value(label: str, expression: str) -> Direction:
    """The direction that a value's label says, or the expression where that is one value; ``-loss`` is to maximize."""
    if tokens_of(label) & {*METRICS, *LOSSES} - {"score", "return", "map", "em"}:
        return direction_of(label)
    if re.search(r"\s[-+/]\s", expression):
        return Direction.MAXIMIZE  # 1 / (1 + loss) is no loss
    if expression.startswith("-"):
        return direction_of(expression).opposite
    return direction_of(f"{label} {expression}")


def direction_of(name: str) -> Direction:
    """``minimize`` for a loss or an error, else ``maximize``."""
    tokens = tokens_of(name)
    if tokens & set(METRICS) - {"score", "return", "map", "em"}:
        return Direction.MAXIMIZE
    return Direction.MINIMIZE if tokens & set(LOSSES) else Direction.MAXIMIZE
