"""Every command of "Steer your own script in five minutes" runs, in its order, on the script that the page shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "own-script.md").read_text(encoding="utf-8")
TRIMTAB = Path(sys.executable).with_name("trimtab")


def test_links_of_the_page_lead_somewhere() -> None:
    targets = re.findall(r"\]\((?!http)([^)#]+)\)", PAGE)
    assert targets
    assert [target for target in targets if not (ROOT / "docs" / target).exists()] == []


def test_every_command_of_the_page_is_run() -> None:
    shown = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
    assert shown == re.findall(r"<!-- run -->\n```sh\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.timeout(900)  # ten commands, each a process of its own, one of them a sprint
@pytest.mark.skipif(not TRIMTAB.exists(), reason="trimtab is not installed as a command here")
def test_the_commands_of_the_page_work(tmp_path: Path) -> None:
    for name, text in re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", PAGE, flags=re.DOTALL):
        (tmp_path / name).write_text(text, encoding="utf-8")
    said = {}
    env = {**os.environ, "PATH": f"{TRIMTAB.parent}{os.pathsep}{os.environ['PATH']}"}
    env.pop("TRIMTAB_WORKSPACE", None)
    for block in re.findall(r"<!-- run -->\n```sh\n(.*?)```", PAGE, flags=re.DOTALL):
        for line in block.strip().splitlines():
            done = subprocess.run(
                ["bash", "-c", line], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
            said[line] = done.stdout
    tried = said["trimtab thread try thread.yaml --set lr=0.05"]
    assert "Contract met: 1 report, val_accuracy" in tried
    assert "→ report of epoch 1" in tried
    [first, *_] = [line for line in said["trimtab trial list 1 --best"].splitlines() if " complete " in line]
    assert re.search(r"0\.\d+", first)
