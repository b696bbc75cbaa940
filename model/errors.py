"""The one exception of the model package that speaks to a person."""


class ModelError(Exception):
    """Something a person can put right.

    Attributes:
        message: What must hold and what was given.
        hint: What to do about it; may be empty.
        failed: True if what was asked for was sound and failed all the same, as a training whose loss is lost.
    """

    def __init__(self, message: str, hint: str = "", *, failed: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.failed = failed

    def __str__(self) -> str:
        return f"{self.message} – {self.hint}" if self.hint else self.message
