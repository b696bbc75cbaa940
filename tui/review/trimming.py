"""Trimming: every edit of the space that the review offers, each shown before it is kept."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from engine import api
from tui.dialogs.edit import AcceptDialog, EditDialog
from tui.dialogs.space_change import KeepingDialog
from tui.drawing.scale import range_text
from tui.shell.data_screen import DataScreen

EDITS = ("freeze", "narrow", "widen", "choices", "constrain", "add", "accept", "accept_all", "undo", "redo")
"""Actions that need a review and a space."""

OF_ONE = ("freeze", "narrow", "widen", "choices", "accept")
"""Actions on the hyperparameter under the cursor."""


class TrimmingScreen(DataScreen):
    """A screen on a review whose table's cursor is on a dimension."""

    WRITES = frozenset(
        {"freeze", "narrow", "widen", "choices", "constrain", "add", "accept", "accept_all", "undo", "redo"}
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f", "freeze", "Freeze", id="review.freeze", tooltip="Freeze the hyperparameter at a value, or unfreeze it"
        ),
        Binding("n,e", "narrow", "Narrow", id="review.narrow", tooltip="Narrow the range: drag or type bounds"),
        Binding("w", "widen", "Widen", id="review.widen", tooltip="Widen the range, within its domain"),
        Binding("c", "choices", "Choices", show=False, id="review.choices", tooltip="Choose the categories to keep"),
        Binding(
            "C",
            "constrain",
            "Constraints",
            show=False,
            id="review.constrain",
            tooltip="Constraints between hyperparameters: sums, order, multiples",
        ),
        Binding(
            "N",
            "add",
            "Add",
            show=False,
            id="review.add",
            tooltip="Add a hyperparameter to the thread",
        ),
        Binding(
            "space,a", "accept", "Accept", id="review.accept", tooltip="Accept the proposal for the hyperparameter"
        ),
        Binding(
            "A",
            "accept_all",
            "All",
            id="review.accept-all",
            tooltip="Review all proposals; the recommended ones are selected",
        ),
        Binding("u", "undo", "Undo", id="review.undo", tooltip="Undo the last edit of the space"),
        Binding("ctrl+r", "redo", "Redo", show=False, id="review.redo", tooltip="Redo what was undone"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.review: api.Review | None = None
        self.space: api.SpaceView | None = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what the review and the hyperparameter under the cursor allow."""
        if action in EDITS and (self.review is None or self.space is None):
            return False
        if self.space is not None and action in ("undo", "redo"):
            possible = self.space.can_undo if action == "undo" else self.space.can_redo
        else:
            possible = action not in OF_ONE or self._fits_one(action)
        return super().check_action(action, parameters) if possible else False

    def _fits_one(self, action: str) -> bool:
        """Whether an edit can be made to the hyperparameter under the cursor."""
        one = self.one
        if one is None or (action == "accept" and one.proposal is None):
            return False
        if action == "choices":
            return one.current.kind == "categorical"
        return action == "freeze" or not one.current.is_frozen

    def why_not(self, action: str) -> str:
        """Why an edit is not possible."""
        one = self.one
        if action in ("narrow", "widen", "accept") and one is not None and one.current.is_frozen:
            return f"{one.current.name} is frozen: f unfreeze"
        if action == "choices" and one is not None:
            return f"{one.current.name} is a range: n narrow, w widen"
        if action == "accept" and one is not None:
            return f"No change is proposed for {one.current.name}"
        return {"undo": "Nothing to undo", "redo": "Nothing to redo"}.get(action, "")

    @property
    def one(self) -> api.DimensionReview | None:
        """The dimension under the cursor."""
        table = self.table()
        key = table.cursor_key if table is not None else ""
        return next((d for d in self.review.dimensions if d.current.name == key), None) if self.review else None

    def action_freeze(self) -> None:
        """Freeze, or unfreeze."""
        from tui.dialogs.trim import FreezeDialog

        one = self.one
        if one is None or self.review is None:
            return
        if one.current.is_frozen:
            ws, sprint = self.trimtab.ws, self.review.sprint
            unfreeze = api.Proposal(action="unfreeze", dimension=one.current.name)
            self.change(
                "edit",
                lambda: api.apply_edit(ws, sprint.thread, unfreeze, sprint=sprint.id),
                lambda space: self._edited(space, unfreeze.dimension),
            )
        else:
            self._ask(FreezeDialog(self.review, one))

    def action_narrow(self) -> None:
        """Narrow."""
        self._bounds("narrow")

    def action_widen(self) -> None:
        """Widen."""
        self._bounds("widen")

    def _bounds(self, verb: str) -> None:
        from tui.dialogs.trim import BoundsDialog

        one = self.one
        if one is None or self.review is None:
            return
        if one.current.kind == "categorical":
            self.action_choices()
        elif one.current.is_frozen:
            self.trimtab.toast(f"{one.current.name} is frozen", "f unfreeze")
        else:
            self._ask(BoundsDialog(self.review, one, verb))

    def action_choices(self) -> None:
        """Restrict choices."""
        from tui.dialogs.trim import ChoicesDialog

        one = self.one
        if one is None or self.review is None:
            return
        if one.current.kind != "categorical":
            self.trimtab.toast(f"{one.current.name} is a number and has no choices", "n narrow · w widen")
        elif one.current.is_frozen:
            self.trimtab.toast(f"{one.current.name} is frozen", "f unfreeze")
        else:
            self._ask(ChoicesDialog(self.review, one))

    def action_constrain(self) -> None:
        """Add and remove constraints between dimensions."""
        from tui.dialogs.constraints import ConstraintsDialog

        if self.review is not None and self.space is not None:
            self._ask(ConstraintsDialog(self.review, self.space))

    def action_add(self) -> None:
        """Let a hyperparameter join the thread."""
        from tui.dialogs.hyperparameter import HyperparameterDialog

        if self.review is not None:
            self._ask(HyperparameterDialog(self.review.sprint.thread))

    def action_accept(self) -> None:
        """Accept the proposal."""
        one = self.one
        if one is None or self.review is None:
            return
        if one.proposal is None or one.current.is_frozen:
            self.trimtab.toast(
                f"{one.current.name}: {one.advice.text or 'no change proposed'}", "n narrow · f freeze · w widen"
            )
            return
        self._ask(AcceptDialog(self.review, one, one.proposal))

    def action_accept_all(self) -> None:
        """Accept all proposals."""
        from tui.dialogs.accept_all import AcceptAll

        if self.review is None:
            return
        open_ones = [
            (d, d.proposal) for d in self.review.dimensions if d.proposal is not None and not d.current.is_frozen
        ]
        if not open_ones:
            self.trimtab.toast("No change proposed", self.review.caution or "The ranges fit the top trials.")
            return
        self._ask(AcceptAll(self.review, open_ones))

    def _ask(self, dialog: KeepingDialog) -> None:
        name = dialog.one.current.name if isinstance(dialog, EditDialog) else ""
        self.app.push_screen(dialog, lambda space: self._edited(space, name) if space is not None else None)

    def _edited(self, space: api.SpaceView, name: str) -> None:
        what = f"{name}: {range_text(space.space[name])}" if name else "Edited"
        self.trimtab.toast(f"{what}; the working space is now #{space.number}", "u undo")
        self.reload()

    def action_undo(self) -> None:
        """Undo."""
        self._walk("undo")

    def action_redo(self) -> None:
        """Redo."""
        self._walk("redo")

    def _walk(self, word: str) -> None:
        if self.review is None or self.space is None:
            return
        if not (self.space.can_undo if word == "undo" else self.space.can_redo):
            self.trimtab.toast(f"Nothing to {word}")
            return
        ws, thread = self.trimtab.ws, self.review.sprint.thread
        call = api.undo if word == "undo" else api.redo

        def done(space: api.SpaceView) -> None:
            self.trimtab.toast(f"{'Undone' if word == 'undo' else 'Redone'}: the working space is #{space.number}")
            self.reload()

        self.change("edit", lambda: call(ws, thread), done)
