"""Objectives that can be chosen in the form of a new thread, with the fields that are their own."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import EngineError


@dataclass(frozen=True, kw_only=True, slots=True)
class FormField:
    """A field of the form.

    Attributes:
        name: Distinct among all objectives' fields.
        label: What stands before it.
        default: Its text when the form opens.
        choices: All that it takes; empty for free text.
        offers: What the arrows offer where anything may be typed.
        step: Of the arrows, for a count; 0 for others.
    """

    name: str
    label: str
    default: str = ""
    choices: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    step: int = 0


class FormFieldError(EngineError):
    """A field's text is wrong.

    Attributes:
        field: Its name.
    """

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadForm:
    """An objective's part of the form.

    Attributes:
        name: Of the objective in the registry; begins the names of its fields.
        target: ``module:Class``.
        title: What the form calls it.
        fields: In their order.
        form: What answers, an `engine.objectives.form.ObjectiveForm`.
    """

    name: str
    target: str
    title: str
    fields: tuple[FormField, ...]
    form: Any

    def visible(self, texts: Mapping[str, str]) -> set[str]:
        """Names of the fields that mean something for what the others say."""
        return {self._long(name) for name in self.form.visible(self._own(texts))}

    def options(self, texts: Mapping[str, str]) -> Mapping[str, Mapping[str, Any]]:
        """The thread's ``model`` and ``data``.

        Raises:
            FormFieldError: When a field is wrong.
        """
        try:
            options: Mapping[str, Mapping[str, Any]] = self.form.options(self._own(texts))
        except ValueError as error:
            field, text = error.args if len(error.args) == 2 else ("", str(error))
            raise FormFieldError(self._long(field) if field else "", str(text)) from error
        return options

    def space(self, texts: Mapping[str, str]) -> str:
        """The named space that fits; empty where none does."""
        return str(self.form.space(self._own(texts)))

    def left_out(self, texts: Mapping[str, str], names: Collection[str]) -> list[str]:
        """Hyperparameters of a named space that such a configuration does not have."""
        return list(self.form.left_out(self._own(texts), names))

    def notes(self, texts: Mapping[str, str], folder: str) -> dict[str, str]:
        """What stands behind its fields, and behind ``space``."""
        notes = self.form.notes(self._own(texts), texts["space"], folder)
        return {name if name == "space" else self._long(name): text for name, text in notes.items()}

    def doubts(self, model: Mapping[str, Any]) -> list[str]:
        """What a person should know of options that may still be right."""
        return list(self.form.doubts(model))

    def _long(self, name: str) -> str:
        return f"{self.name}_{name}"

    def _own(self, texts: Mapping[str, str]) -> dict[str, str]:
        start = f"{self.name}_"
        return {name.removeprefix(start): text for name, text in texts.items() if name.startswith(start)}


def thread_forms() -> tuple[ThreadForm, ...]:
    """The objectives that bring a form, in the order of the registry; one that cannot be loaded is left out."""
    from engine.objectives.registry import OBJECTIVES
    from engine.registries.registry import resolve

    forms = []
    for info in OBJECTIVES.usable():
        if not info.form:
            continue
        try:
            form = resolve(info.form)
            fields = tuple(_field(info.name, plain) for plain in form.fields)
        except Exception:  # another package's code: `trimtab doctor` names packages that cannot be loaded
            continue
        forms.append(
            ThreadForm(name=info.name, target=info.target, title=info.title or info.name, fields=fields, form=form)
        )
    return tuple(forms)


def _field(objective: str, plain: Mapping[str, Any]) -> FormField:
    listed = {key: tuple(map(str, plain[key])) for key in ("choices", "offers") if key in plain}
    return FormField(
        name=f"{objective}_{plain['name']}",
        label=str(plain.get("label", plain["name"])),
        default=str(plain.get("default", "")),
        step=int(plain.get("step", 0)),
        **listed,
    )
