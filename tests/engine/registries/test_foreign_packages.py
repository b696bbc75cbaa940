"""Another package adds one of each kind; it is seen where the built-in ones are."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine import api
from engine.cli.main import main
from engine.errors import EngineError
from engine.registries.kinds import KINDS
from engine.sprint.thread_file import read_thread_file
from tests.engine.samplers import test_conformance as conformance

ENTRY_POINTS = """
[trimtab.samplers]
corner = corner_kit:SAMPLER
[trimtab.pruners]
odd-epochs = corner_kit:PRUNER
[trimtab.reviewers]
idle = corner_kit:REVIEWER
[trimtab.launchers]
nowhere = corner_kit:LAUNCHER
[trimtab.exchange_formats]
labels = corner_kit:FORMAT
[trimtab.metric_sources]
stars = corner_kit:Stars
[trimtab.objectives]
corner = corner_kit:OBJECTIVE
[trimtab.data_formats]
lines = corner_kit:LINES
"""

CODE = '''
"""One of each kind."""
import time
from pathlib import Path
from engine.launchers.launcher import Launched
from engine.launchers.registry import LauncherInfo
from engine.metric_sources.reading import Reading
from engine.pruners.pruner import Ladder
from engine.pruners.registry import PrunerInfo
from engine.reviewers.registry import ReviewerInfo
from engine.samplers.problem import Answer
from engine.samplers.registry import SamplerInfo

def ask(problem, *, number, seed, state):
    import random
    rng = random.Random(seed)
    points = {d.name: d.from_share(rng.random() * problem.options["reach"]) for d in problem.dimensions}
    return Answer(params=points, state=state, guided=False)

SAMPLER = SamplerInfo(name="corner", module="corner_kit", summary="Stays near a corner", options={"reach": 0.5},
                      is_guided=False)

class OddEpochs:
    needs_curves = False
    def decides_at(self, step): return step % 2 == 1
    def reason_to_prune(self, gains, number, step): return "odd" if number == 7 else ""
    def ladders(self, n_trials, n_epochs): return (Ladder(index=0, rungs=(1, 3), share=1.0, n_trials=n_trials),)

def make(options, *, sign, study_key): return OddEpochs()

PRUNER = PrunerInfo(name="odd-epochs", summary="Judges at odd epochs", options={"stride": 2}, make="corner_kit:make",
                    short="odd epochs")
REVIEWER = ReviewerInfo(name="idle", summary="Leaves every range", review=lambda *given, **options: ())

def start(ws, sprint_id, slots, options):
    return Launched(sprint_id=sprint_id, pid=0, host=options["queue"], log_path="", started_at=time.time(),
                    place=f"{slots} jobs in queue {options['queue']}")

LAUNCHER = LauncherInfo(name="nowhere", summary="Queues nothing", start="corner_kit:start", options={"queue": "long"})

class Labels:
    name, title, can_write, can_read = "labels", "the label alone", True, False
    def is_target(self, target): return target.text.endswith(".label")
    def is_source(self, source): return False
    def read(self, source, request): raise NotImplementedError
    def write(self, content, target):
        target.path.write_text(content.label)
        return "a label"

FORMAT = Labels()

class Stars:
    """Counts stars in a line."""
    needs = "print stars"
    def __init__(self, options, place): pass
    def read_line(self, line, stream): return [Reading(score=line.count("*"))]
    def read_files(self, *, is_final): return []
    def near_misses(self): return []

OBJECTIVE = {"target": "engine.objectives.synthetic:Synthetic", "summary": "A corner",
             "declaration": {"unit": "corner", "units": "corners", "units_short": "corners",
                             "metrics": [{"name": "edge", "unit": "%", "direction": "maximize", "head": "EDGE"}]}}

class Lines:
    name, summary = "lines", "One document a line"
    def read(self, path: Path):
        from model.data.atlas import generate
        return generate(len(path.read_text().splitlines()), seed=1)

LINES = Lines()
'''

NAMES = {
    "samplers": "corner", "pruners": "odd-epochs", "reviewers": "idle", "launchers": "nowhere",
    "exchange_formats": "labels", "metric_sources": "stars", "objectives": "corner",
}  # fmt: skip

SLOW_CHECKS = ("test_a_thousand_trials_are_no_trouble", "test_a_model_does_not_shun_the_ends_of_whole_numbers",
               "test_the_ends_of_whole_numbers_and_steps_are_drawn_as_often_as_the_middle")  # fmt: skip
"""Statistics over many draws, which say nothing of how a sampler is found."""

THREAD = """
thread: corners
objective: corner
space:
  x: {type: float, low: 0.0, high: 1.0}
  y: {type: float, low: 0.0, high: 1.0}
"""


def install(site: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package as pip leaves it: its modules and a dist-info."""
    info = site / "corner_kit-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: corner-kit\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    (site / "corner_kit.py").write_text(code)
    monkeypatch.syspath_prepend(str(site))


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    install(tmp_path / "site", CODE, monkeypatch)
    yield
    sys.modules.pop("corner_kit", None)


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    install(tmp_path / "site", "raise ValueError('made for an\\nolder version')\n", monkeypatch)
    yield
    sys.modules.pop("corner_kit", None)


@pytest.fixture
def ws(tmp_path: Path) -> api.Workspace:
    return api.open_workspace(tmp_path / "ws", create=True)


def thread_in(ws: api.Workspace, tmp_path: Path) -> api.ThreadView:
    file = tmp_path / "corners.yaml"
    file.write_text(THREAD)
    return api.create_thread(ws, read_thread_file(file))


@pytest.mark.parametrize(("kind", "name"), NAMES.items())
def test_what_another_package_adds_is_listed_with_its_summary(kit: None, kind: str, name: str) -> None:
    found = {one.name: one for one in api.choices(kind)}
    assert set(KINDS) == set(NAMES)
    assert found[name].package == "corner-kit"
    assert found[name].summary
    assert not found[name].problem


OF_GUIDED_SAMPLERS = {"test_the_plans_random_trials_are_drawn_at_random_however_many_trials_are_known"}
"""Checks of samplers that have startup trials; one that is not guided, as the foreign one, draws its own way."""


def test_a_foreign_sampler_passes_the_conformance_suite(kit: None) -> None:
    left_out = {*SLOW_CHECKS, *OF_GUIDED_SAMPLERS}
    checks = [one for name, one in vars(conformance).items() if name.startswith("test_") and name not in left_out]
    assert len(checks) > 10
    assert "corner" in list(conformance.SAMPLERS)
    for check in checks:
        check("corner")


def test_a_plan_with_foreign_sampler_and_pruner_is_previewed_made_and_exported(
    kit: None, ws: api.Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    thread_in(ws, tmp_path)
    where = ["--workspace", str(ws.path)]
    words = ["sprint", "new", "corners", "--trials", "12", "--sampler", "corner", "--sampler-option", "reach=0.1"]
    assert main([*words, "--pruner", "odd-epochs", "--dry-run", *where]) == 0
    assert "rungs [1, 3], 12 trials" in capsys.readouterr().out
    assert main([*words, *where]) == 0
    view = api.list_sprints(ws)[0]
    assert (view.sampler, view.sampler_options) == ("corner", {"reach": 0.1})
    assert main(["export", str(view.id), str(tmp_path / "x.label"), *where]) == 0
    assert (tmp_path / "x.label").read_text() == view.label
    capsys.readouterr()
    start = ["sprint", "start", str(view.id), "--launcher", "nowhere", "--launcher-option", "queue=short"]
    assert main([*start, "--slots", "3", *where]) == 0
    assert "3 jobs in queue short" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("sprint", "new"), "corner"),
        (("sprint", "new"), "odd-epochs"),
        (("sprint", "start"), "nowhere"),
        (("auto",), "idle"),
        (("space", "accept"), "idle"),
        (("export",), "labels"),
    ],
)
def test_help_names_what_another_package_adds(kit: None, words: tuple[str, ...], name: str) -> None:
    from engine.cli.main import cli

    assert name in CliRunner().invoke(cli, [*words, "--help"]).output


def test_the_plan_form_steps_through_foreign_samplers_and_pruners(kit: None, ws: api.Workspace, tmp_path: Path) -> None:
    from tui.plan.basis import names_of, read_basis

    basis = read_basis(ws, thread_in(ws, tmp_path).name)
    assert basis is not None
    assert "corner" in names_of(basis.samplers)
    assert "odd-epochs" in names_of(basis.pruners)


def test_a_foreign_objective_is_named_in_a_thread_file_and_speaks_its_own_words(
    kit: None, ws: api.Workspace, tmp_path: Path
) -> None:
    from engine.objectives.registry import declared

    thread_in(ws, tmp_path)
    assert declared("engine.objectives.synthetic:Synthetic").units == "corners"


def test_a_foreign_reviewer_reviews(kit: None) -> None:
    from engine.reviewers.registry import REVIEWERS

    assert REVIEWERS.named("idle").review(None, (), ()) == ()  # type: ignore[arg-type]


def test_a_foreign_data_format_reads_what_a_model_trains_on(kit: None, tmp_path: Path) -> None:
    from model.data.formats import data_format_names
    from model.data.source import DataConfig, load_corpus

    (tmp_path / "a.txt").write_text("x\n" * 10)
    assert "lines" in data_format_names()
    corpus = load_corpus(DataConfig.from_mapping({"train": "a.txt", "format": "lines"}), tmp_path)
    assert len(corpus.train) + len(corpus.validation) == 10


@pytest.mark.parametrize(("kind", "name"), NAMES.items())
def test_a_package_that_cannot_be_loaded_is_named_in_one_sentence(broken: None, kind: str, name: str) -> None:
    found = {one.name: one for one in api.choices(kind)}
    assert "\n" not in found[name].problem
    assert "of package corner-kit" in found[name].problem
    assert "made for an older version" in found[name].problem
    with pytest.raises(EngineError, match="corner-kit"):
        KINDS[kind].load().named(name)


def test_a_broken_package_stops_nothing_else(
    broken: None, ws: api.Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "corners.yaml"
    file.write_text(THREAD.replace("objective: corner", "objective: engine.objectives.synthetic:Synthetic"))
    api.create_thread(ws, read_thread_file(file))
    where = ["--workspace", str(ws.path)]
    assert main(["sprint", "new", "corners", "--trials", "12", *where]) == 0
    assert main(["export", "1", str(tmp_path / "x.csv"), *where]) == 0
    assert main(["sprint", "new", "corners", "--sampler", "corner", *where]) == 2
    assert "sampler corner of package corner-kit" in capsys.readouterr().err
    assert [one for one in api.doctor(ws) if one.name == "extensions" and one.status == "warning"]


def test_a_package_cannot_take_a_built_in_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.samplers.registry import SAMPLERS

    info = tmp_path / "thief-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thief\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[trimtab.samplers]\ngp = nothing:AT_ALL\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "gp" not in SAMPLERS.added()
    assert SAMPLERS["gp"].module == "engine.samplers.gp"
