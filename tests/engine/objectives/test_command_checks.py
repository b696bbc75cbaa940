"""What `thread new` refuses and warns of, before a training is wasted."""

from pathlib import Path

import pytest

from engine.api.threads import thread_warnings
from engine.errors import EngineError
from engine.sprint.thread_file import ThreadSpec, parse_thread

SPACE = """
space:
  lr: {type: float, low: 1e-5, high: 1e-1, log: true}
  warm: {type: float, low: 0.1, high: 0.5, active_when: {scheduler: true}}
"""


def thread(folder: Path, command: str, more: str = "", space: str = SPACE) -> ThreadSpec:
    return parse_thread(f"thread: t\ncommand: >-\n  {command}\n{more}\n{space}", "t.yaml", folder)


@pytest.mark.parametrize(
    ("command", "sign", "hint"),
    [
        ("python t.py --lr {lr} {warm} | tee log", "'|'", "shell: true"),
        ("python t.py --lr {lr} {warm} > log.txt", "'>'", "kept in the trial's log"),
        ("cd x && python t.py --lr {lr} {warm}", "'&'", "cwd:"),
        ("python t.py --data $HOME/d --lr {lr} {warm}", "'$'", "env:"),
        ('python t.py --data "$HOME/d" --lr {lr} {warm}', "'$'", "env:"),
        ("python t.py --data ~/d --lr {lr} {warm}", "'~'", "in full"),
        ("python t.py --data=~/d --lr {lr} {warm}", "'~'", "in full"),
        ("python t.py *.csv --lr {lr} {warm}", "'*'", "the names themselves"),
        ("LEVEL=1 python t.py --lr {lr} {warm}", "must begin with a program", "env: {LEVEL"),
        ("python t.py --lr {lr} {warm} ; echo done", "';'", "shell: true"),
        ("python t.py --lr `cat lr` {lr} {warm}", "'`'", "shell: true"),
    ],
)  # fmt: skip
def test_shell_syntax_without_a_shell_is_refused_with_the_way_to_do_it(
    tmp_path: Path, command: str, sign: str, hint: str
) -> None:
    with pytest.raises(EngineError) as raised:
        thread(tmp_path, command)
    assert sign in raised.value.message
    assert "t.yaml, line 2" in raised.value.message
    assert hint in raised.value.hint
    if "`" not in command:
        assert thread(tmp_path, command, "shell: true").command_options["shell"] is True


@pytest.mark.parametrize(
    "command",
    [
        "python t.py --lr {lr} {warm} --pattern '*.csv | $x'",
        "python t.py --lr {lr} {warm} ~trainer.logger",
        r"python t.py --lr {lr} {warm} --glob \*.csv",
        "python t.py --lr {lr} {warm} --backup a~",
    ],
)
def test_signs_that_a_shell_would_leave_alone_are_words(tmp_path: Path, command: str) -> None:
    assert thread(tmp_path, command).command == command


def test_a_hyperparameter_that_the_command_never_uses_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="line 2: command must use every hyperparameter of the space, got none of"):
        thread(tmp_path, "python t.py --lr {lr}")
    assert thread(tmp_path, "python t.py --lr {lr}", 'env: {WARM: "{warm}"}')


def test_a_script_that_asks_trimtab_for_its_hyperparameters_uses_them_all(tmp_path: Path) -> None:
    (tmp_path / "t.py").write_text("import trimtab\nparams = trimtab.params()\n")
    assert thread(tmp_path, "python t.py")


@pytest.mark.parametrize(
    ("word", "is_right"),
    [
        ("--warm {warm}", True), ("--warm={warm}", True), ("-w{warm}", True), ("model.warm={warm}", True),
        ("{lr},{warm}", False), ("out/{warm}/log", False), ("--warm={warm}px", False), ("--w={warm}:{lr}", False),
    ],
)  # fmt: skip
def test_a_word_that_may_be_left_out_holds_nothing_else(tmp_path: Path, word: str, is_right: bool) -> None:
    command = f"python t.py --lr {{lr}} {word}"
    if is_right:
        assert thread(tmp_path, command)
        return
    with pytest.raises(EngineError, match="must hold nothing else"):
        thread(tmp_path, command)


def test_a_switch_that_is_given_a_value_is_said_with_the_way_to_write_it(tmp_path: Path) -> None:
    (tmp_path / "t.py").write_text(
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('--lr', action='store_true')\n"
        "p.add_argument('--no-warm', dest='warm', action='store_false')\n"
    )
    rest = "--epochs {epochs} --fraction {train_fraction}"
    assert thread_warnings(thread(tmp_path, f"python t.py --lr {{lr}} --no-warm={{warm}} {rest}")) == [
        "The script takes --lr without a value: write {lr:?--lr} for --lr {lr}",
        "The script takes --no-warm without a value: write {warm:?|--no-warm} for --no-warm={warm}",
    ]


def test_a_command_is_warned_of_where_it_ignores_the_plan_or_names_what_is_not_there(tmp_path: Path) -> None:
    first, second, third = thread_warnings(thread(tmp_path, "python t.py --lr {lr} {warm}"))
    assert first == f"No script t.py is in {tmp_path}"
    assert "{epochs}" in second
    assert "{train_fraction}" in third
    (tmp_path / "t.py").touch()
    full = "python t.py --lr {lr} {warm} --epochs {epochs} --fraction {train_fraction}"
    assert thread_warnings(thread(tmp_path, full)) == []
    found = thread_warnings(thread(tmp_path, full.replace("python t.py", "no-such-program --data FILL_IN_DATA")))
    assert found == [
        "No program no-such-program is found on this machine",
        "The command still holds FILL_IN_DATA: replace it",
    ]
