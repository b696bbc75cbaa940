"""Draws docs/tour.svg, the moving picture on top of the README, and docs/review.svg, the still: real frames.

    python docs/make_moving_picture.py [FOLDER]

The interface runs without a terminal, is driven by keys and photographed after each; the frames lie over each other in
one SVG and take turns. The same recording and the same program give the same picture.
"""

import asyncio
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from tui.app import TrimtabApp
from tui.demo import lay_out_recording
from tui.options import Options

HERE = Path(__file__).parent
MOVING, STILL = "tour.svg", "review.svg"
STILL_STEP = 1
"""Step of the tour whose frame is the still."""

SIZE = (108, 32)
"""Columns and rows: legible at the width of a page."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is pressed, and for how long its outcome is seen.

    Attributes:
        keys: In order.
        seconds: Of the frame after the last key.
        waits_for: Text that must be on the screen first.
    """

    keys: tuple[str, ...]
    seconds: float = 1.6
    waits_for: str = ""


TOUR = (
    Step(("1",), 2.4, "Decisions"),
    Step(("enter",), 2.4, "now  "),
    Step(("v", "v"), 2.2, "of unseen scores"),
    Step(("V", "V", "V", "V"), 1.8, "parallel coordinates"),
    Step(("right_square_bracket",), 0.8, "●"),
    Step(("right_square_bracket",), 0.8),
    Step(("right_square_bracket",), 1.2),
    Step(("v", "v", "n"), 1.6, "narrow|widen"),
    Step(("right", "right", "right"), 0.5),
    Step(("right", "right", "right"), 0.5),
    Step(("right", "right"), 1.2, "remain"),
    Step(("enter",), 2.0, "±"),
    Step(("u",), 1.4),
    Step(("x",), 2.6, "expected"),
    Step(("escape", "5"), 2.6, "quartiles"),
)


async def settled(pilot: Pilot[Any], waits_for: str) -> None:
    """Wait until nothing is read, the words are there and the screen stands still."""
    before = ""
    for _ in range(600):
        await pilot.pause(0.1)
        shown = "\n".join(
            "".join(segment.text for segment in strip) for strip in pilot.app.screen._compositor.render_strips()
        )
        busy = any(not worker.is_finished for worker in pilot.app.workers if worker.group != "poll")
        if not busy and shown == before and re.search(waits_for or "", shown):
            return
        before = shown
    raise SystemExit(f"never shown: {waits_for}\n{before}")


async def frames(folder: Path) -> list[tuple[str, float]]:
    """(SVG, seconds) of each step."""
    app = TrimtabApp(Options(workspace=folder, interval=600.0, guide=False))
    app.memory.place.thread = "digits-adam"
    app.memory.place.sprint = 2
    found = []
    async with app.run_test(size=SIZE) as pilot:
        while not app.ready:
            await pilot.pause(0.05)
        for step in TOUR:
            for key in step.keys:
                await pilot.press(key)
                await settled(pilot, "")
            await settled(pilot, step.waits_for)
            app.clear_notifications()
            await pilot.pause(0.1)
            found.append((app.export_screenshot(title="trimtab"), step.seconds))
    return found


def moving(pictures: list[tuple[str, float]]) -> str:
    """One SVG in which the pictures take turns."""
    whole = sum(seconds for _, seconds in pictures)
    box = re.search(r'viewBox="([^"]+)"', pictures[0][0])
    assert box is not None
    rules, layers, begin = [], [], 0.0
    for number, (picture, seconds) in enumerate(pictures):
        start, end = 100 * begin / whole, 100 * (begin + seconds) / whole
        begin += seconds
        turns = (
            ["0%{visibility:visible}"]
            if not number
            else ["0%{visibility:hidden}", f"{start:.3f}%{{visibility:visible}}"]
        )
        if end < 99.999:
            turns.append(f"{end:.3f}%{{visibility:hidden}}")
        rules.append(
            f".frame{number}{{visibility:hidden;animation:turn{number} {whole:.1f}s step-end infinite}}"
            f"@keyframes turn{number}{{{''.join(turns)}}}"
        )
        layers.append(f'<g class="frame{number}">{lean(picture, f"f{number}")}</g>')
    still = "@media (prefers-reduced-motion){[class^=frame]{animation:none}.frame0{visibility:visible}}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box[1]}"><style>{"".join(rules)}{still}</style>'
        f"{''.join(layers)}</svg>\n"
    )


def lean(picture: str, name: str) -> str:
    """A frame without fonts to fetch and blanks between tags, its classes named apart from those of other frames."""
    without_fonts = re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL)
    named = re.sub(r"terminal-\d+", name, without_fonts)
    unclipped = re.sub(
        r' clip-path="[^"]*-line-[^"]*"|<clipPath id="[^"]*-line-.*?</clipPath>', "", named, flags=re.DOTALL
    )
    return re.sub(r">\s+<", "><", unclipped[unclipped.index("<svg") :])


def main() -> None:
    folder_of_pictures = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    os.environ.update(TZ="UTC", TERM="xterm-256color", COLORTERM="truecolor")
    time.tzset()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            XDG_STATE_HOME=f"{folder}/state", XDG_CONFIG_HOME=f"{folder}/config", USER="you", LOGNAME="you"
        )
        workspace = Path(folder) / "trimtab-recorded"
        lay_out_recording(workspace)
        pictures = asyncio.run(frames(workspace))
    for name, text in ((MOVING, moving(pictures)), (STILL, lean(pictures[STILL_STEP][0], "still") + "\n")):
        target = folder_of_pictures / name
        target.write_text(text, encoding="utf-8")
        print(f"{target}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
