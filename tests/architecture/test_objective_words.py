"""Engine and interface know no objective: words of the joint model stand in its own package and in few named places."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

WORDS = re.compile(
    r"(?<![a-z.])(jerex\w*|re-?docred|docred|joint_?(mrc|grc|extraction)|mentions?|coref\w*|entities|relation types?|"
    r"asl|dtl|pos|nha|documents?|docs(?=/s\b|_| unknown)|encoders?|minilm|longformer|spacy|scut|f1_micro)(?![a-z])",
    re.IGNORECASE,
)
"""Tasks, options, parts and data of the joint model, and what only its objective calls its units."""

EXCEPTIONS = {
    "engine/artifacts/": "the view of annotated texts and the view of thresholds: files that any objective may leave",
    "engine/cli/examples.py": "the first view as a command",
    "engine/cli/trials.py": "its option --document",
    "engine/api/trial_artifacts.py": "where both views are read",
    "tui/examples/": "the first view as a screen",
    "tui/thresholds/": "the second view as a screen",
    "tui/plots/cut_curve.py": "a plot of the second view",
    "tui/app.tcss": "styles of both",
    "engine/exchange/bookkeeping.py": "words by which metrics of any tool's table are told from hyperparameters",
    "engine/report/": "a document is HTML's word for a page",
    "engine/worker/manifest.py": "packages whose versions are recorded, whoever imports them",
    "engine/boundary/yaml_text.py": "a document is YAML's word for what a file holds",
    "tui/demo": "the demo trains the joint model on generated documents",
    "tui/options.py": "options of the demo",
    "tui/cli.py": "options of the demo",
    "tui/arguments.py": "one line for each command of the joint model",
}
"""Files, or beginnings of paths, that may use such words, and why."""


def uses() -> dict[str, list[str]]:
    """Lines with such words by file."""
    found: dict[str, list[str]] = {}
    for package in ("engine", "tui"):
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix not in (".py", ".tcss", ".yaml", ".json") or "__pycache__" in path.parts:
                continue
            lines = path.read_text(encoding="utf-8").splitlines()
            hits = [f"{number}: {line.strip()}" for number, line in enumerate(lines, start=1) if WORDS.search(line)]
            if hits:
                found[path.relative_to(ROOT).as_posix()] = hits
    return found


def test_engine_and_interface_use_no_word_of_the_joint_model() -> None:
    told = {name: hits for name, hits in uses().items() if not name.startswith(tuple(EXCEPTIONS))}
    assert not told, "an objective says such words itself, through its declaration"


def test_every_exception_is_needed() -> None:
    assert [start for start in EXCEPTIONS if not any(name.startswith(start) for name in uses())] == []
