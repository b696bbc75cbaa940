import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.data.document import Document, Entity, Mention, Relation
from model.data.schema import LabelSchema
from model.errors import ModelError

NAMES = st.lists(st.text(max_size=5), unique=True, max_size=8).map(tuple)


@given(NAMES, NAMES)
def test_a_schema_survives_a_round_trip(entity_types: tuple[str, ...], relation_types: tuple[str, ...]) -> None:
    schema = LabelSchema(entity_types=entity_types, relation_types=relation_types)
    assert LabelSchema.from_dict(schema.to_dict()) == schema
    assert [schema.entity_index[name] for name in entity_types] == list(range(len(entity_types)))
    assert [schema.relation_index[name] for name in relation_types] == list(range(len(relation_types)))


def test_types_of_documents_are_sorted_whatever_their_order() -> None:
    def document(kinds: str) -> Document:
        mention = Mention(start=0, end=1, sentence=0)
        return Document(
            title="",
            sentences=(("w",),),
            entities=tuple(Entity(mentions=(mention,), type=kind) for kind in kinds),
            relations=tuple(Relation(head=0, tail=0, type=kind) for kind in kinds),
        )

    schema = LabelSchema.from_documents([document("cb"), document("ab")])
    assert schema.entity_types == schema.relation_types == ("a", "b", "c")
    assert schema == LabelSchema.from_documents([document("ba"), document("bc")])


def test_a_broken_schema_is_refused() -> None:
    with pytest.raises(ModelError, match="each type once; given twice: a"):
        LabelSchema(entity_types=("a", "b", "a"), relation_types=())
    with pytest.raises(ModelError, match="needs relation_types, a list of names; given: None"):
        LabelSchema.from_dict({"entity_types": []})
