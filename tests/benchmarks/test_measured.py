"""The page of measurements says what the results hold, and says so where a goal is missed."""

import json
import re
import sys
from pathlib import Path

import pytest

from benchmarks import figures, run
from benchmarks.figures import Figure, Table, keep, markdown, number, p95, table_of


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the result of one benchmark: a goal that holds, one that is missed, a table."""
    monkeypatch.setattr(sys, "argv", [str(run.HERE / "engine.py"), "--quick", "--json", "x.json"])
    rows = [{"trials": "10", "ms": 1.25}, {"trials": "20", "ms": None}]
    keep(
        tmp_path / "engine.json",
        [
            Figure(name="a claim", unit="ms", value=4.06, goal=20, detail="median"),
            Figure(name="slots at work", unit="", value=0.5, goal=0.9, at_least=True),
            Figure(name="load", unit="x", value=1.0),
        ],
        [table_of("Each part", rows)],
    )
    return tmp_path


def test_the_page_holds_what_the_results_hold_and_nothing_typed_by_hand() -> None:
    page = run.PAGE.read_text(encoding="utf-8")
    assert run.written(page) == page, "run: python benchmarks/run.py --write"
    kept = {path.stem for path in run.RESULTS.glob("*.json")}
    assert "engine" in kept
    assert set(re.findall(r"<!-- (\w+): written by", page)) == kept


def test_every_benchmark_has_a_script_and_a_quick_form() -> None:
    assert set(run.BENCHMARKS) == set(run.QUICK)
    assert all((run.HERE / script).is_file() for script, *_ in run.BENCHMARKS.values())


def test_a_result_carries_command_machine_and_versions(results: Path) -> None:
    kept = json.loads((results / "engine.json").read_text(encoding="utf-8"))
    assert kept["command"] == "python benchmarks/engine.py --quick"
    assert kept["machine"]["cores"] >= 1
    assert kept["machine"]["versions"]["numpy"] == figures.version("numpy")
    assert [figure["verdict"] for figure in kept["figures"]] == ["holds", "MISSED", ""]


def test_a_goal_that_is_missed_is_named_above_the_table(results: Path) -> None:
    told = markdown(json.loads((results / "engine.json").read_text(encoding="utf-8")))
    assert "**Behind the goal:** slots at work." in told
    assert "| a claim | 4.06 ms | ≤ 20 | median |" in told
    assert "| slots at work | 0.5 | ≥ 0.9 **missed** |  |" in told
    assert "| trials | ms |\n| --- | --- |\n| 10 | 1.25 |\n| 20 | – |" in told


def test_a_section_is_written_again_and_the_words_around_it_stay(results: Path) -> None:
    page = "# Page\n\n<!-- engine: written by benchmarks/run.py -->\nold\n<!-- end of engine -->\n\nWords.\n"
    once = run.written(page, results)
    assert "old" not in once
    assert once.startswith("# Page\n\n<!-- engine")
    assert once.endswith("<!-- end of engine -->\n\nWords.\n")
    assert run.written(once, results) == once
    with pytest.raises(ValueError, match="must have a section <!-- engine"):
        run.written("# Page\n", results)


@pytest.mark.parametrize(("value", "told"), [(0.0155, "0.0155"), (12.345, "12.3"), (12345.6, "12,346"), (2.0, "2")])
def test_numbers_have_three_digits(value: float, told: str) -> None:
    assert number(value) == told


def test_the_95th_percentile_is_the_higher_neighbour() -> None:
    assert p95([float(n) for n in range(1, 21)]) == 20.0
    assert p95([3.0]) == 3.0


def test_a_table_without_rows_has_no_head() -> None:
    assert table_of("None", []) == Table(title="None", head=(), rows=())
