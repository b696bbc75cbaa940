"""The package says who made it, what it builds on and where it runs, and its files agree."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def test_the_package_names_authors_addresses_keywords_and_classifiers() -> None:
    assert PROJECT["authors"]
    assert PROJECT["keywords"]
    assert all(address.startswith("https://") for address in PROJECT["urls"].values())
    oldest = re.search(r"\d+\.\d+", PROJECT["requires-python"])
    assert oldest
    assert f"Programming Language :: Python :: {oldest[0]}" in PROJECT["classifiers"]


def test_the_citation_names_the_paper_the_model_and_the_corpus_with_their_addresses() -> None:
    cited = {reference["url"] for reference in CITATION["references"]}
    assert cited == {f"https://arxiv.org/abs/{number}" for number in ("2505.09792", "2102.05980", "2205.12696")}
    assert all(reference["authors"] and reference["year"] for reference in CITATION["references"])
    assert PROJECT["urls"]["Paper"] in cited


def test_version_licence_and_title_are_the_same_in_the_citation_and_the_package() -> None:
    assert (CITATION["title"], CITATION["version"], CITATION["license"]) == (
        PROJECT["name"],
        PROJECT["version"],
        PROJECT["license"],
    )


def test_contributing_and_security_are_there_and_point_at_files_that_exist() -> None:
    for name in ("CONTRIBUTING.md", "SECURITY.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        named = re.findall(r"`((?:tests|benchmarks|docs)/[\w./-]+)`|\]\((docs/[\w./-]+)\)", text)
        assert named, name
        missing = [path for pair in named for path in pair if path and not (ROOT / path).exists()]
        assert not missing, f"{name} names {missing}"
