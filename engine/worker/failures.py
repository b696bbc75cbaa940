"""What a trial died of: out-of-memory recognized and named, everything else with its traceback."""

import traceback
from dataclasses import dataclass

from engine.errors import EngineError
from engine.store.outages import DISK_ERRORS

OOM_WORDS = (
    "out of memory", "outofmemoryerror", "memoryerror", "can't allocate memory", "cannot allocate memory",
    "alloc_failed", "unable to allocate",
)  # fmt: skip
"""What libraries say when memory is out: CUDA, cuBLAS, PyTorch's CPU allocator, numpy; errors in a command's words."""


MAX_TEXT = 1 << 16
"""Characters of a traceback that are kept, of its beginning and its end: a message may hold a whole tensor."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why an attempt failed.

    Attributes:
        kind: ``oom``, ``disk`` (no room, or read-only), ``objective`` (it raised), ``nan`` or ``timeout``.
        reason: One sentence.
        text: The traceback.
    """

    kind: str
    reason: str
    text: str = ""


def describe_failure(error: Exception) -> Failure:
    """A raised error as a record; keeps no reference to it, for its frames hold the model's memory."""
    text = "".join(traceback.format_exception(error))
    if len(text) > MAX_TEXT:
        half = MAX_TEXT // 2
        text = f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"
    summary = " ".join(str(error)[:MAX_TEXT].split())[:300]
    if isinstance(error, OSError) and error.errno in DISK_ERRORS:
        return Failure(kind="disk", reason=f"{DISK_ERRORS[error.errno]}: {summary}", text=text)
    if is_out_of_memory(error):
        told = getattr(error, "details", "") or text
        return Failure(kind="oom", reason=f"out of memory: {summary or type(error).__name__}", text=told)
    if isinstance(error, EngineError):  # a person can put it right, and our own traceback tells nothing of it
        return Failure(kind="objective", reason=summary, text=getattr(error, "details", "") or str(error))
    return Failure(kind="objective", reason=f"{type(error).__name__}: {summary}".rstrip(": "), text=text)


def is_out_of_memory(error: BaseException | None) -> bool:
    """Whether an error, or what caused it, says that memory ran out."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        names = {one.__name__ for one in type(error).__mro__}
        words = str(error).lower()
        if "MemoryError" in names or "OutOfMemoryError" in names or any(word in words for word in OOM_WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False
