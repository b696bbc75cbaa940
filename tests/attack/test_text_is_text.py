"""Attack: names, notes, scripts and logs hold what a terminal would obey, and no terminal is told to do anything."""

import json
import re
import sqlite3
from pathlib import Path

import pytest

from tests.attack.conftest import Shell

ORDER = "\x1b]2;owned\x07\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9b2J\u202e"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
SCRIPT = f"import sys; sys.stderr.write({ORDER!r} + 'lost\\n'); sys.exit(2)"


@pytest.mark.parametrize(
    "words", ["thread list", "sprint list", "thread show Evil", "trial list 1", "review 1", "--once"]
)
def test_what_stands_in_a_store_is_drawn_and_not_obeyed(shell: Shell, words: str) -> None:
    ws = shell.workspace_with_a_sprint()
    with sqlite3.connect(ws / "store.db") as store:  # an older version, or another program, wrote it
        store.execute("UPDATE thread SET name = ?, notes = ?", (f"Evil{ORDER}\nname", ORDER))
        store.execute("UPDATE trial SET reason = ?, error_text = ? WHERE number < 5", (ORDER, ORDER))
    store.close()
    done = shell.run("--workspace", str(ws), *words.replace("Evil", f"Evil{ORDER}\nname").split(" ", 2))
    assert not OBEYED.search(done.stdout + done.stderr), repr(done.stdout[:500])
    as_json = shell.run("--workspace", str(ws), "thread", "list", "--json").stdout
    assert not OBEYED.search(as_json)
    assert json.loads(as_json)["threads"][0]["name"] == f"Evil{ORDER}\nname", "data stays what it is"


def test_a_scripts_last_words_are_read_and_not_obeyed(shell: Shell) -> None:
    (shell.folder / "evil.py").write_text(SCRIPT)
    (shell.folder / "evil.yaml").write_text(
        "thread: Evil\ncommand: python evil.py --lr {lr} --epochs {epochs} --f {train_fraction}\n"
        "space: {lr: {type: float, low: 0.1, high: 1}}\n"
    )
    ws = ("--workspace", str(shell.folder / "w"))
    (shell.folder / "w").mkdir()
    assert shell.run(*ws, "thread", "new", "evil.yaml").returncode == 0
    shell.run(*ws, "sprint", "new", "Evil", "--trials", "1", "--random", "1")
    shown = [shell.run(*ws, "sprint", "run", "1", "--quiet")]
    shown += [
        shell.run(*ws, *words) for words in (("trial", "show", "1", "0"), ("trial", "show", "1", "0", "--log", "20"))
    ]
    for done in shown:
        assert not OBEYED.search(done.stdout + done.stderr), repr(done.stdout)
    assert "2J" in shown[1].stdout, "it is shown, not hidden"


@pytest.mark.parametrize("name", ["a\nb", "a\x1b]2;x\x07", "x" * 5000, " ", "-rf", "a\u202eb"])
def test_a_name_has_a_length_and_a_shape(shell: Shell, name: str) -> None:
    ws = shell.workspace_with_a_sprint()
    at = ("--workspace", str(ws))
    (shell.folder / "t.yaml").write_text(
        f"thread: {json.dumps(name)}\nobjective: engine.objectives.synthetic:Synthetic\n"
        "space: {x0: {type: float, low: 0, high: 1}}\n"
    )
    for words in (
        ("thread", "new", "t.yaml"),
        ("thread", "rename", "Imported", "--", name),
        ("import", str(shell.folder / "t.csv"), f"--thread={name}"),
    ):
        (shell.folder / "t.csv").write_text("number,param_x0,score\n0,0.5,1\n1,0.25,2\n")
        done = shell.run(*at, *words)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert len(done.stderr) < 600
        assert not OBEYED.search(done.stderr)
    assert [t["name"] for t in json.loads(shell.run(*at, "thread", "list", "--json").stdout)["threads"]] == ["Imported"]


def test_notes_have_a_length_and_their_controls_are_signs(shell: Shell) -> None:
    ws = shell.workspace_with_a_sprint()
    assert shell.run("--workspace", str(ws), "thread", "notes", "Imported", "x" * 5000).returncode == 2
    assert shell.run("--workspace", str(ws), "thread", "notes", "Imported", f"a\n{ORDER}b").returncode == 0
    kept = sqlite3.connect(ws / "store.db").execute("SELECT notes FROM thread").fetchone()[0]
    assert kept.startswith("a\n␛]2;owned␇")
    assert not OBEYED.search(kept)


@pytest.mark.parametrize(
    "environment",
    [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "latin-1"}, {}],
    ids=["ascii", "latin-1", "utf-8"],
)
@pytest.mark.parametrize("ascii_only", [False, True])
def test_a_terminal_without_unicode_gets_near_letters(
    shell: Shell, environment: dict[str, str], ascii_only: bool
) -> None:
    ws = shell.workspace_with_a_sprint()
    done = shell.run(*(["--ascii"] * ascii_only), "--workspace", str(ws), "review", "1", **environment)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) > 3
    if ascii_only or "LC_ALL" in environment:
        assert done.stdout.isascii()


def test_the_interface_draws_signs(tmp_path: Path) -> None:
    from rich.color import ColorSystem
    from rich.segment import Segment

    from tui.drawing.styled_lines import both_ends, fit, fit_line, line, plain, wrap
    from tui.terminal.cell_diff import cells_of

    drawn = "".join(cell.text for cell in cells_of([Segment(ORDER), Segment("a\nb")], ColorSystem.TRUECOLOR))
    texts = [drawn, fit(ORDER, 60), both_ends(ORDER, 20), plain(line(ORDER)), plain(fit_line(((ORDER, ""),), 60))]
    texts += [plain(row) for row in wrap(ORDER + " x", 40)]
    for text in texts:
        assert not OBEYED.search(text.replace("\n", "\x00")), repr(text)
        assert "owned" in text or text.startswith(("␛", "x", "�"))
