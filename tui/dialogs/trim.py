"""Trimming dialogs: bounds that are dragged or typed, a value to freeze at, choices to keep.

A field shows what is kept, digit for digit: what nobody touched is kept as exactly as it was.
"""

import math
from collections.abc import Callable, Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from engine import api
from tui.dialogs.edit import EditDialog
from tui.drawing.format import near
from tui.drawing.proposals import best_value, median_value, proposed
from tui.drawing.scale import Scale, range_text
from tui.widgets.bound_dragging import BoundDragging
from tui.widgets.field import ChoiceField, Field, TextField, number_begins

DRAG_STEPS = 40
"""Steps of an arrow key from one end of the range to the other."""

ROUNDED = 4
"""A dragged bound is rounded by a quarter of its step at most: each step is seen, none is a string of digits."""


def bound_stepper(dimension: api.Dimension) -> Callable[[str, int], str]:
    """Moves a bound by one step on the dimension's own scale, never beyond its domain."""
    low, high = dimension.bounds
    scale = Scale(low, high, dimension.log)

    def stepped(text: str, direction: int) -> str:
        try:
            value = float(text)
            moved = scale.value(scale.position(value) + direction / DRAG_STEPS)
        except (ValueError, OverflowError):
            return text
        if not math.isfinite(value):
            return text
        within = abs(moved - value) / ROUNDED
        if (spacing := dimension.spacing) is not None:
            n_steps = round((moved - value) / spacing) or direction
            moved = value + n_steps * spacing
            if dimension.step is not None:
                moved, within = dimension.on_grid(moved, high, outwards=True)[0], 0.0
        return rounded_inside(dimension, moved, within)

    return stepped


def rounded_inside(dimension: api.Dimension, value: float, within: float) -> str:
    """A value in as few digits as are ``within`` of it; beyond its dimension's domain the end of that, exactly."""
    low, high = dimension.domain or (-math.inf, math.inf)
    text = exact(dimension, value) if dimension.kind == "int" else near(value, within)
    return text if low <= float(text) <= high else exact(dimension, min(max(value, low), high))


def exact(dimension: api.Dimension, value: api.Value) -> str:
    """A value in the fewest digits that read back as nothing but itself."""
    if dimension.kind == "categorical" or not isinstance(value, int | float) or isinstance(value, bool):
        return dimension.text(value) if dimension.kind == "categorical" else api.whole_text(value)
    return str(int(value)) if dimension.kind == "int" and float(value).is_integer() else near(float(value))


class BoundsDialog(EditDialog):
    """Narrow or widen: both bounds as fields; arrows drag them while histogram and count follow."""

    DRAGGABLE = True

    def __init__(
        self, review: api.Review, one: api.DimensionReview, verb: str, at: tuple[float, float] | None = None
    ) -> None:
        super().__init__(f"{verb} {one.current.name}", review, one)
        self.verb = verb
        self._at = at

    def fields(self) -> Iterator[Widget]:
        """Low and high; they begin at the proposal, where it does what is asked."""
        low, high = self._start()
        step = bound_stepper(self.one.current)
        note = "← → drag, or type"
        for name, value in (("low", low), ("high", high)):
            text = exact(self.one.current, value)
            yield TextField(name, name, text, begins=number_begins, stepper=step, enter_passes=True, note=note)

    def on_bound_dragging_dragged(self, message: BoundDragging.Dragged) -> None:
        """The field follows the mouse."""
        field = self.query_one(f"#field-{message.end}", TextField)
        value = message.low if message.end == "low" else message.high
        field.value = rounded_inside(self.one.current, value, message.within)
        field.changed()

    def _start(self) -> tuple[float, float]:
        if self._at is not None:
            return self._at
        current, given = self.one.current, self.one.proposal
        low, high = current.bounds
        if given is not None and given.action == self.verb and not self.one.advice.edited:
            return (low if given.low is None else given.low), (high if given.high is None else given.high)
        if self.verb == "widen":
            return widened(current)
        return low, high

    def proposal(self) -> api.Proposal | str:
        """Bounds as typed."""
        bounds = {}
        for name in ("low", "high"):
            text = self.query_one(f"#field-{name}", TextField).text
            try:
                bounds[name] = float(text)
            except ValueError:
                return f"{name} must be a number, got {text!r}"
        low, high = bounds["low"], bounds["high"]
        if low >= high:
            return f"low must be below high, got {near(low)} and {near(high)}; f freeze at one value"
        old_low, old_high = self.one.current.bounds
        wider = low < old_low or high > old_high
        return api.Proposal(
            action="widen" if wider else "narrow",
            dimension=self.one.current.name,
            low=low,
            high=high,
            reason=self._reason(low, high),
        )

    def _reason(self, low: float, high: float) -> str:
        """Why the proposal is made, where the bounds are its own or the dialog began at them."""
        current, given = self.one.current, self.one.proposal
        made = proposed(given, current) if given is not None and given.action in ("narrow", "widen") else None
        if given is None or made is None:
            return ""
        if made.bounds == (low, high):
            return given.reason
        return f"Proposed: {range_text(made)}: {given.reason}" if given.action == self.verb else ""


class FreezeDialog(EditDialog):
    """Freeze at the best trial's value, at the median of the top trials, or at a typed one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "take('best')", "Best", id="freeze.best", tooltip="Value of the best trial"),
        Binding("m", "take('median')", "Median", id="freeze.median", tooltip="Median of the top trials"),
    ]

    def __init__(self, review: api.Review, one: api.DimensionReview) -> None:
        super().__init__(f"freeze {one.current.name}", review, one)
        self._values = {"best": best_value(one), "median": median_value(one)}

    def fields(self) -> Iterator[Widget]:
        """The value."""
        current = self.one.current
        first = self._values["best"]
        notes = " · ".join(
            f"{name[0]} {name} {current.text(value)}"
            for name, value in self._values.items()
            if not isinstance(value, api.Unset)
        )
        if current.kind == "categorical":
            choices = [current.text(choice) for choice in current.domain_choices]
            chosen = choices[0] if isinstance(first, api.Unset) else current.text(first)
            yield ChoiceField("value", "value", choices, chosen, note=notes)
            return
        low, high = current.bounds
        middle = Scale(low, high, current.log).value(0.5)
        start = exact(current, current.nearest(middle) if isinstance(first, api.Unset) else first)
        yield TextField(
            "value", "value", start, begins=number_begins, stepper=bound_stepper(current), enter_passes=True, note=notes
        )

    def action_take(self, name: str) -> None:
        """Put a known value into the field."""
        value = self._values[name]
        if isinstance(value, api.Unset):
            self.trimtab.toast(f"No {name} yet: no trial is complete")
            return
        field = self.query_one("#field-value", Field)
        assert isinstance(field, ChoiceField | TextField)
        field.value = exact(self.one.current, value)
        field.changed()

    def proposal(self) -> api.Proposal | str:
        """Freeze at the field's value."""
        text = self.query_one("#field-value", Field).text
        value = typed_value(self.one.current, text)
        if isinstance(value, api.Unset):
            return f"Enter a number, got {text!r}"
        named = next(
            (
                name
                for name, known in self._values.items()
                if not isinstance(known, api.Unset) and exact(self.one.current, known) == text
            ),
            "",
        )
        reason = {"best": "value of the best trial", "median": "median of the top trials"}.get(named, "")
        return api.Proposal(action="freeze", dimension=self.one.current.name, value=value, reason=reason)


class ChoicesDialog(EditDialog):
    """Which categories to keep."""

    def __init__(self, review: api.Review, one: api.DimensionReview) -> None:
        super().__init__(f"Choices of {one.current.name}", review, one)

    def fields(self) -> Iterator[Widget]:
        """One switch a category."""
        current = self.one.current
        counts = list(zip(self.one.all_counts, self.one.top_counts, strict=False))
        for index, choice in enumerate(current.domain_choices):
            place = self.one.dimension.index(choice)
            n_all, n_top = counts[place] if 0 <= place < len(counts) else (0, 0)
            value = "keep" if current.index(choice) >= 0 else "drop"
            yield ChoiceField(
                f"c{index}", current.text(choice), ("keep", "drop"), value, note=f"{n_all} trials, {n_top} of the top"
            )

    def proposal(self) -> api.Proposal | str:
        """The kept ones."""
        kept = tuple(
            choice
            for index, choice in enumerate(self.one.current.domain_choices)
            if self.query_one(f"#field-c{index}", Field).text == "keep"
        )
        if not kept:
            return "At least one choice must remain"
        return api.Proposal(action="choices", dimension=self.one.current.name, choices=kept)


def typed_value(dimension: api.Dimension, text: str) -> api.Value | api.Unset:
    """Typed text as a value of the dimension's own type; `UNSET` when it spells none."""
    if dimension.kind == "categorical":
        return next((choice for choice in dimension.domain_choices if dimension.text(choice) == text), api.UNSET)
    try:
        value = float(text)
    except ValueError:
        return api.UNSET
    return int(value) if dimension.kind == "int" and value.is_integer() else value


def widened(dimension: api.Dimension) -> tuple[float, float]:
    """Both bounds a quarter of the scaled range further out, inside the domain: where widening begins."""
    low, high = dimension.bounds
    scale = Scale(low, high, dimension.log)
    new_low, new_high = scale.value(-0.25), scale.value(1.25)
    if low >= 0 and not dimension.log:
        new_low = max(new_low, 0.0)
    if dimension.kind == "int":
        new_low, new_high = float(max(round(new_low), 1) if dimension.log else round(new_low)), float(round(new_high))
    return (
        float(rounded_inside(dimension, new_low, abs(low - new_low) / ROUNDED)),
        float(rounded_inside(dimension, new_high, abs(new_high - high) / ROUNDED)),
    )
