"""What a column's name and values say: that it is a metric, or tells of the run rather than of its configuration."""

import re
from collections.abc import Sequence
from typing import Any

from engine.exchange.cells import are_numbers, structure_in


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


MEASURES = _set(
    """loss acc accuracy f1 auc auroc auprc ap map precision recall error err rmse mse mae mape r2 bleu rouge wer cer
    perplexity ppl score reward return metric iou miou dice psnr ssim fid ndcg mrr em kappa mcc nll elbo regret cost
    throughput correct"""
)
"""Words that name what is measured; a column is a metric where these and `QUALIFIERS` are all of its name."""

QUALIFIERS = _set(
    """val valid validation dev test train training eval evaluation best final last mean avg average median std sd min
    max micro macro weighted samples top top1 top5 at k epoch step running ema total objective metrics rel ent mention
    coref"""
)
"""Words that may stand beside a measure in a metric's name."""

LOWER_IS_BETTER = _set("loss error err rmse mse mae mape perplexity ppl wer cer nll fid regret cost")
"""Measures of which less is better."""

SPLITS = _set("val valid validation dev test train eval metrics metric")
"""Namespaces before a slash or point in which a tracker files its metrics."""

TIMES = _set(
    """time timestamp date datetime created updated started finished runtime duration elapsed heartbeat walltime"""
)
"""Last words of names that hold a moment or a duration."""

IDENTITIES = _set(
    """id uuid name number trial run experiment sweep group project hash sha commit run_name trial_name display_name
    experiment_name experiment_tag job_type"""
)
"""Whole names of columns that say which run a row is."""

IDENTITY_ENDS = _set("id uuid hash sha")
"""Last words of such names."""

PLACES = _set("host hostname node nodename ip pid user username owner author machine entity gpu")
"""Last words of names that say where and by whom a run was made."""

REMARKS = _set("tag tags note notes comment comments description")
"""Whole names of what people wrote beside a run."""

PROGRESS = _set(
    """step _step global_step iteration iterations training_iteration trainer/global_step train/global_step"""
)
"""Whole names of how far a run came."""

MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?|\d\d?/\d\d?/\d{4}.*|\d+ days .*|\d+:\d\d:\d\d(\.\d+)?")
ADDRESS = re.compile(r"([a-z][a-z0-9+]*://|/|[A-Za-z]:\\).*")

ENOUGH_TO_TELL = 8
"""Rows from which text that is different in every one of them is taken for a name."""


def lower_is_better(name: str) -> bool:
    """Whether a score of that name is better when it is lower, as a loss is."""
    return bool(set(_words(name)) & LOWER_IS_BETTER)


def is_metric_name(name: str) -> bool:
    """Whether a name is a metric's: measures and what qualifies them, or filed under a split such as ``val/``."""
    words = _words(name)
    space, slash, _ = name.replace(".", "/").rpartition("/")
    if slash and _words(space)[-1:] and _words(space)[-1] in SPLITS:
        return True
    return bool(set(words) & MEASURES) and all(word in MEASURES | QUALIFIERS or word.isdigit() for word in words)


def bookkeeping(name: str, values: Sequence[Any], *, by_content: bool = True) -> str:
    """What a column is where it says something of the run, not of its configuration; empty where it does not.

    Args:
        name: Of the column.
        values: Its values, missing ones left out.
        by_content: Also take text and lists that differ in every row for names and curves.
    """
    words, plain = _words(name), name.strip().lower().replace(" ", "_")
    last = words[-1] if words else ""
    moments = all(isinstance(value, str) and MOMENT.fullmatch(value) for value in values)
    told = {
        "empty": not values,
        "row index": _is_row_index(plain, values),
        "progress": plain in PROGRESS,
        "time": last in TIMES or moments,
        "id": plain in IDENTITIES or last in IDENTITY_ENDS,
        "host or user": last in PLACES,
        "tag or note": plain in REMARKS,
    }
    known = next((what for what, holds in told.items() if holds), "")
    return known or (_of_content(values) if by_content else "")


def _of_content(values: Sequence[Any]) -> str:
    """By values that are another in every row: names, paths, curves."""
    if any(isinstance(structure_in(value), dict) for value in values):
        return "structured values"
    differ = len({repr(value) for value in values}) == len(values) > 1
    if not differ or are_numbers(values):
        return ""
    lists = [structure_in(value) for value in values]
    if all(isinstance(one, list | tuple) for one in lists):
        curves = any(isinstance(item, float) for one in lists for item in one)
        return "list of values" if curves or len(values) >= ENOUGH_TO_TELL else ""
    if all(isinstance(value, str) and ADDRESS.fullmatch(value) for value in values):
        return "path"
    if all(isinstance(value, str) for value in values) and len(values) >= ENOUGH_TO_TELL:
        return "another in every row"
    return ""


def _is_row_index(plain: str, values: Sequence[Any]) -> bool:
    """A column without a name, as pandas writes its index, or one that counts the rows."""
    if plain == "" or plain.startswith("unnamed:"):
        return True
    counts = ([*range(len(values))], [*range(1, len(values) + 1)])
    return plain in ("index", "level_0", "#", "row") and [*values] in counts


def _words(name: str) -> list[str]:
    """A name's words, lower case: ``valLoss/top-1`` is val, loss, top, 1."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [word for word in re.split(r"[^A-Za-z0-9]+", split.lower()) if word]
