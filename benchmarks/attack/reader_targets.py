"""What is attacked: every reader of files and words from outside, by kind."""

import model_readers
import person_readers
import script_readers
import store_readers
import thread_readers
from reader_target import REFUSALS, Target

__all__ = ["REFUSALS", "TARGETS"]

TARGETS: dict[str, Target] = {
    **thread_readers.TARGETS,
    **store_readers.TARGETS,
    **person_readers.TARGETS,
    **model_readers.TARGETS,
    **script_readers.TARGETS,
}
"""Every reader of files and words from outside."""
