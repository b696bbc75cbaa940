"""Job control: after a stop, the terminal shows what others wrote to it, in the modes that they left."""

import asyncio
import signal
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.terminal.cell_diff import FrugalApp


def repaint_on_continue(app: "FrugalApp") -> None:
    """Take the terminal back and repaint on every SIGCONT; call on the main thread, once the application runs.

    After ctrl+z or SIGTSTP the driver has left the terminal, and its own handler enters it again. A process stopped by
    SIGSTOP had no time to leave: Textual would start a second reader of the keys and take its own terminal modes for
    those to restore at the end. Such a process leaves first, then enters.
    """
    from textual.drivers.linux_driver import LinuxDriver  # loaded already, except by `trimtab serve`

    driver = app._driver
    if not isinstance(driver, LinuxDriver):
        return
    loop = asyncio.get_running_loop()

    def take_back() -> None:
        if app.is_running and driver._auto_restart:
            driver.suspend_application_mode()
            driver.resume_application_mode()
            app.repaint()

    def on_continue(_number: int, _frame: FrameType | None) -> None:
        if driver._must_signal_resume:
            driver.resume_application_mode()  # then sends SignalResume, on which the application repaints
        else:
            loop.call_soon_threadsafe(take_back)

    signal.signal(signal.SIGCONT, on_continue)
