"""Documents with gold and prediction side by side, as any objective may leave them in ``examples.json``."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from engine.artifacts.reader import Fields, read_artifact

SCHEMA = 1
"""Newest version that is understood."""

TASKS = ("mention", "entity", "relation")
"""What mistakes are about."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExampleEntity:
    """A cluster of mentions.

    Attributes:
        mentions: Indexes of its mentions.
        type: Its type; may be empty.
    """

    mentions: tuple[int, ...]
    type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ExampleRelation:
    """A directed relation.

    Attributes:
        head: Index of the entity it starts from.
        tail: Index of the entity it leads to.
        type: Its name.
        score: 0 … 1; None for gold.
    """

    head: int
    tail: int
    type: str
    score: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ExampleSide:
    """Gold or prediction of a document.

    Attributes:
        mentions: (first word, one past the last), in words of the document.
        entities: Clusters of them.
        relations: Between the entities.
    """

    mentions: tuple[tuple[int, int], ...]
    entities: tuple[ExampleEntity, ...]
    relations: tuple[ExampleRelation, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ExampleMistake:
    """One mistake.

    Attributes:
        task: ``mention``, ``entity`` or ``relation``.
        error: Its class, in the objective's own words.
        gold: Indexes of the gold items it is about; may be none.
        predicted: Index of the predicted item; None where something is missing.
    """

    task: str
    error: str
    gold: tuple[int, ...]
    predicted: int | None


@dataclass(frozen=True, kw_only=True)
class ExampleDocument:
    """One document.

    Attributes:
        title: Its name.
        why: Why it was chosen: ``worst``, ``typical``, ``best``.
        sentences: Its words.
        gold: The annotation.
        predicted: The prediction.
        mistakes: Those the objective classified.
        n_left_out: Wrong relations that were left out to keep the file small.
    """

    title: str
    why: str
    sentences: tuple[tuple[str, ...], ...]
    gold: ExampleSide
    predicted: ExampleSide
    mistakes: tuple[ExampleMistake, ...]
    n_left_out: int

    @cached_property
    def words(self) -> tuple[str, ...]:
        """All words in reading order."""
        return tuple(word for sentence in self.sentences for word in sentence)


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorCount:
    """How often a class of mistakes occurs in all documents.

    Attributes:
        task: ``mention``, ``entity`` or ``relation``.
        error: The class.
        count: How often.
        meaning: In one phrase.
    """

    task: str
    error: str
    count: int
    meaning: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassCount:
    """Counts of one relation or entity type in all documents.

    Attributes:
        task: ``entity`` or ``relation``.
        name: The type.
        gold: Annotated.
        right: Found as annotated.
        missed: Annotated and not found.
        spurious: Predicted and nothing like it annotated.
        wrong_type: Predicted of this type where another is annotated.
    """

    task: str
    name: str
    gold: int
    right: int
    missed: int
    spurious: int
    wrong_type: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ExampleSet:
    """What a trial left to look at.

    Attributes:
        epoch: Whose weights made the predictions; 0 for unknown.
        n_documents: How many documents were predicted in all.
        note: What a person should know of the file; may be empty.
        errors: Classes of mistakes over all documents.
        classes: Types over all documents.
        documents: A handful.
    """

    epoch: int
    n_documents: int
    note: str
    errors: tuple[ErrorCount, ...]
    classes: tuple[ClassCount, ...]
    documents: tuple[ExampleDocument, ...]


def read_examples(file: Path) -> ExampleSet | None:
    """The examples in a file; None where there is no such file.

    Raises:
        EngineError: When the file is not what docs/examples.md says, naming the place in it.
    """
    fields = read_artifact(file, SCHEMA)
    if fields is None:
        return None
    documents = tuple(_document(one) for one in fields.records("documents"))
    return ExampleSet(
        epoch=fields.whole("epoch"),
        n_documents=fields.whole("n_documents", len(documents)),
        note=fields.text("note"),
        errors=tuple(
            ErrorCount(task=_task(one), error=one.text("error"), count=one.whole("count"), meaning=one.text("meaning"))
            for one in fields.records("errors")
        ),
        classes=tuple(
            ClassCount(
                task=_task(one),
                name=one.text("name"),
                **{name: one.whole(name) for name in ("gold", "right", "missed", "spurious", "wrong_type")},
            )
            for one in fields.records("classes")
        ),
        documents=documents,
    )


def _task(fields: Fields) -> str:
    task = fields.text("task")
    if task not in TASKS:
        raise fields.refusal("task", f"one of {', '.join(TASKS)}", task)
    return task


def _document(fields: Fields) -> ExampleDocument:
    sentences = fields.words("sentences")
    n_words = sum(len(sentence) for sentence in sentences)
    gold, predicted = (_side(fields.record(name), n_words) for name in ("gold", "predicted"))
    mistakes = []
    for one in fields.records("mistakes"):
        items = f"{_task(one)}s".replace("entitys", "entities")
        mistakes.append(
            ExampleMistake(
                task=_task(one),
                error=one.text("error"),
                gold=one.indexes("gold", len(getattr(gold, items))),
                predicted=one.index("predicted", len(getattr(predicted, items))),
            )
        )
    return ExampleDocument(
        title=fields.text("title"),
        why=fields.text("why"),
        sentences=sentences,
        gold=gold,
        predicted=predicted,
        mistakes=tuple(mistakes),
        n_left_out=fields.whole("n_left_out"),
    )


def _side(fields: Fields, n_words: int) -> ExampleSide:
    mentions = fields.table("mentions", 2)
    for start, end in mentions:
        if not 0 <= start < end <= n_words or start != int(start) or end != int(end):
            raise fields.refusal("mentions", f"spans of words between 0 and {n_words}", [start, end])
    entities = tuple(
        ExampleEntity(mentions=one.indexes("mentions", len(mentions)), type=one.text("type"))
        for one in fields.records("entities")
    )
    relations = []
    for one in fields.records("relations"):
        head, tail = one.index("head", len(entities)), one.index("tail", len(entities))
        if head is None or tail is None:
            raise one.refusal("head and tail", "numbers of entities", (head, tail))
        relations.append(ExampleRelation(head=head, tail=tail, type=one.text("type"), score=one.number("score")))
    return ExampleSide(
        mentions=tuple((int(start), int(end)) for start, end in mentions),
        entities=entities,
        relations=tuple(relations),
    )
