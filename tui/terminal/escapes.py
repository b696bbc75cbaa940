"""What the interface says to the terminal beside its frames, and what it does when the terminal is gone."""

import base64
import os
import select
import sys
import threading
from collections.abc import Callable

MOST_CLIPBOARD = 74_000
"""Bytes of base64 that terminals accept in one OSC 52."""

HANG_UP = 129
"""Exit status of a program ended by SIGHUP (128 + 1)."""


def refusal() -> str:
    """Why this terminal cannot show the interface; empty when it can, and in a browser."""
    if in_browser():
        return ""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return "the interface needs a terminal; without one use: trimtab --once, trimtab demo --headless, or --help"
    if os.environ.get("TERM", "") in ("", "dumb"):
        return f"the interface needs a terminal that can move its cursor, got TERM={os.environ.get('TERM', '')!r}"
    return ""


def in_browser() -> bool:
    """Whether ``trimtab serve`` runs this process for a page: its frames go into a pipe, in textual-serve's packets."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def watch_for_hang_up(interval: float = 1.0) -> None:
    """End the process when the terminal is gone.

    SIGHUP does that by itself; where it is ignored or never sent (nohup, wrappers, containers) Textual would spin.
    """
    descriptor = sys.stdin.fileno()

    def watch() -> None:
        poller = select.poll()
        poller.register(descriptor, 0)  # POLLHUP and POLLERR are always reported
        while True:
            if any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poller.poll(0)):
                os._exit(HANG_UP)
            threading.Event().wait(interval)

    threading.Thread(target=watch, name="hang-up", daemon=True).start()


def through_multiplexer(sequence: str) -> str:
    """An escape sequence wrapped so that tmux or screen hands it on to the outer terminal."""
    if os.environ.get("TMUX"):
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if os.environ.get("TERM", "").startswith("screen"):
        return f"\x1bP{sequence}\x1b\\"
    return sequence


def clipboard_sequence(text: str) -> str:
    """OSC 52, or an empty string when the text is longer than terminals accept."""
    encoded = base64.b64encode(text.encode()).decode()
    return through_multiplexer(f"\x1b]52;c;{encoded}\x07") if len(encoded) <= MOST_CLIPBOARD else ""


def notification_sequence(text: str) -> str:
    """A bell, and OSC 9 for terminals that show notifications."""
    return "\x07" + through_multiplexer(f"\x1b]9;{_one_line(text)}\x07")


def title_sequence(text: str) -> str:
    """The terminal's title."""
    return f"\x1b]2;{_one_line(text)}\x07"


def progress_sequence(percent: int | None) -> str:
    """OSC 9;4: progress in the tab or task bar of terminals that know it; None removes it.

    tmux hands it on where its option ``allow-passthrough`` is on, and swallows it where not.
    """
    shown = "0;" if percent is None else f"1;{min(max(percent, 0), 100)}"
    return through_multiplexer(f"\x1b]9;4;{shown}\x07")


def _one_line(text: str) -> str:
    return "".join(character for character in text if character.isprintable())


def run_in_background(name: str, target: Callable[[], None]) -> threading.Thread:
    """A daemon thread: the interface never waits for it when it ends."""
    thread = threading.Thread(target=target, name=name, daemon=True)
    thread.start()
    return thread


def restore() -> None:
    """Take back the progress shown in the terminal's tab, after the interface is closed."""
    if in_browser():
        return
    terminal = getattr(sys.stdout, "rich_proxied_file", sys.stdout)  # behind the one that shows such sequences
    terminal.write(progress_sequence(None))
    terminal.flush()
