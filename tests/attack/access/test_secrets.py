"""What another account, an export or a screenshot must not show: passwords, tokens, the files of a workspace."""

import json
import os
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.access.intruder import person
from tests.attack.access.postgres import PASSWORD, guarded_server

TOKEN = "hf_n0b0dysh0uldr3adth1s"

THREAD = """
thread: alpha
command: "python train.py --lr {lr}"
space:
  lr: {type: float, low: 0.1, high: 1.0}
stages:
  1E: {n_trials: 3, n_random: 3}
"""

SCRIPT = """
import json, os, time
open("written-by-the-script", "w").write("x")
time.sleep(float(os.environ.get("NAP", "0")))
print(json.dumps({"epoch": 1, "score": 0.5}))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    pytest.importorskip("psycopg", reason="needs the extra trimtab[postgres]")
    with guarded_server() as port:
        yield port


@pytest.fixture
def url(server: int) -> str:
    return f"postgresql+psycopg://postgres:{PASSWORD}@127.0.0.1:{server}/postgres"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A person's project."""
    (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "thread.yaml").write_text(THREAD.replace("alpha", f"t{time.time_ns()}"), encoding="utf-8")
    return tmp_path


def call(trimtab: str, *words: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [trimtab, *words], cwd=cwd, env=person(**more), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=240, check=False, umask=0o022,
    )  # fmt: skip


def planned(trimtab: str, folder: Path, *options: str, **more: str) -> str:
    """The number of a sprint that is ready."""
    made = call(trimtab, *options, "thread", "new", "thread.yaml", cwd=folder, **more)
    assert made.returncode == 0, made.stderr
    thread = (folder / "thread.yaml").read_text().split()[1]
    plan = call(trimtab, *options, "sprint", "new", thread, "--stage", "1E", "--json", cwd=folder, **more)
    assert plan.returncode == 0, plan.stderr
    return str(json.loads(plan.stdout)["id"])


def shown_by_ps() -> list[str]:
    """The words of every process of this machine."""
    shown = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            shown.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return shown


def until(trimtab: str, folder: Path, sprint: str, **more: str) -> str:
    for _ in range(240):
        shown = call(trimtab, "sprint", "show", sprint, "--json", cwd=folder, **more).stdout
        if '"state": "done"' in shown or '"state": "failed"' in shown:
            return shown
        time.sleep(0.25)
    raise AssertionError(shown)


def test_the_password_of_the_store_is_in_no_processes_words_manifest_export_or_listing(
    trimtab: str, folder: Path, url: str
) -> None:
    sprint = planned(trimtab, folder, "--store", url)
    begun = call(trimtab, "--store", url, "sprint", "start", sprint, cwd=folder, NAP="2", WANDB_API_KEY=TOKEN)
    assert begun.returncode == 0, begun.stderr
    seen: set[str] = set()
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        words = [line for line in shown_by_ps() if str(folder) in line and "bin/pytest" not in line]
        assert not [line for line in words if PASSWORD in line]
        seen |= {name for name in ("engine.launchers", "engine.worker") for line in words if name in line}
        if len(seen) == 2:
            break
        time.sleep(0.1)
    assert len(seen) == 2, "launcher and worker were never seen"
    until(trimtab, folder, sprint, TRIMTAB_STORE=url)
    assert (
        call(trimtab, "export", sprint, "out.json", "--format", "json", cwd=folder, TRIMTAB_STORE=url).returncode == 0
    )
    told = [(folder / "out.json").read_text()]
    listings = (f"sprint show {sprint} --json", f"sprint show {sprint}", "doctor", "doctor --json", "sprint list")
    told += [call(trimtab, *words.split(), cwd=folder, TRIMTAB_STORE=url).stdout for words in listings]
    told += [path.read_text(errors="replace") for path in folder.rglob("*.log")]
    assert not [text for text in told if PASSWORD in text]
    assert not [text for text in told if TOKEN in text]
    assert "127.0.0.1" in told[3]  # masked, not hidden
    assert PASSWORD not in dumped(url)
    assert TOKEN not in dumped(url)


def dumped(url: str) -> str:
    """All that a store holds, as text."""
    import sqlalchemy

    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        names = sqlalchemy.inspect(connection).get_table_names()
        rows = [str(connection.exec_driver_sql(f'SELECT * FROM "{name}"').fetchall()) for name in names]
    engine.dispose()
    return "\n".join(rows)


@pytest.mark.slow
def test_a_command_in_the_foreground_hides_the_password_that_was_typed(trimtab: str, folder: Path, url: str) -> None:
    sprint = planned(trimtab, folder, TRIMTAB_STORE=url)
    with subprocess.Popen(
        [trimtab, "--store", url, "sprint", "run", sprint], cwd=folder, env=person(NAP="1"), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as child:  # fmt: skip
        shown = ""
        deadline = time.monotonic() + 60
        while child.poll() is None and time.monotonic() < deadline:
            if any("engine.worker" in line and str(folder) in line for line in shown_by_ps()):
                shown = Path(f"/proc/{child.pid}/cmdline").read_bytes().decode()
                break
            time.sleep(0.1)
        assert shown
        assert PASSWORD not in shown
        assert child.wait(120) == 0


def test_an_unreachable_server_a_wrong_scheme_and_a_refused_login_are_told_apart(
    trimtab: str, folder: Path, server: int
) -> None:
    urls = {
        "unreachable": f"postgresql+psycopg://postgres:{PASSWORD}@127.0.0.1:1/postgres",
        "scheme": f"mysql://postgres:{PASSWORD}@127.0.0.1:{server}/postgres",
        "login": f"postgresql+psycopg://postgres:{PASSWORD}x@127.0.0.1:{server}/postgres",
        "nonsense": f"postgres {PASSWORD}",
    }
    lines = {}
    for name, url in urls.items():
        for words in (("--once",), ("thread", "new", "thread.yaml")):
            done = call(trimtab, *words, cwd=folder, TRIMTAB_STORE=url)
            assert done.returncode in (1, 2), (name, words, done)
            assert len(done.stderr.splitlines()) == 1, done.stderr
            assert PASSWORD not in done.stderr + done.stdout
            lines[name, words] = done.stderr
        doctor = call(trimtab, "doctor", cwd=folder, TRIMTAB_STORE=url)
        assert PASSWORD not in doctor.stdout + doctor.stderr
    for words in {words for _, words in lines}:
        assert len({lines[name, words] for name in urls}) == 4
        assert "reach" in lines["unreachable", words]
        assert "mysql" in lines["scheme", words]
        assert "login" in lines["login", words]
    assert not list(folder.glob("trimtab-*"))


@pytest.mark.parametrize("option", ["", pytest.param("--group", marks=pytest.mark.slow)])
def test_a_workspace_is_its_owners_alone_unless_the_group_may_have_it(option: str, trimtab: str, folder: Path) -> None:
    options = [option] if option else []
    sprint = planned(trimtab, folder, *options, "--workspace", str(folder / "ws"))
    done = call(trimtab, "sprint", "run", sprint, "--workspace", str(folder / "ws"), cwd=folder)
    assert done.returncode == 0, done.stderr
    begun = call(trimtab, "demo", "--recorded", "--headless", *options, "--workspace", str(folder / "rec"), cwd=folder)
    assert begun.returncode == 0, begun.stderr
    for top in (folder / "ws", folder / "rec"):
        paths = [top, *top.rglob("*")]
        assert len(paths) > 2
        modes = {stat.S_IMODE(path.stat().st_mode) & 0o777 for path in paths if path.is_dir()}
        assert modes == ({0o770} if option else {0o700}), top
        loose = [p for p in paths if p.is_file() and stat.S_IMODE(p.stat().st_mode) != (0o660 if option else 0o600)]
        assert not loose
    # The script's own files are made as the person makes files.
    assert stat.S_IMODE((folder / "written-by-the-script").stat().st_mode) == 0o644


@pytest.mark.slow
def test_what_the_folder_of_the_workspace_is_not_for_stays_as_it_was(trimtab: str, folder: Path) -> None:
    folder.chmod(0o755)
    planned(trimtab, folder, "--workspace", ".")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert stat.S_IMODE((folder / "train.py").stat().st_mode) == 0o644
    assert stat.S_IMODE((folder / "store.db").stat().st_mode) == 0o600


def test_the_named_store_counts_for_verbs_once_and_interface_alike(trimtab: str, folder: Path) -> None:
    pexpect = pytest.importorskip("pexpect")
    made = call(trimtab, "thread", "new", "thread.yaml", "--workspace", "first", cwd=folder)
    assert made.returncode == 0, made.stderr
    name = (folder / "thread.yaml").read_text().split()[1]
    named = {"TRIMTAB_STORE": f"sqlite:///{folder}/first/store.db"}
    assert name in call(trimtab, "thread", "list", cwd=folder, **named).stdout
    assert name in call(trimtab, "--once", cwd=folder, **named).stdout
    (folder / "other").mkdir()
    environment = person(TERM="xterm-256color", XDG_STATE_HOME=str(folder / "state"), **named)
    with_screen = pexpect.spawn(
        trimtab,
        ["--workspace", str(folder / "other")],
        cwd=str(folder),
        env=environment,
        dimensions=(30, 120),
        timeout=60,
    )
    try:
        answer_question(with_screen, name)
    finally:
        with_screen.close(force=True)
    assert not list(folder.rglob("other/store.db"))
    assert not list(folder.glob("trimtab-workspace/store.db"))


def answer_question(screen: object, wanted: str) -> None:
    """Wait for the text; a question on the way is answered with yes."""
    for _ in range(2):
        if screen.expect([wanted, r"\[y/N\]"]) == 0:  # type: ignore[attr-defined]
            return
        screen.sendline("y")  # type: ignore[attr-defined]
    raise AssertionError("never shown")


@pytest.mark.parametrize("words", [[], pytest.param(["thread", "new", "thread.yaml"], marks=pytest.mark.slow)])
def test_a_mistyped_workspace_is_asked_about_before_it_is_made(words: list[str], trimtab: str, folder: Path) -> None:
    pexpect = pytest.importorskip("pexpect")
    assert call(trimtab, "thread", "new", "thread.yaml", "--workspace", "results", cwd=folder).returncode == 0
    for more in ({}, {"TRIMTAB_WORKSPACE": "reslts"}):
        given = [] if more else ["--workspace", "reslts"]
        asked = pexpect.spawn(
            trimtab, [*given, *words], cwd=str(folder), env=person(TERM="xterm-256color", **more), timeout=60,
            dimensions=(30, 200),
        )  # fmt: skip
        try:
            asked.expect(r"reslts.*results.*\[y/N\]")
            asked.sendline("n")
            asked.expect(pexpect.EOF)
        finally:
            asked.close(force=True)
        assert asked.exitstatus != 0
        assert not (folder / "reslts").exists()
        refused = call(trimtab, *given, *words, cwd=folder, **more)
        assert refused.returncode != 0
        assert not (folder / "reslts").exists()


def test_the_environments_secrets_stay_out_of_the_facts_that_a_class_tells(trimtab: str, folder: Path) -> None:
    (folder / "task.py").write_text(
        "import os\nclass Task:\n    metric, direction = 'score', 'maximize'\n"
        "    def __init__(self, *, model, data, base_dir): pass\n"
        "    def prepare(self):\n"
        "        return {'n_train': 1, 'environment_of_mine': dict(os.environ), 'url': 'https://me:pa55@host/x'}\n"
        "    def run(self, trial):\n        trial.report(1, 0.5, {})\n        return 0.5\n",
        encoding="utf-8",
    )
    text = (folder / "thread.yaml").read_text().replace('command: "python train.py --lr {lr}"', "objective: task:Task")
    (folder / "thread.yaml").write_text(text, encoding="utf-8")
    secrets = {"HF_TOKEN": TOKEN, "AWS_SECRET_ACCESS_KEY": TOKEN + "2", "DB_PASSWORD": TOKEN + "3"}
    sprint = planned(trimtab, folder, "--workspace", "ws")
    assert call(trimtab, "sprint", "run", sprint, "--workspace", "ws", cwd=folder, **secrets).returncode == 0
    shown = call(trimtab, "sprint", "show", sprint, "--json", "--workspace", "ws", cwd=folder).stdout
    assert "environment_of_mine" in shown
    held = dumped(f"sqlite:///{folder}/ws/store.db")
    for text in (shown, held):
        assert TOKEN not in text
        assert "pa55" not in text
    assert os.environ.get("HF_TOKEN") != TOKEN
