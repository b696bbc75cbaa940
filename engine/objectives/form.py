"""How an objective asks for its options in the form of a new thread; the rest of the form is the same for all.

An objective names such an object as ``form`` of its entry in the registry. Texts are those of the fields by name.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol


class ObjectiveForm(Protocol):
    """The part of the form that is the objective's own.

    Attributes:
        fields: In their order, mappings of: ``name``, ``label``, ``default``, and at most one of ``choices`` (nothing
            else is taken), ``offers`` (what the arrows offer; anything may be typed) and ``step`` (a count).
    """

    fields: Sequence[Mapping[str, Any]]

    def visible(self, texts: Mapping[str, str]) -> Collection[str]:
        """Names of the fields that mean something for what the others say."""
        ...

    def options(self, texts: Mapping[str, str]) -> Mapping[str, Mapping[str, Any]]:
        """The thread's ``model`` and ``data``.

        Raises:
            ValueError: With the name of the field that is wrong, and what it must hold.
        """
        ...

    def space(self, texts: Mapping[str, str]) -> str:
        """The named space that fits; empty where none does."""
        ...

    def left_out(self, texts: Mapping[str, str], names: Collection[str]) -> Collection[str]:
        """Those hyperparameters of a named space that such a configuration does not have."""
        ...

    def notes(self, texts: Mapping[str, str], space: str, folder: str) -> Mapping[str, str]:
        """What stands behind each field, and behind ``space`` what speaks for another one."""
        ...

    def doubts(self, model: Mapping[str, Any]) -> Sequence[str]:
        """What a person should know of options that may still be right, in whole sentences."""
        ...
