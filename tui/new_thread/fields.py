"""The fields of the form of a new thread, in their order."""

from collections.abc import Iterator, Mapping, Sequence

from engine import api
from tui.new_thread.form import CLASS, COMMAND, STAGES, TYPED
from tui.widgets.field import ChoiceField, Field, TextField, count_stepper, cycle_stepper, number_begins


def form_fields(
    values: Mapping[str, str], spaces: Sequence[str], forms: Sequence[api.ThreadForm] = ()
) -> Iterator[Field]:
    """Every field; which of them are shown depends on what they say (`tui.new_thread.form.visible`).

    Args:
        values: Texts by name.
        spaces: Names in the catalogue of spaces.
        forms: Objectives that have fields of their own.
    """

    def typed(name: str, label: str) -> TextField:
        return TextField(name, label, values[name], begins=str.isprintable)

    def counted(name: str, label: str, step: int = 1) -> TextField:
        return TextField(name, label, values[name], begins=number_begins, stepper=count_stepper(step))

    def chosen(name: str, label: str, choices: Sequence[str]) -> ChoiceField:
        return ChoiceField(name, label, choices, values[name])

    yield typed("name", "name")
    yield chosen("kind", "trains", (COMMAND, CLASS, *(form.title for form in forms)))
    yield typed("command", "command")
    yield typed("objective", "objective")
    yield typed("metric", "score is")
    yield chosen("direction", "direction", ("maximize", "minimize"))
    for own in (own for form in forms for own in form.fields):
        if own.choices:
            yield chosen(own.name, own.label, own.choices)
        elif own.step:
            yield counted(own.name, own.label, own.step)
        else:
            stepper = cycle_stepper(own.offers) if own.offers else None
            yield TextField(own.name, own.label, values[own.name], begins=str.isprintable, stepper=stepper)
    yield chosen("space", "space", (*spaces, TYPED))
    yield typed("dimensions", "dimensions")
    yield TextField("explore", "explore on", values["explore"], begins=lambda character: character in "Tt")
    for stage in STAGES:
        yield counted(f"trials_{stage}", f"{stage} trials")
