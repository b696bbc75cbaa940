"""The base of dialogs that change the space: they close when the engine has kept it, and stay when it refuses."""

from collections.abc import Callable

from engine import api
from tui.dialogs.dialog import Dialog
from tui.shell.background_calls import problem_text


class KeepingDialog(Dialog[api.SpaceView]):
    """Its result is the space after the change; what was typed stays until the engine has taken it."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._keeping = False

    def refused(self, why: str) -> None:
        """Say why nothing was changed."""
        raise NotImplementedError

    def keep(self, call: Callable[[], api.SpaceView]) -> None:
        """Make the change and close; a second press while the first is on its way would make it twice."""
        if not self._keeping:
            self._keeping = True
            self.change("edit", call, self._kept)

    def _kept(self, space: api.SpaceView) -> None:
        self.dismiss(space)

    def failed(self, group: str, problem: Exception) -> None:
        """A change that the engine refused may be altered and tried again."""
        if group != "edit":
            super().failed(group, problem)
            return
        self._keeping = False
        hint = problem.hint if isinstance(problem, api.EngineError) else ""
        self.refused(f"{problem_text(problem)}; {hint}".removesuffix("; "))
