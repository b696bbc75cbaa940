"""The draft for every script in docs/examples meets the contract as it is: tried for real, one run each."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.script_reader.draft import draft_thread

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "docs" / "examples"
KINDS = sorted(path.parent.name for path in EXAMPLES.glob("*/train.py"))
SLOW = {
    "torchrun_ranks": (pytest.mark.slow, pytest.mark.timeout(600)),  # imports torch twice
    "digits": (pytest.mark.slow,),  # imports scikit-learn
}


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=SLOW.get(kind, ())) for kind in KINDS])
def test_the_draft_for_each_example_meets_the_contract_as_it_is(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "own_report":  # as where trimtab.py is installed for the script's Python
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    folder = tmp_path / kind
    shutil.copytree(EXAMPLES / kind, folder, ignore=shutil.ignore_patterns("thread.yaml"))
    draft = draft_thread(folder / "train.py", folder=folder, name=kind)
    assert "FILL_IN" not in draft.text
    (folder / "drafted.yaml").write_text(draft.text)
    seconds = "500" if kind in SLOW else "120"
    status = main(["thread", "try", str(folder / "drafted.yaml"), "--json", "--seconds", seconds])
    tried = json.loads(capsys.readouterr().out)
    assert tried["met"], (tried, draft.text)
    assert status == 0
