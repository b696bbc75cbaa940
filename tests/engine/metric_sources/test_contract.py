"""The contract table: what each line is taken for, and the docs page that is made from it."""

import io
import runpy
from pathlib import Path

import pytest
import yaml

from engine.metric_sources.output import OutputReader, pieces_of
from engine.metric_sources.reading import Place
from engine.metric_sources.registry import SOURCES
from engine.metric_sources.report_options import COMMON, ReportOptions
from engine.objectives.command_options import KEYS
from tests.engine.metric_sources.contract import ROWS, Row

DOCS = Path(__file__).parents[3] / "docs"
FILES = {"csv": "out.csv", "jsonl": "out.jsonl", "trainer_state": "trainer_state.json"}


@pytest.mark.parametrize("row", ROWS, ids=[f"{number}-{row.output[:24]!r}" for number, row in enumerate(ROWS)])
def test_what_a_line_is_taken_for(row: Row, tmp_path: Path) -> None:
    options = ReportOptions.read(yaml.safe_load(row.report) if row.report else None, metric=row.metric)
    source = options.build(Place(folder=tmp_path, run_dir=tmp_path), metric=row.metric)
    found = []
    if options.source in FILES:
        (tmp_path / FILES[options.source]).write_text(row.output, encoding="utf-8")
    else:
        reader = OutputReader(source)
        for piece in pieces_of("out", io.BytesIO(row.output.encode())):
            found += reader.read(piece)[1]
        found += reader.rest()
    found += source.read_files(is_final=True)
    assert [str(reading) for reading in found] == list(row.taken)
    near = source.near_misses()
    assert row.near in (near or [""]) or (not row.near and bool(row.taken)), near


def test_the_table_has_sixty_rows_or_more() -> None:
    assert len({(row.output, row.report, row.metric) for row in ROWS}) == len(ROWS) >= 60


def test_the_page_of_lines_is_made_from_this_table() -> None:
    page = runpy.run_path(str(DOCS / "make_report_lines.py"))["lines_page"]()
    assert (DOCS / "report-lines.md").read_text(encoding="utf-8") == page, "run: python docs/make_report_lines.py"


def test_the_docs_name_every_source_and_every_key() -> None:
    page = (DOCS / "commands.md").read_text(encoding="utf-8")
    for name in (*SOURCES, *COMMON, *KEYS):
        assert f"`{name}`" in page or f"`{name}:" in page or f"| `{name} " in page, name
