"""The lines that a script prints or logs, each as literal text and the values within it, read without running it."""

import ast
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.script_reader.source import Source, called_name, calls, keywords, texts

PRINTERS = {"print", "info", "log", "write", "warning", "critical", "echo", "tqdm_write", "print_log", "secho", "debug"}
"""Functions whose text reaches stdout or stderr."""

LOGGERS = {"info", "log", "warning", "debug", "critical"}
"""Of these, the ones that fill ``%s`` from further arguments."""


@dataclass(frozen=True, slots=True)
class Field:
    """A value within a printed line.

    Attributes:
        label: The text before it.
        expression: What is printed, as source text.
        format: Its format, such as ``.3f``.
        after: The text behind it.
    """

    label: str
    expression: str
    format: str
    after: str

    @property
    def words(self) -> str:
        """The words right before it: of ``Epoch: 3  Val loss: `` the last ones, ``Val loss``."""
        trimmed = self.label.rstrip(" :=(|\t[{'\"%,")
        return re.split(r"[,|;:=()\[\]{}\t/]|\s-\s|\s{2,}|(?<!\S)\d+(?!\S)", trimmed)[-1].strip()


Line = list[str | Field]
"""Literal text and values of a line, in their order."""


def printing_calls(source: Source) -> Iterator[ast.Call]:
    """Calls of a module that print or log."""
    return (call for call in calls(source.tree) if called_name(call) in PRINTERS)


def printed_lines(call: ast.Call, source: Source) -> Iterator[Line]:
    """The lines a call prints, each as literal text and fields."""
    pieces: list[Any] = []
    args = [one for one in call.args if not isinstance(one, ast.Starred)]
    if called_name(call) in LOGGERS and len(args) > 1 and texts(args[0]):
        pieces = _percent(source.value(args[0]) or "", args[1:])
    else:
        for index, arg in enumerate(args):
            pieces += ([" "] if index else []) + _pieces(arg, source)
    line: list[str | tuple[str, str]] = []
    for piece in pieces:
        if isinstance(piece, str) and "\n" in piece:
            first, *others = piece.split("\n")
            yield _labelled([*line, first])
            for middle in others[:-1]:
                yield _labelled([middle])
            line = [others[-1]]
        else:
            line.append(piece)
    yield _labelled(line)


def _pieces(node: ast.AST, source: Source) -> list[Any]:
    """Literal text and (expression, format) of what is printed."""
    value = source.value(node)
    if isinstance(value, str):
        return [value]
    if isinstance(node, ast.JoinedStr):
        found: list[Any] = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                spec = "".join(texts(part.format_spec)) if part.format_spec is not None else ""
                found.append((ast.unparse(part.value), spec))
            elif isinstance(part, ast.Constant):
                found.append(str(part.value))
        return found
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and texts(node.left):
        values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        return _percent("".join(texts(node.left)), values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_pieces(node.left, source), *_pieces(node.right, source)]
    if isinstance(node, ast.Call) and called_name(node) == "format" and isinstance(node.func, ast.Attribute):
        return _braces("".join(texts(node.func.value)), node)
    return [(ast.unparse(node), "")]


def _percent(template: str, values: list[ast.expr]) -> list[Any]:
    found: list[Any] = []
    names = iter([ast.unparse(one) for one in values])
    at = 0
    for match in re.finditer(r"%(?:\([\w ]+\))?([-#0 +]*\d*(?:\.\d+)?)([a-zA-Z%])", template):
        found.append(template[at : match.start()])
        found.append("%" if match[2] == "%" else (next(names, ""), match[1].strip() + match[2]))
        at = match.end()
    return [*found, template[at:]]


def _braces(template: str, call: ast.Call) -> list[Any]:
    found: list[Any] = []
    names = [ast.unparse(one) for one in call.args]
    named = {name: ast.unparse(one) for name, one in keywords(call).items()}
    index = 0
    try:
        parsed = list(string.Formatter().parse(template))
    except ValueError:
        return [template]
    for text, name, spec, _ in parsed:
        found.append(text)
        if name is None:
            continue
        key = re.split(r"[.\[]", name)[0]
        position = index if key == "" else int(key) if key.isdigit() else None
        index += key == ""
        expression = named.get(key, key) if position is None else names[position] if position < len(names) else ""
        found.append((expression, spec or ""))
    return found


def _labelled(pieces: list[Any]) -> Line:
    merged: list[Any] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    pieces = merged
    line: Line = []
    for index, piece in enumerate(pieces):
        if isinstance(piece, str):
            line.append(piece)
            continue
        before = "".join(one if isinstance(one, str) else " " for one in pieces[max(0, index - 3) : index])
        after = pieces[index + 1] if index + 1 < len(pieces) and isinstance(pieces[index + 1], str) else ""
        line.append(Field(label=before, expression=piece[0], format=piece[1], after=after))
    return line
