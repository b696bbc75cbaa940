"""The lines that a script prints or logs, each as literal text and the values within it, read without running it."""

import ast
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.metric_sources.terminal_text import plain_text
from engine.script_reader.assigned_texts import AssignedTexts
from engine.script_reader.source import Source, called_name, calls, keywords, texts

PRINTERS = {"print", "info", "log", "write", "warning", "critical", "echo", "tqdm_write", "print_log", "secho", "debug"}
"""Functions whose text reaches stdout or stderr."""

MOST_PIECES = 400
"""Pieces of what one call prints."""

MOST_NAMES = 12
"""Names that a text is followed through."""

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


def printed_lines(call: ast.Call, source: Source, assigned: AssignedTexts) -> Iterator[Line]:
    """The lines a call prints, each as literal text and fields; names are followed to what they are put together from.

    Args:
        call: The call.
        source: Its module.
        assigned: What the names of the module are given.
    """
    reader = _Reader(source, assigned, call.lineno)
    pieces: list[Any] = []
    args = [one for one in call.args if not isinstance(one, ast.Starred)]
    if called_name(call) in LOGGERS and len(args) > 1 and texts(args[0]):
        pieces = _percent(source.value(args[0]) or "", args[1:])
    else:
        for index, arg in enumerate(args):
            pieces += ([" "] if index else []) + reader.pieces(arg)
    line: list[str | tuple[str, str]] = []
    for piece in pieces[:MOST_PIECES]:
        if isinstance(piece, str) and re.search(r"[\r\n]", piece):
            first, *others = re.split(r"[\r\n]", piece)
            yield _labelled([*line, first])
            for middle in others[:-1]:
                yield _labelled([middle])
            line = [others[-1]]
        else:
            line.append(piece)
    yield _labelled(line)


class _Reader:
    """Takes a printed expression apart, and the names in it.

    Args:
        source: The module.
        assigned: What its names are given.
        line: Where the expression is printed.
    """

    def __init__(self, source: Source, assigned: AssignedTexts, line: int) -> None:
        self._source = source
        self._assigned = assigned
        self._line = line
        self._left = MOST_PIECES
        self._depth = 0

    def pieces(self, node: ast.AST) -> list[Any]:
        """Literal text and (expression, format) of what is printed."""
        self._left -= 1
        if self._left < 0:
            return []
        value = self._source.value(node) if not isinstance(node, ast.Name) else None
        if isinstance(value, str):
            return [plain_text(value) if "\n" not in value and "\r" not in value else value]
        match node:
            case ast.Name(id=name):
                found = self._named(name)
            case ast.JoinedStr(values=values):
                found = [piece for part in values for piece in self._part(part)]
            case ast.BinOp(op=ast.Mod(), left=left, right=right) if texts(left):
                found = _percent("".join(texts(left)), right.elts if isinstance(right, ast.Tuple) else [right])
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                found = [*self.pieces(left), *self.pieces(right)]
            case ast.Call(func=ast.Attribute(value=template, attr="format")):
                found = _braces("".join(texts(template)), node)
            case ast.Call(func=ast.Attribute(value=between, attr="join"), args=[joined]):
                found = self._joined(joined, str(self._source.value(between) or ""))
            case _:
                found = []
        return found or [(ast.unparse(node), "")]

    def _part(self, part: ast.expr) -> list[Any]:
        """A part of an f-string."""
        if not isinstance(part, ast.FormattedValue):
            return self.pieces(part)
        spec = "".join(texts(part.format_spec)) if part.format_spec is not None else ""
        if isinstance(part.value, ast.Name) and not spec:
            return self._named(part.value.id) or [(part.value.id, "")]
        return [(ast.unparse(part.value), spec)]

    def _named(self, name: str) -> list[Any]:
        """What a name is put together from; empty where that is no text."""
        return [piece for one in self._given(name) for piece in one]

    def _given(self, name: str) -> Iterator[list[Any]]:
        """The pieces of each text that a name is put together from, each read where the name is given it."""
        if self._depth == MOST_NAMES:
            return
        here, self._depth = self._line, self._depth + 1
        for line, one in self._assigned.at(name, here):
            self._line = line
            if _is_text(one):
                yield self.pieces(one)
        self._line, self._depth = here, self._depth - 1

    def _joined(self, node: ast.expr, between: str) -> list[Any]:
        """The elements of a list, or of what a name is given by ``append``, with the separator between them."""
        given = [one for _, one in self._assigned.at(node.id, self._line)] if isinstance(node, ast.Name) else [node]
        elements = [
            one for expression in given
            for one in (expression.elts if isinstance(expression, ast.List | ast.Tuple) else [expression])
        ]  # fmt: skip
        found: list[Any] = []
        for one in elements:
            if _is_text(one):
                found += [*([between] if found else []), *self.pieces(one)]
        return found


def _is_text(node: ast.expr) -> bool:
    """Whether an expression puts a text together."""
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr() | ast.Call(func=ast.Attribute(attr="format" | "join")):
            return True
        case ast.BinOp(op=ast.Mod(), left=left):
            return bool(texts(left))
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return _is_text(left) or _is_text(right)
    return False


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
