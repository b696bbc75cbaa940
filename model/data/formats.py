"""Formats of annotated documents by name: DocRED's, and those that other packages add by entry points.

A package adds one in its ``pyproject.toml``; the object follows `DataFormat`:

    [project.entry-points."trimtab.data_formats"]
    brat = "my_package.brat:FORMAT"

Entry points are read when a name is asked for that is not built in.
"""

from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Protocol, runtime_checkable

from model.data.docred import read_docred
from model.data.document import Document
from model.errors import ModelError

GROUP = "trimtab.data_formats"
"""Entry points that add formats."""


@runtime_checkable
class DataFormat(Protocol):
    """How documents are read from a file.

    Attributes:
        name: As in ``format: NAME`` of the data options.
        summary: What it reads, in one sentence.
    """

    name: str
    summary: str

    def read(self, path: Path) -> list[Document]:
        """Documents of a file.

        Raises:
            ModelError: Naming file and place, for what cannot be read.
        """
        ...


class DocRed:
    """DocRED's JSON."""

    name = "docred"
    summary = "DocRED's JSON: a list of {title, sents, vertexSet, labels}"

    def read(self, path: Path) -> list[Document]:
        """Documents of a JSON file."""
        return read_docred(path)


BUILT_IN: dict[str, DataFormat] = {"docred": DocRed()}
"""Formats of trimtab; another package cannot take their names."""


def data_format_names() -> tuple[str, ...]:
    """Names of all formats."""
    return (*BUILT_IN, *_added())


def data_format(name: str) -> DataFormat:
    """The format of that name.

    Raises:
        ModelError: When there is none, or the package that adds it cannot be loaded or offers something else.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]
    added = _added()
    if name not in added:
        near = get_close_matches(name, data_format_names(), n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(data_format_names())}"
        raise ModelError(f"no data format is called {name!r}", hint)
    point = added[name]
    try:
        loaded = point.load()
    except (Exception, SystemExit) as error:  # whatever another package raises, a person reads one sentence
        package = f" of package {point.dist.name}" if point.dist is not None else ""
        raise ModelError(
            f"data format {name}{package} ({point.value}) cannot be loaded: {type(error).__name__}: {error}",
            "Update or uninstall that package",
        ) from error
    if not isinstance(loaded, DataFormat):
        raise ModelError(f"data format {name} must have name, summary and read; given: {loaded!r:.80}")
    return loaded


def _added() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP) if point.name not in BUILT_IN}
