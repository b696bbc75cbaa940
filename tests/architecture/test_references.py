"""What comments and pages point at is there: the paper's places, or a heading of docs/decisions.md."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

DANGLING = re.compile(r"\b[AB]:F?\d+|\b(?:engine|optimizer|tui) notes \d|\bissue \d+\b|\bdesign §")
"""Numbered items of lists that the repository does not hold."""

SUFFIXES = {".py", ".md", ".yaml", ".json", ".toml", ".tcss", ".cff"}
FOLDERS = ("engine", "model", "tui", "tests", "docs", "benchmarks")


def texts() -> list[Path]:
    """Every text of the repository that a person writes, without this one."""
    files = [*ROOT.iterdir(), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))]
    return [path for path in files if path.suffix in SUFFIXES and path.is_file() and path != Path(__file__)]


def test_nothing_points_at_a_list_that_the_repository_does_not_hold() -> None:
    dangling = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in texts()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if DANGLING.search(line)
    ]
    assert not dangling, "\n".join(dangling)


def test_every_decision_that_the_code_names_is_a_heading_of_the_page() -> None:
    page = (ROOT / "docs/decisions.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^## (.+)$", page, flags=re.MULTILINE))
    named = {
        (" ".join(name.split()), path.relative_to(ROOT))
        for path in texts()
        if path.suffix == ".py"
        for name in re.findall(r"\(decisions: ([^)]+)\)", path.read_text(encoding="utf-8"))
    }
    assert named, "no decision is named: did the notation change?"
    assert not [(name, str(path)) for name, path in named if name not in headings]


@pytest.mark.parametrize("text", ["(B:41)", "A:F31", "engine notes 3c", "issue 5, item 2", "design §3"])
def test_the_pattern_finds_each_kind(text: str) -> None:
    assert DANGLING.search(text)
