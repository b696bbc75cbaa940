from dataclasses import replace

from engine import api
from tests.tui.test_rows import SPRINT
from tui.shell.notifications import Announcer


def announced() -> tuple[Announcer, list[str], list[str]]:
    """An announcer, what it writes, what it shows."""
    written: list[str] = []
    shown: list[str] = []
    return Announcer(written.append, lambda text, hint: shown.append(f"{text} | {hint}"), "work"), written, shown


def test_the_end_of_a_sprint_rings_the_bell_and_notifies_once() -> None:
    announcer, written, shown = announced()
    announcer.seen([SPRINT])
    assert not shown
    done = replace(SPRINT, state=api.SprintState.DONE, n_complete=10)
    announcer.seen([done])
    announcer.seen([done])
    assert shown == ["alpha 1E_v1 is done: best 40.00 | 2 reviews it"]
    notices = [text for text in written if text.startswith("\x07")]
    assert notices == ["\x07\x1b]9;alpha 1E_v1 is done: best 40.00\x07"]


def test_what_was_over_before_the_interface_opened_is_not_announced() -> None:
    announcer, written, shown = announced()
    announcer.seen([replace(SPRINT, state=api.SprintState.DONE)])
    assert (written, shown) == ([], [])


def test_title_and_progress_are_sent_when_they_change_and_taken_back_at_the_end() -> None:
    announcer, written, _ = announced()
    announcer.seen([SPRINT])
    announcer.seen([SPRINT])
    assert written == ["\x1b]2;trimtab 1E_v1 7/12\x07", "\x1b]9;4;1;58\x07"]
    announcer.seen([SPRINT, replace(SPRINT, id=2, n_complete=9)])
    assert written[2:] == ["\x1b]2;trimtab 2 sprints 18/24\x07", "\x1b]9;4;1;75\x07"]
    announcer.seen([replace(SPRINT, state=api.SprintState.FAILED), replace(SPRINT, id=2, state=api.SprintState.DONE)])
    assert written[-2:] == ["\x1b]2;trimtab work\x07", "\x1b]9;4;0;\x07"]


def test_a_sprint_whose_launcher_died_is_announced_with_where_to_look() -> None:
    announcer, written, shown = announced()
    announcer.seen([SPRINT])
    announcer.seen([replace(SPRINT, state=api.SprintState.ORPHANED)])
    assert shown == ["alpha 1E_v1 is orphaned: best 40.00 | 4 open the sprint"]
    assert any(text.startswith("\x07") for text in written)
