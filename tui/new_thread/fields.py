"""The fields of the form of a new thread, in their order."""

from collections.abc import Iterator, Mapping, Sequence

from tui.new_thread.form import ENCODERS, KINDS, MODEL_CHOICES, STAGES, TYPED
from tui.widgets.field import ChoiceField, Field, TextField, count_stepper, cycle_stepper, number_begins


def form_fields(values: Mapping[str, str], spaces: Sequence[str]) -> Iterator[Field]:
    """Every field; which of them are shown depends on what they say (`tui.new_thread.form.visible`).

    Args:
        values: Texts by name.
        spaces: Names in the catalogue of spaces.
    """

    def typed(name: str, label: str) -> TextField:
        return TextField(name, label, values[name], begins=str.isprintable)

    def counted(name: str, label: str, step: int = 1) -> TextField:
        return TextField(name, label, values[name], begins=number_begins, stepper=count_stepper(step))

    def chosen(name: str, label: str, choices: Sequence[str]) -> ChoiceField:
        return ChoiceField(name, label, choices, values[name])

    yield typed("name", "name")
    yield chosen("kind", "trains", KINDS)
    yield typed("command", "command")
    yield typed("objective", "objective")
    yield typed("metric", "score is")
    yield chosen("direction", "direction", ("maximize", "minimize"))
    yield chosen("type", "model", MODEL_CHOICES["type"])
    yield TextField("encoder", "encoder", values["encoder"], begins=str.isprintable, stepper=cycle_stepper(ENCODERS))
    yield chosen("grouping", "grouping", MODEL_CHOICES["grouping"])
    for name in ("pos", "asl", "dtl"):
        yield chosen(name, name.upper(), ("off", "on"))
    yield chosen("data", "data", ("atlas", "files"))
    yield counted("documents", "documents", 10)
    yield counted("world", "world")
    yield typed("train", "train")
    yield typed("validation", "validation")
    yield chosen("space", "space", (*spaces, TYPED))
    yield typed("dimensions", "dimensions")
    yield TextField("explore", "explore on", values["explore"], begins=lambda character: character in "Tt")
    for stage in STAGES:
        yield counted(f"trials_{stage}", f"{stage} trials")
