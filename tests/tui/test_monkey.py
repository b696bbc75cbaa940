"""Seeded random keys, resizes and a store that another writer changes: nothing crashes and no edit is lost."""

import contextlib
import os
import random
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from textual import events

from engine import api
from tests.tui.conftest import Opener, fill, settle

KEYS = (
    *"12345jkhlgGnfwcaARupvxitdmryeEZN+-[]", "slash", "question_mark", "colon", "enter", "enter", "escape", "escape",
    "escape", "space", "tab", "up", "down", "left", "right", "home", "end", "pagedown", "ctrl+r", "ctrl+t", "ctrl+l",
    "backspace", "D", "O", "F", "B", "z", "less_than_sign", "greater_than_sign", "s", "S", "C", "V", "asterisk", "M",
)  # fmt: skip
"""No launch, no start, no quit, no suspend; escape thrice, so that dialogs do not swallow everything."""

VERBS = (
    ("escape", "escape", "2", "f", "enter"), ("escape", "escape", "2", "j", "space", "enter"),
    ("escape", "escape", "2", "A", "enter"), ("escape", "escape", "2", "u"), ("escape", "2", "j", "w", "enter"),
    ("escape", "escape", "2", "d", "G", "R", "enter", "escape"),
)  # fmt: skip
"""Keys that belong together: so that many edits are made, and many taken back."""

SIZES = ((80, 24), (120, 40), (60, 20), (200, 60), (100, 30))
NUMBERS = count(1)
N_EVENTS = int(os.environ.get("TRIMTAB_MONKEY_EVENTS", "200"))
"""Of each seed. ``pytest --run-slow`` lets five seeds make 1,000 each."""


EDITS = ("apply_edit", "accept_all", "constrain", "restore", "restore_space")
"""Calls of the API that write into the decision log."""


def signed(call: Callable[..., Any], name: str, accepted: list[str]) -> Callable[..., Any]:
    """A call that writes an edit, each under an author of its own; those that are not refused are noted."""

    def noted(*arguments: Any, **options: Any) -> Any:
        author = f"{name}-{next(NUMBERS)}"
        result = call(*arguments, **{**options, "author": author})
        accepted.append(author)
        return result

    return noted


class OtherWriter:
    """Somebody else at the same store: notes, edits, undo, a trial that ticks."""

    def __init__(self, ws: api.Workspace, rng: random.Random, edit: Callable[..., Any]) -> None:
        self._ws, self._rng, self._edit_call = ws, rng, edit
        fill(ws, api.create_sprint(ws, api.default_plan(ws, "alpha", "1E")).id, 6, state="paused")

    def act(self, event: int) -> None:
        """One change; what the engine refuses is nothing to keep."""
        with contextlib.suppress(api.EngineError):
            self._rng.choice((self._note, self._edit, self._edit, self._undo, self._tick))(event)

    def _note(self, event: int) -> None:
        api.set_notes(self._ws, "alpha", f"note {event}")

    def _edit(self, event: int) -> None:
        value = 10 ** self._rng.uniform(-4.9, -2.1)
        proposal = api.Proposal(dimension="lr", action="freeze", value=value, reason=f"other {event}")
        self._edit_call(self._ws, "alpha", proposal)

    def _undo(self, _event: int) -> None:
        api.undo(self._ws, "alpha")

    def _tick(self, event: int) -> None:
        from engine.store.database import writing
        from engine.store.tables import TrialRow

        with writing(self._ws) as session:
            row = session.get(TrialRow, 1 + event % 24)
            assert row is not None
            row.fraction = self._rng.random()
            session.add(row)


def mouse_events(app: Any, rng: random.Random) -> list[Any]:
    """A click, a drag or a turn of the wheel somewhere on the screen, as the terminal reports it."""
    width, height = app.size
    x, y = rng.randrange(width), rng.randrange(height)
    to_x, to_y = rng.randrange(width), rng.randrange(height)

    def made(kind: type[Any], x: int, y: int, button: int = 1) -> Any:
        return kind(None, x, y, 0, 0, button, False, False, False, screen_x=x, screen_y=y)

    draw = rng.random()
    if draw < 0.25:
        wheel = rng.choice((events.MouseScrollDown, events.MouseScrollUp))
        return [made(wheel, x, y, 0) for _ in range(rng.randint(1, 5))]
    if draw < 0.4:
        return [made(events.MouseMove, x, y, 0)]
    way = [made(events.MouseMove, (x + to_x) // 2, (y + to_y) // 2), made(events.MouseMove, to_x, to_y)]
    end = (to_x, to_y) if draw < 0.6 else (x, y)
    return [made(events.MouseDown, x, y), *(way if draw < 0.6 else ()), made(events.MouseUp, *end)]


async def let_loose(ws: api.Workspace, open_app: Opener, patched: pytest.MonkeyPatch, seed: int, n_events: int) -> None:
    """Play, then hold the decision log against what was accepted."""
    rng = random.Random(seed)
    accepted: list[str] = []
    other = OtherWriter(ws, rng, signed(api.apply_edit, "other", accepted))
    for name in EDITS:
        patched.setattr(api, name, signed(getattr(api, name), name, accepted))
    lengths, keys = [0], list[str]()
    async with open_app(ws) as pilot:
        patched.setattr(pilot.app, "exit", lambda *_arguments, **_options: None)  # the palette knows quit, too
        for event in range(n_events):
            draw = rng.random()
            if draw < 0.02:
                await pilot.resize_terminal(*rng.choice(SIZES))
            elif draw < 0.06:
                other.act(event)
            elif draw < 0.2:
                for one in mouse_events(pilot.app, rng):
                    pilot.app.post_message(one)
            else:
                keys = keys or list(rng.choice(VERBS) if draw < 0.26 else (rng.choice(KEYS),))
                pilot.app.simulate_key(keys.pop(0))
            await pilot.pause()
            if event % 20 == 0:
                lengths.append(len(api.edit_log(ws, "alpha")))
        await settle(pilot)
        assert pilot.app._exception is None
        patched.undo()
    log = api.edit_log(ws, "alpha")
    assert lengths == sorted(lengths)
    assert [edit.number for edit in log] == list(range(1, len(log) + 1))
    assert set(accepted) <= {edit.author for edit in log}, "an edit that was accepted is not in the log"
    assert any(author.startswith("other") for author in accepted)
    print(f"seed {seed}: {n_events} events, {len(accepted)} edits accepted, {len(log)} in the log")  # noqa: T201


@pytest.mark.parametrize("seed", [11, 12])
async def test_random_keys_never_crash_and_no_edit_is_lost(seed: int, ws: api.Workspace, open_app: Opener) -> None:
    with pytest.MonkeyPatch.context() as patched:
        await let_loose(ws, open_app, patched, seed, N_EVENTS)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
async def test_five_thousand_random_events_never_crash_and_no_edit_is_lost(
    seed: int, ws: api.Workspace, open_app: Opener
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        await let_loose(ws, open_app, patched, seed, 1000)
