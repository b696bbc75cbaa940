"""Exit codes of every command, in one table: what the pages, the man page and the three packages say of them."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    FAILED = 1
    BAD_INPUT = 2
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.DONE: "Done.",
    ExitCode.FAILED: "Failed: the input was sound, the run was not. Also `--once` with a failed or orphaned sprint.",
    ExitCode.BAD_INPUT: "Wrong input: one line on stderr says what must hold, what was given and what to do.",
    ExitCode.INTERRUPTED: "Interrupted by Ctrl-C; background sprints continue.",
}
"""What each code tells a script."""
