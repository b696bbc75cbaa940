"""What a person does wrong: one readable line of error, status 2, nothing changed."""

import errno
from pathlib import Path

import pytest

from engine import api
from engine.cli.main import main
from engine.store.workspace import Workspace
from tests.engine.cli.conftest import Run


def test_an_objective_that_objects_leaves_no_thread_behind(run: Run, ws: Workspace, thread_file: Path) -> None:
    text = thread_file.read_text().replace("Hartmann", "Broken").replace("hartmann3", "nonsense")
    thread_file.write_text(text)
    status, _, err = run("thread", "new", str(thread_file))
    assert (status, err.count("\n")) == (2, 1)
    assert "nonsense" in err
    assert "Broken" not in {thread.name for thread in api.list_threads(ws)}


def test_a_failed_sprint_ends_with_one_and_one_line(run: Run, ws: Workspace, thread_file: Path) -> None:
    text = thread_file.read_text().replace("Hartmann", "Broken").replace("hartmann3", "nonsense")
    thread_file.write_text(text)
    api.create_thread(ws, api.load_thread_file(thread_file))  # as an older version might have let it in
    run("sprint", "new", "Broken", "--trials", "2")
    status, _, err = run("sprint", "run", "Broken/1E_v1", "--quiet")
    assert status == 1
    assert err.startswith("trimtab: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("thread", "show", "Hartman"), "no thread is called 'Hartman' – did you mean Hartmann?"),
        (("sprint", "new", "hart"), "did you mean Hartmann?"),
        (("sprint", "show", "1E_v9"), "no sprint is called '1E_v9'"),
        (("sprint", "new", "Hartmann", "--stage", "wrm"), "no stage is called 'wrm' – did you mean Warm?"),
        (("sprint", "new", "Hartmann", "--fidelity", "T6V3"), "a fidelity must look like T6_V3_M25"),
        (("sprint", "new", "Hartmann", "--trials", "0"), "--trials"),
        (("sprint", "new", "Hartmann", "--trials", "4", "--random", "9"), "random trials must be 0 … 4"),
        (("sprint", "new", "Hartmann", "--trail", "x0=1"), "No such option '--trail'"),
        (("sprint", "new", "Hartmann", "--trial", "x9=1"), "unknown key 'x9'"),
        (("sprint", "new", "Hartmann", "--trial", "x0=7"), "x0: 7 is outside its domain"),
        (("sprint", "new", "Hartmann", "--sampler", "gpp"), "did you mean gp?"),
        (("sprint", "new", "Hartmann", "--sampler-option", "acq_fun=EI"), "did you mean acq_func?"),
        (("sprint", "new", "Hartmann", "--prime", "warm"), "needs a sprint to take trials from"),
        (("space", "freeze", "Hartmann", "x00", "1"), "did you mean x0?"),
        (("space", "freeze", "Hartmann", "x0", "2"), "outside its domain 0 … 1"),
        (("space", "narrow", "Hartmann", "x0", "--high", "2"), "outside its domain"),
        (("space", "narrow", "Hartmann", "x1", "--low", "0.001"), "is not inside"),
        (("space", "widen", "Hartmann", "x0", "--low", "0.5"), "does not contain"),
        (("space", "choices", "Hartmann", "x0", "a"), "it has no choices"),
        (("space", "undo", "Hartmann"), "undo"),
        (("space", "frezze", "Hartmann", "x0", "1"), "no command 'space frezze' – did you mean space freeze?"),
        (("sprnt", "list"), "no command 'sprnt' – did you mean sprint?"),
        (("thread", "new", "absent.yaml"), "absent.yaml must be a file, got no file of that name"),
        (("thread", "show"), "Missing argument 'NAME'"),
    ],
)
def test_a_users_mistake_is_one_readable_line_and_status_two(run: Run, words: tuple[str, ...], message: str) -> None:
    status, out, err = run(*words)
    assert status == 2
    assert out == ""
    assert err.startswith("trimtab: ")
    assert err.count("\n") == 1
    assert message in err


def test_a_missing_workspace_is_said_and_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sprint", "list", "--workspace", str(tmp_path / "none")]) == 2
    assert "without one" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_a_negative_value_is_a_value_and_a_misspelt_option_is_still_named(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "negative.yaml"
    file.write_text(
        "thread: Negative\nobjective: engine.objectives.synthetic:Synthetic\n"
        "space: {x0: {type: float, low: -5, high: 10}}\n"
    )
    assert run("thread", "new", str(file))[0] == 0
    status, out, _ = run("space", "freeze", "Negative", "x0", "-2")
    assert (status, "= -2 frozen" in out) == (0, True)
    status, _, err = run("space", "freeze", "Negative", "x0", "2", "--reasn", "x")
    assert (status, "--reason" in err) == (2, True)


def test_a_workspace_that_is_a_file_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "thread.yaml").write_text(
        "thread: A\nobjective: engine.objectives.synthetic:Synthetic\nspace: {x0: {type: float, low: 0, high: 1}}\n"
    )
    status = main(["thread", "new", str(tmp_path / "thread.yaml"), "--workspace", str(tmp_path / "file")])
    assert (status, "folder that can be written" in capsys.readouterr().err) == (2, True)


def test_an_export_onto_a_full_disk_is_one_line_and_leaves_the_earlier_file_whole(
    run: Run, thread_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("sprint", "new", "Hartmann", "--trials", "2")
    run("sprint", "run", "Hartmann/1E_v1", "--quiet")
    target = tmp_path / "sprint.csv"
    assert run("export", "Hartmann/1E_v1", str(target))[0] == 0
    before = target.read_text()

    def refuse(_: object) -> list[object]:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("engine.exchange.csv_table.header", refuse)
    status, _, err = run("export", "Hartmann/1E_v1", str(target), "--force")
    assert (status, err.count("\n")) == (2, 1)
    assert "an output must be writable" in err
    assert "No space left" in err
    assert target.read_text() == before
    assert list(tmp_path.glob("*.part*")) == []


def test_a_file_the_system_refuses_is_a_sentence_with_what_to_do(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", "/there/log.txt")

    monkeypatch.setattr("engine.api.sprints.list_sprints", refuse)
    status, _, err = run("sprint", "list")
    assert status == 1
    assert "must be usable, got /there/log.txt: Read-only file system – see its rights" in err


def test_a_trial_is_named_as_screens_write_it(run: Run) -> None:
    run("sprint", "new", "Hartmann", "--trials", "2")
    run("sprint", "run", "Hartmann/1E_v1", "--quiet")
    assert run("trial", "show", "Hartmann/1E_v1", "#1")[:2] == run("trial", "show", "Hartmann/1E_v1", "1")[:2]
    assert "must be queued or running" in run("trial", "stop", "Hartmann/1E_v1", "#1")[2]


def test_a_sprint_queued_behind_nothing_is_not_said_to_start_by_itself(run: Run) -> None:
    run("sprint", "new", "Hartmann", "--trials", "2")
    status, out, _ = run("sprint", "start", "Hartmann/1E_v1", "--queue")
    assert status == 0
    assert out.endswith("when the next one started has finished; none runs, to start it now: trimtab sprint start 1\n")
