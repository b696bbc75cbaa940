"""The one exception of the engine package that speaks to a person."""


class EngineError(Exception):
    """Something a person can put right.

    Attributes:
        message: What must hold and what was given.
        hint: What to do about it; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} – {self.hint}" if self.hint else self.message
