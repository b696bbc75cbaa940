"""The report of a thread: what it tells, that its commands repeat it, and that it is written safely."""

import re
import shlex
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from engine import api
from engine.api.planning import replacement_plan
from engine.api.review_views import EditView
from engine.cli.main import main
from engine.errors import EngineError
from engine.report.blocks import Bullets, Code, Figure, Heading, Paragraph, Table
from engine.report.commands import edit_commands
from engine.report.figures import ticks
from engine.report.html import html
from engine.report.markdown import markdown
from engine.report.story import thread_story
from engine.report.writing import write_report
from engine.space.proposal import Proposal
from tests.engine.conftest import Finish

NASTY = "a|b <script>alert(1)</script> *x* _y_ `z` [l](u) & $5"


def edit(ws: api.Workspace, action: str, dimension: str, **how: object) -> None:
    proposal = Proposal(action=action, dimension=dimension, **how)  # type: ignore[arg-type]
    api.apply_edit(ws, "Hartmann", proposal, reason=f"because of {dimension}", author="ana")


@pytest.fixture
def steered(ws: api.Workspace, explored: api.SprintView, finish: Finish) -> api.Workspace:
    """Two sprints with decisions between and after; one was undone."""
    edit(ws, "narrow", "x0", low=0.7, high=1.0)
    edit(ws, "freeze", "x2", value=0.5)
    edit(ws, "narrow", "x1", low=0.1, high=0.123456789)
    api.undo(ws, "Hartmann")
    plan = replace(api.default_plan(ws, "Hartmann", "1E"), n_trials=6, n_random=6, sampler="random", prime="none")
    second = api.create_sprint(ws, plan)
    finish(ws, second.id, [({"x0": 0.9, "x1": 0.1, "x2": 0.5}, score) for score in (1.0, 1.2)] + [({"x0": 0.8}, None)])
    edit(ws, "unfreeze", "x2")
    api.set_notes(ws, "Hartmann", NASTY)
    return ws


def test_it_tells_question_result_findings_decisions_noise_and_cost(steered: api.Workspace, tmp_path: Path) -> None:
    page, folder = write_report(steered, "Hartmann", tmp_path / "story.md")
    text = page.read_text("utf-8")
    for part in (
        "# Thread Hartmann",
        "## Question\n\na\\|b \\<script\\>",
        "best trial is \\#1",
        "## Sprint 1: 1E\\_v1",
        "## Sprint 2: 1E\\_v2",
        "narrow: 0 … 1 → 0.7 … 1 | because of x0 | ana | in force",
        "because of x1 | ana | undone",
        "3 trials: 2 complete, 1 failed",
        "1 configuration ran more than once within a sprint: the standard deviation of score between repeats is 0.14",
        "| 1E\\_v1 | 30 | 1m00s |",
        "Left out: 1 decision that was undone.",
    ):
        assert part in text, part
    linked = re.findall(r"\]\((story-figures/[^)]*)\)", text)
    assert sorted(linked) == sorted(f"story-figures/{file.name}" for file in folder.iterdir())
    for file in folder.iterdir():
        ET.fromstring(file.read_text("utf-8"))


def test_its_commands_make_the_same_thread_again(
    steered: api.Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = thread_story(steered, "Hartmann")[1]
    file, commands = [block.text for block in blocks if isinstance(block, Code)][-2:]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Hartmann.yaml").write_text(file, "utf-8")
    for line in commands.splitlines():
        words = shlex.split(line)[1:]
        if words[:2] != ["sprint", "run"]:
            at = words.index("--") if "--" in words else len(words)
            status = main([*words[:at], "--workspace", "again", *words[at:]])
            assert status == 0, (line, capsys.readouterr().err)
    again = api.open_workspace(tmp_path / "again")
    assert api.working_space(again, "Hartmann").space == api.working_space(steered, "Hartmann").space
    for ref in ("1E_v1", "1E_v2"):
        assert replacement_plan(again, ref) == replacement_plan(steered, ref)
        assert api.sprint_space(again, ref) == api.sprint_space(steered, ref)


def test_a_range_that_moved_past_its_old_one_takes_two_commands(ws: api.Workspace) -> None:
    first = api.working_space(ws, "Hartmann").space
    moved = EditView(
        number=1, action="narrow", dimension="x0", before="", after="", reason="", evidence={}, author="", at=0.0,
        undone=False, sprint_label="", old={"low": 0.2, "high": 0.5}, new={"low": 0.4, "high": 0.6},
    )  # fmt: skip
    assert [line.split(" -- ")[0] for line in edit_commands("Hartmann", moved, first)] == [
        "trimtab space widen --low=0.2 --high=0.6",
        "trimtab space narrow --low=0.4 --high=0.6",
    ]


def test_a_thread_without_sprints_has_a_report(ws: api.Workspace, tmp_path: Path) -> None:
    (page,) = write_report(ws, "Hartmann", tmp_path / "empty.md")
    text = page.read_text("utf-8")
    assert "No trial is complete yet." in text
    assert "trimtab thread notes Hartmann" in text


def test_what_people_wrote_means_nothing_in_the_page(steered: api.Workspace, tmp_path: Path) -> None:
    (page,) = write_report(steered, "Hartmann", tmp_path / "story.html")
    seen: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            seen.append(tag)

    text = page.read_text("utf-8")
    Reader().feed(text)
    assert "script" not in seen
    assert seen.count("figure") == text.count("<svg")
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("start", ["- a", "+ a", "1. a", "12) a", "===", "---", "# a", "> a"])
def test_no_line_begins_a_list_or_a_heading(start: str) -> None:
    (line,) = markdown([Paragraph(start)], "f").strip().splitlines()
    assert "\\" in line
    assert line.replace("\\", "") == start


def test_a_number_stays_readable() -> None:
    assert markdown([Table(("#A",), [("30.41",), ("-3",)])], "f").splitlines()[2:] == ["| 30.41 |", "| -3 |"]


def test_code_that_holds_fences_stays_inside(tmp_path: Path) -> None:
    assert markdown([Code("sh", "echo ```")], "f") == "````sh\necho ```\n````\n"


def test_every_block_is_written_in_both_forms() -> None:
    blocks = [Heading(2, "H"), Paragraph("p\nq"), Bullets(["b"]), Table(("#n",), [("1",)]), Figure("f", "c", "<svg/>")]
    assert "![c](dir/f.svg)" in markdown(blocks, "dir")
    page = html("t", blocks)
    assert all(part in page for part in ("<h2>H</h2>", "p<br>q", "<li>b</li>", '<td class="right">1</td>', "<svg/>"))


@pytest.mark.parametrize("ends", [(0.0, 1.0), (-3e-7, 2e-6), (59.2, 61.7), (0.0, 1e6)])
def test_ticks_are_round_and_inside(ends: tuple[float, float]) -> None:
    found = ticks(*ends)
    assert 2 <= len(found) <= 6
    assert all(ends[0] <= tick <= ends[1] for tick in found)
    assert all(float(f"{tick:.3g}") == tick for tick in found)


def test_what_stands_there_is_not_replaced_unasked(steered: api.Workspace, tmp_path: Path) -> None:
    place = tmp_path / "story.html"
    place.write_text("mine")
    with pytest.raises(EngineError, match="exists"):
        write_report(steered, "Hartmann", place)
    assert place.read_text() == "mine"
    write_report(steered, "Hartmann", place, replace=True)
    assert place.read_text("utf-8").startswith("<!doctype html>")
    with pytest.raises(EngineError, match=r"\.html or \.md"):
        write_report(steered, "Hartmann", tmp_path / "story.pdf")
