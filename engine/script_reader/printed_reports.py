"""Guesses from the lines that a script prints or logs."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from engine.script_reader.assigned_texts import AssignedTexts
from engine.script_reader.printed_lines import Field, Line, printed_lines, printing_calls
from engine.script_reader.report_guess import (
    LOSSES,
    METRICS,
    NUMBER,
    TEST,
    TRAINING,
    VALIDATION,
    ReportGuess,
    direction_of,
    direction_of_value,
    score_rank,
)
from engine.script_reader.source import Source, called_name, keywords


def printed_reports(sources: list[Source]) -> Iterator[ReportGuess]:
    """A guess for every printed or logged line that holds what looks like a score."""
    for depth, source in enumerate(sources):
        assigned = AssignedTexts(source)
        for call in printing_calls(source):
            found = [
                _json_line(call, source),
                *(
                    guess
                    for one in printed_lines(call, source, assigned)
                    for guess in _from_line(one, source, call.lineno)
                ),
            ]
            for guess in found:
                if guess is not None:
                    # The script's own words before those of a module that it may never call.
                    yield replace(guess, rank=guess.rank - 0.3 * bool(depth))


def _json_line(call: ast.Call, source: Source) -> ReportGuess | None:
    """``print(json.dumps({"epoch": …, "val_loss": …}))`` and ``print({"eval_loss": …})``."""
    node: ast.AST | None = call.args[0] if call.args else None
    if isinstance(node, ast.Call) and called_name(node) == "dumps" and node.args:
        node = node.args[0]
    keys: list[str] = []
    if isinstance(node, ast.Dict):
        keys = [str(source.value(key)) for key in node.keys if key is not None]
    elif isinstance(node, ast.Call) and called_name(node) == "dict":
        keys = list(keywords(node))
    scored = sorted(((score_rank(key, "", ""), key) for key in keys), reverse=True)
    if not scored or scored[0][0] <= 0:
        return None
    rank, key = scored[0]
    has_epoch = "epoch" in keys or "step" in keys
    return ReportGuess(
        report={} if key == "score" and "epoch" in keys else {"json": True, "key": key},
        metric=key,
        direction=direction_of(key),
        why="a printed dictionary",
        file=str(source.path),
        line=call.lineno,
        rank=rank + 1 + has_epoch,
    )


def _from_line(line: Line, source: Source, at: int) -> Iterator[ReportGuess]:
    """A guess for each value of a line that looks like a score, the likeliest first."""
    fields = [one for one in line if isinstance(one, Field)]
    text = "".join(one for one in line if isinstance(one, str))
    if not fields or not re.search(r"[A-Za-z]", text):
        return
    ranks = [score_rank(one.words, one.expression, one.format, one.after, text) for one in fields]
    for rank, score in sorted(zip(ranks, fields, strict=True), key=lambda pair: -pair[0]):
        if rank <= 0:
            return
        names = _names(fields, score)
        metric = _metric_name(score.words) or _metric_name(score.expression)
        has_epoch = "epoch" in names.values() or "step" in names.values()
        yield ReportGuess(
            report={"regex": _regex(line, names)},
            metric=metric or "score",
            direction=direction_of_value(score.words, score.expression),
            why="a printed line, the count before the slash" if score.after.startswith("/") else "a printed line",
            file=str(source.path),
            line=at,
            rank=rank + 0.5 * has_epoch,
        )


def _names(fields: list[Field], score: Field) -> dict[int, str]:
    """Names of the values that a report is made of, by identity: score, epoch, step, and every other metric."""
    names = {id(score): "score"}
    for name, pattern in (("epoch", r"\bepochs?\b"), ("step", r"\b(step|iter|iteration)s?\b")):
        counted = [one for one in fields if id(one) not in names and re.search(pattern, one.words.lower())]
        if counted:
            names[id(counted[0])] = name
    for one in fields:
        name = _slug(one.words)
        is_new = id(one) not in names and name and name not in names.values()
        if is_new and score_rank(name, one.expression, one.format) > 0:
            names[id(one)] = name
    return names


def _regex(line: Line, names: dict[int, str]) -> str:
    """The line from its first named field's label to the last named field, other fields matched by anything."""
    wanted = [index for index, one in enumerate(line) if isinstance(one, Field) and id(one) in names]
    first, last = wanted[0], wanted[-1]
    pattern = ""
    start = first - 1 if first and isinstance(line[first - 1], str) else first
    for piece in line[start : last + 1]:
        if isinstance(piece, str):
            pattern += _literal(re.sub(r"^\W+", "", piece) if not pattern else piece)
        elif id(piece) in names:
            name = names[id(piece)]
            number = r"\d+" if name in ("epoch", "step") else NUMBER
            pattern += rf"\s*(?P<{name}>{number})"
        else:
            pattern += r".*?"
    return re.sub(r"(\\s[*+])+(\\s\*)", r"\\s*", pattern)


def _literal(text: str) -> str:
    parts = re.split(r"(\s+)", text)
    return "".join(
        r"\s+" if part.isspace() else re.escape(part).replace(r"\-", "-").replace("\\#", "#") for part in parts if part
    )


def _metric_name(text: str) -> str:
    """A metric's name in a label: its words that say split and metric, ``val_loss`` of ``the val loss is``."""
    words = re.split(r"[^a-z0-9@]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text).lower())
    known = [one.replace("@", "_") for one in words if one in {*VALIDATION, *TEST, *TRAINING, *METRICS, *LOSSES}]
    return _slug(" ".join(known)) if len(words) > 3 and known else _slug(text)


def _slug(text: str) -> str:
    slug = re.sub(r"\W+", "_", text.strip().lower()).strip("_")
    return slug if slug.isidentifier() and len(slug) <= 40 else ""
