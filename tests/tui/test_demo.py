"""What the demos promise: trials that differ, a bound too narrow, failures that say why, a picture that moves."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from engine import api
from tui import demo
from tui.demo import PRETRAINED, SCRIPT_FOLDER, thread_text
from tui.headless import proven
from tui.options import DemoSize
from tui.threads.panel import gains

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    module = ModuleType("train")
    exec((SCRIPT_FOLDER / demo.SCRIPT).read_text(encoding="utf-8"), module.__dict__)
    return module


def trained(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], **options: float
) -> float:
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    monkeypatch.setattr(sys, "argv", ["train.py", *words])
    script.main()
    return float(re.findall(r"val_acc (\S+)", capsys.readouterr().out)[-1])


def test_the_script_learns_more_beyond_the_bound_of_its_width_and_says_why_it_fails(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = api.parse_thread(thread_text(DemoSize(script=True)), "script.yaml", SCRIPT_FOLDER)
    assert spec.space["width"].bounds == (2, 6)
    scores = [trained(script, monkeypatch, capsys, width=width, lr=0.03, momentum=0.9) for width in (2, 6, 16)]
    assert scores[0] + 5 < scores[1]
    assert scores[1] + 5 < scores[2]
    with pytest.raises(SystemExit, match="lower --lr"):
        trained(script, monkeypatch, capsys, width=4, lr=spec.space["lr"].bounds[1], momentum=0.9)


@pytest.mark.parametrize("size", [DemoSize(), DemoSize(encoder="minilm"), DemoSize(script=True, trials=6, random=2)])
def test_every_demo_is_a_thread_of_the_size_asked_for(size: DemoSize, tmp_path: Path) -> None:
    spec = api.parse_thread(thread_text(size), "demo.yaml", tmp_path)
    assert spec.stages["1E"]["n_trials"] == size.trials
    epochs = spec.stages["1E"]["fidelity"]["epochs"]
    assert epochs == (PRETRAINED["stages", "1E", "fidelity", "epochs"] if size.encoder else 20 if size.script else 6)


def test_a_widened_range_is_said_to_have_proved_right_and_sprints_of_one_cost_are_compared(ws: api.Workspace) -> None:
    from dataclasses import replace

    before = api.review(ws, 1)
    lr = next(one for one in before.dimensions if one.dimension.name == "lr")
    wider = replace(lr, dimension=replace(lr.dimension, high=0.1), top_values=(0.05, 0.02, 1e-3))
    after = replace(before, dimensions=(wider,))
    assert proven(before, after) == [
        "lr was widened: 2 of the top 3 trials of sprint 2 lie beyond its old range 1e-5 … 0.01 log."
    ]
    assert proven(before, before) == []
    thread = api.get_thread(ws, "alpha")
    second = replace(thread.sprints[0], short_label="1E_v2", best_score=70.0)
    told = ["".join(text for text, _ in row) for row in gains(replace(thread, sprints=(*thread.sprints, second)))]
    assert told == ["", "1E_v1 68.58 → 1E_v2 70.00", "best of each, same cost (24 trials each)"]


def test_the_moving_picture_is_small_and_fetches_nothing() -> None:
    picture = (ROOT / "docs" / "tour.svg").read_text(encoding="utf-8")
    assert len(picture.encode()) < 1_000_000
    assert "url(" not in re.sub(r"url\(#[^)]*\)", "", picture)
    assert len(re.findall(r"@keyframes", picture)) == len(re.findall(r'<g class="frame\d+">', picture)) >= 10
    assert (ROOT / "README.md").read_text(encoding="utf-8").index("docs/tour.svg") < 300
