"""Commands driven as the entry point drives them: main(words) → status, output, one line of error."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from engine.cli.main import main
from engine.store.workspace import Workspace

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in the workspace: (status, standard output, standard error)."""

    def command(*words: str) -> tuple[int, str, str]:
        status = main([*words, "--workspace", str(ws.path)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return command


def content(answer: tuple[int, str, str]) -> Any:
    status, out, err = answer
    assert (status, err) == (0, "")
    return json.loads(out)
