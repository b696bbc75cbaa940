"""The top level holds what a newcomer expects there and nothing else."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

EXPECTED = {
    "AGENTS.md", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md",
    "benchmarks", "docs", "engine", "model", "pyproject.toml", "tests", "trimtab.py", "tui",
}  # fmt: skip


def test_no_other_file_or_folder_stands_at_the_top() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    found = {path.split("/")[0] for path in listed if path and not path.startswith(".")}
    assert found <= EXPECTED
    assert {"README.md", "engine", "model", "pyproject.toml", "tests", "tui"} <= found


def test_a_package_root_holds_at_most_twelve_modules() -> None:
    for package in ("engine", "model", "tui"):
        flat = [path.name for path in (ROOT / package).glob("*.py")]
        assert len(flat) <= 12, f"{package}: {sorted(flat)}"
