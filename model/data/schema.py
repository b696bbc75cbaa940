"""The label types of a corpus, in the order in which the heads number them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from model.data.document import Document
from model.errors import ModelError


@dataclass(frozen=True, kw_only=True)
class LabelSchema:
    """The entity and relation types a model can tell apart.

    Attributes:
        entity_types: K names; the index is the class of the entity head.
        relation_types: R names; the index is the column of the multi-hot relation labels.
        entity_index: Name to index.
        relation_index: Name to index.
    """

    entity_types: tuple[str, ...]
    relation_types: tuple[str, ...]
    entity_index: Mapping[str, int] = field(init=False, repr=False, compare=False)
    relation_index: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for what, names in (("entity_types", self.entity_types), ("relation_types", self.relation_types)):
            if len(set(names)) != len(names):
                twice = sorted({name for name in names if names.count(name) > 1})
                raise ModelError(f"{what} must name each type once; given twice: {', '.join(twice)}")
        object.__setattr__(self, "entity_index", {name: i for i, name in enumerate(self.entity_types)})
        object.__setattr__(self, "relation_index", {name: i for i, name in enumerate(self.relation_types)})

    @classmethod
    def from_documents(cls, documents: Iterable[Document]) -> "LabelSchema":
        """The types that occur in the documents, sorted by name so that any machine numbers them alike."""
        entity_types: set[str] = set()
        relation_types: set[str] = set()
        for document in documents:
            entity_types.update(entity.type for entity in document.entities)
            relation_types.update(relation.type for relation in document.relations)
        return cls(entity_types=tuple(sorted(entity_types)), relation_types=tuple(sorted(relation_types)))

    def to_dict(self) -> dict[str, list[str]]:
        """Plain lists for JSON."""
        return {"entity_types": list(self.entity_types), "relation_types": list(self.relation_types)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "LabelSchema":
        """The inverse of :meth:`to_dict`.

        Raises:
            ModelError: If a list is missing or holds anything but text.
        """
        lists = {}
        for key in ("entity_types", "relation_types"):
            names = data.get(key)
            if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
                raise ModelError(f"a label schema needs {key}, a list of names; given: {names!r}")
            lists[key] = tuple(names)
        return cls(**lists)
