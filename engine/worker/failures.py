"""What a trial died of: out-of-memory recognized and named, everything else with its traceback."""

import traceback
from dataclasses import dataclass

from engine.errors import EngineError

OOM_WORDS = (
    "out of memory", "outofmemoryerror", "memoryerror", "can't allocate memory", "cannot allocate memory",
    "alloc_failed", "unable to allocate",
)  # fmt: skip
"""What libraries say when memory is out: CUDA, cuBLAS, PyTorch's CPU allocator, numpy; errors in a command's words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why an attempt failed.

    Attributes:
        kind: ``oom``, ``objective`` (it raised), ``nan`` or ``timeout``.
        reason: One sentence.
        text: The traceback.
    """

    kind: str
    reason: str
    text: str = ""


def describe_failure(error: Exception) -> Failure:
    """A raised error as a record; keeps no reference to it, for its frames hold the model's memory."""
    text = "".join(traceback.format_exception(error))
    summary = " ".join(str(error).split())[:300]
    if is_out_of_memory(error):
        return Failure(kind="oom", reason=f"out of memory: {summary or type(error).__name__}", text=text)
    if isinstance(error, EngineError):
        return Failure(kind="objective", reason=summary, text=text)
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
