"""What libraries print or write for a script that leaves the reporting to them."""

import ast
import re
from collections.abc import Iterator

from engine.script_reader.report_guess import NUMBER, ReportGuess, direction_of, score_rank
from engine.script_reader.source import Source, called_name, calls, keywords, texts
from engine.trials.states import Direction

RECORDS = r"results?|metrics|summary|progress|history|scores|log"
"""Beginnings of the names of files that a training keeps its scores in."""

READERS = {"read_csv", "loadtxt", "genfromtxt", "read_table", "open_csv", "read_parquet"}
"""Functions that read a table; what they name is data."""


def library_reports(sources: list[Source]) -> Iterator[ReportGuess]:
    """What a library prints or writes for a script that leaves that to it."""
    for source in sources:
        names = {called_name(call) for call in calls(source.tree)}
        modules = _modules(source)
        file = str(source.path)
        if modules & {"transformers", "trl"} and any(one.endswith("Trainer") for one in names):
            why = "the Transformers Trainer prints {'eval_loss': …, 'epoch': …} where eval_strategy is on"
            report = {"json": True, "key": "eval_loss"}
            yield ReportGuess(
                report=report, metric="eval_loss", direction=Direction.MINIMIZE, why=why, rank=4.4, file=file
            )
        if "fit" in names and modules & {"keras", "tensorflow"}:
            yield _keras(source)
        evaluates = any({"evals", "eval_set"} & set(keywords(call)) for call in calls(source.tree))
        if ("xgboost" in modules and evaluates) or "log_evaluation" in names:
            yield _boosting("xgboost" in modules, source)
        if "update_summary" in names and "timm" in modules:
            report = {"csv": "{run_dir}/**/summary.csv", "key": "eval_top1"}
            yield ReportGuess(report=report, metric="eval_top1", why="timm writes summary.csv", rank=4.2, file=file)
        yield from _written_files(source, file)
        yield from _tensorboard(source, names)
        if "CSVLogger" in names:
            why, report = "Lightning's CSVLogger writes metrics.csv", {"csv": "{run_dir}/**/metrics.csv"}
            yield ReportGuess(
                report=report, metric="val_loss", direction=Direction.MINIMIZE, why=why, rank=2.6, file=file
            )
        if _returns_score(source):
            why = "the Hydra function returns its score"
            yield ReportGuess(report={"return": True}, why=why, rank=2.7, file=file)


def _written_files(source: Source, file: str) -> Iterator[ReportGuess]:
    """A CSV file or a ``trainer_state.json`` that the script names and does not read."""
    read = {text for call in calls(source.tree) if called_name(call) in READERS for text in texts(call)}
    named = [one for one in texts(source.tree) if one not in read]
    columns = sorted({one.strip() for text in named for one in text.strip().split(",")}, key=_column_rank, reverse=True)
    best = columns[0] if columns and _column_rank(columns[0]) > 0 else ""
    for name in (one.replace("\\", "/").rpartition("/")[2] for one in named):
        if name.endswith(".csv") and len(name) > 4 and re.fullmatch(r"[\w.-]+", name):
            report = {"csv": f"{{run_dir}}/**/{name}", **({"key": best} if best else {})}
            why = f"the script writes {name}" + ("" if best else ": fill in the column of the score (key:)")
            yield ReportGuess(
                report=report, metric=best or "score", direction=direction_of(best), why=why, file=file,
                rank=1.9 + 0.2 * bool(best) + 0.4 * bool(re.match(RECORDS, name.lower())),
            )  # fmt: skip
        elif name == "trainer_state.json":
            report = {"trainer_state": "{run_dir}", "key": "eval_loss"}
            why = "the script writes trainer_state.json"
            yield ReportGuess(
                report=report, metric="eval_loss", direction=Direction.MINIMIZE, why=why, rank=2.0, file=file
            )


def _column_rank(text: str) -> float:
    if not re.fullmatch(r"[\w./@-]{2,40}", text) or text.endswith(".csv") or text.isupper() or text.startswith("-"):
        return 0.0
    rank = score_rank(text, "", "")
    return rank + 3 * (rank > 0 and text.startswith("metrics/"))  # Ultralytics' word for the validation scores


def _boosting(is_xgboost: bool, source: Source) -> ReportGuess:
    """The evaluation line of a round, ``[0]  valid-rmse:0.2`` or ``[1]  valid_0's l2: 0.2``; its last value counts."""
    regex = rf"\[(?P<epoch>\d+)\].*\b[\w ]+[-'](?:s )?[\w@]+:\s*(?P<score>{NUMBER})"
    named = [
        one for node in ast.walk(source.tree)
        for key, value in (
            [(source.value(key), value) for key, value in zip(node.keys, node.values, strict=True)]
            if isinstance(node, ast.Dict) else [(node.arg, node.value)] if isinstance(node, ast.keyword) else []
        )
        if key in ("metric", "eval_metric") for one in texts(value)
    ]  # fmt: skip
    return ReportGuess(
        report={"regex": regex, "from": 0} if is_xgboost else {"regex": regex},
        metric=named[-1] if named else "validation",
        direction=direction_of(named[-1]) if named else Direction.MINIMIZE,
        why=f"the evaluation line of {'XGBoost' if is_xgboost else 'LightGBM'}",
        is_by_round=True,
        rank=2.5,
        file=str(source.path),
    )


def _keras(source: Source) -> ReportGuess:
    """The bar of ``model.fit``; its validation metrics stand at the end of each epoch's line only."""
    compiled = [
        source.value(keywords(call)["metrics"]) for call in calls(source.tree)
        if called_name(call) == "compile" and "metrics" in keywords(call)
    ]  # fmt: skip
    names = [one for value in compiled if isinstance(value, list) for one in value if isinstance(one, str)]
    name = names[0] if names else "loss"
    fits = [keywords(call) for call in calls(source.tree) if called_name(call) == "fit"]
    has_validation = any({"validation_data", "validation_split"} & set(given) for given in fits)
    metric = f"val_{name}" if has_validation else name
    return ReportGuess(
        report={"regex": rf"\b{metric}: (?P<score>{NUMBER})"},
        metric=metric,
        direction=direction_of(metric),
        why="the progress bar of Keras",
        file=str(source.path),
        rank=4.2 if has_validation else 1.2,
    )


def _tensorboard(source: Source, names: set[str]) -> Iterator[ReportGuess]:
    if "add_scalar" not in names:
        return
    tags = [
        source.value(call.args[0]) for call in calls(source.tree) if called_name(call) == "add_scalar" and call.args
    ]
    ranked = sorted(((score_rank(tag, "", ""), tag) for tag in tags if isinstance(tag, str)), reverse=True)
    if ranked and ranked[0][0] > 0.1:
        rank, tag = ranked[0]
        yield ReportGuess(
            report={"tensorboard": "{run_dir}", "key": tag}, metric=tag, direction=direction_of(tag),
            why="a scalar for TensorBoard", file=str(source.path), rank=rank - 0.6,
        )  # fmt: skip


def _modules(source: Source) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found |= {part for one in node.names for part in one.name.split(".")}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= set(node.module.split("."))
    return found


def _returns_score(source: Source) -> bool:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef) and any("hydra.main" in ast.unparse(one) for one in node.decorator_list):
            return any(isinstance(one, ast.Return) and one.value is not None for one in ast.walk(node))
    return False
