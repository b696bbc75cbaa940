"""DocRED and Re-DocRED JSON: a list of documents with sents, vertexSet and, where known, labels.

Format: https://github.com/thunlp/DocRED/tree/master/data. A mention's ``pos`` is [start, end) in its sentence.
"""

import gc
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from model.boundary.json_text import read_json
from model.boundary.output import Output
from model.boundary.refusal import unforeseen_refused
from model.boundary.text import visible
from model.data.document import Document, Entity, Mention, Relation
from model.errors import ModelError

FORMAT_HINT = (
    "the format is DocRED's: a list of {title, sents, vertexSet, labels}; `trimtab data sample --json` shows one"
)
"""Where to look when a file is not what it should be."""

MOST_BYTES = 4 * 2**30
"""Of a file; DocRED's distantly labelled documents have one quarter of it."""

MOST_WORDS = 50_000
"""Words of a document: the widths of its spans take ten times its states, 1.5 GB for BERT."""

MOST_MENTIONS = 5_000
"""Gold mentions of a document: every two are compared, 100 MB of distances."""


def read_docred(path: Path) -> list[Document]:
    """Reads a file.

    Raises:
        ModelError: If it cannot be read, is no JSON, or breaks the format; the text names file, document and field.
    """
    with _no_collection():
        return _read(path)


def write_docred(documents: Iterable[Document], path: Path, *, replace: bool = False) -> None:
    """Writes a file that :func:`read_docred` reads back to equal documents.

    Args:
        documents: What to write.
        path: The file.
        replace: Whether a file that is there is replaced.

    Raises:
        ModelError: If the file cannot be written, or one is there.
    """
    target = Output(path=path, refusal=ModelError, replace=replace)
    target.check_file()
    target.write(json.dumps(documents_to_docred(documents), ensure_ascii=False))


def documents_from_docred(data: Any, source: str = "data") -> list[Document]:
    """Documents from parsed JSON.

    Args:
        data: What the JSON holds.
        source: What to call it in errors, e.g. the file.
    """
    if not isinstance(data, list):
        raise ModelError(f"{source} must hold a list of documents; given: {_kind(data)}", FORMAT_HINT)
    return [_document(item, f"{source}: document {i}") for i, item in enumerate(data)]


def documents_to_docred(documents: Iterable[Document]) -> list[dict[str, Any]]:
    """Plain JSON in DocRED's format; a mention's name is its words joined by blanks."""
    return [
        {
            "title": document.title,
            "sents": [list(sentence) for sentence in document.sentences],
            "vertexSet": [
                [_mention_json(document, m, kind) for m, kind in zip(e.mentions, _types(e), strict=True)]
                for e in document.entities
            ],
            "labels": [
                {"h": r.head, "t": r.tail, "r": r.type, "evidence": list(r.evidence)} for r in document.relations
            ],
        }
        for document in documents
    ]


@contextmanager
def _no_collection() -> Iterator[None]:
    """Pauses the cycle collector: with torch loaded it triples the time, and millions of new words hold no cycle."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _read(path: Path) -> list[Document]:
    if not path.exists():
        raise ModelError(f"{path} must exist", "paths in a thread file count from its folder")
    data = read_json(path, refusal=_with_format, limit=MOST_BYTES, is_shallow=True)
    with unforeseen_refused(str(path), "a file in DocRED's format", _with_format, ModelError):
        return documents_from_docred(data, str(path))


def _with_format(message: str, hint: str) -> ModelError:
    return ModelError(message, hint or FORMAT_HINT)


def _types(entity: Entity) -> list[str]:
    """A type for each mention: the entity's own first and wherever no other one is left."""
    rest = len(entity.mentions) - 1 - len(entity.other_types)
    return [entity.type, *entity.other_types, *[entity.type] * rest]


def _mention_json(document: Document, mention: Mention, kind: str) -> dict[str, Any]:
    start = document.sentence_starts[mention.sentence]
    return {
        "name": " ".join(document.words[mention.start : mention.end]),
        "pos": [mention.start - start, mention.end - start],
        "sent_id": mention.sentence,
        "type": kind,
    }


def _document(item: Any, where: str) -> Document:
    if not isinstance(item, Mapping):
        _fail(where, "", "be an object", item)
    title = item.get("title")
    if not isinstance(title, str):
        _fail(where, "title", "be text", title)
    where = f"{where} ({visible(title[:80])!r})"
    sentences = _sentences(item.get("sents"), where)
    starts, n = [], 0
    for sentence in sentences:
        starts.append(n)
        n += len(sentence)
    if n > MOST_WORDS:
        _fail(where, "sents", f"hold at most {MOST_WORDS:,} words, split the document", n)
    vertices = item.get("vertexSet")
    if not isinstance(vertices, list):
        _fail(where, "vertexSet", "be a list of entities", vertices)
    entities = tuple(_entity(vertex, i, where, sentences, starts) for i, vertex in enumerate(vertices))
    if (n_mentions := sum(len(entity.mentions) for entity in entities)) > MOST_MENTIONS:
        _fail(where, "vertexSet", f"hold at most {MOST_MENTIONS:,} mentions, split the document", n_mentions)
    labels = [] if item.get("labels") is None else item["labels"]
    if not isinstance(labels, list):
        _fail(where, "labels", "be a list of relations", labels)
    relations = tuple(_relation(label, i, where, len(entities)) for i, label in enumerate(labels))
    return Document(title=title, sentences=sentences, entities=entities, relations=relations)


def _sentences(sents: Any, where: str) -> tuple[tuple[str, ...], ...]:
    if not isinstance(sents, list):
        _fail(where, "sents", "be a list of sentences", sents)
    for i, sentence in enumerate(sents):
        if not isinstance(sentence, list):
            _fail(where, f"sents[{i}]", "be a list of words", sentence)
        for j, word in enumerate(sentence):
            if not isinstance(word, str):
                _fail(where, f"sents[{i}][{j}]", "be a word", word)
    return tuple(map(tuple, sents))


def _entity(vertex: Any, index: int, where: str, sentences: tuple[tuple[str, ...], ...], starts: list[int]) -> Entity:
    if not isinstance(vertex, list) or not vertex:
        _fail(where, f"vertexSet[{index}]", "be a list of at least one mention", vertex)
    mentions = []
    for i, item in enumerate(vertex):
        try:
            sentence, (start, end) = item["sent_id"], item["pos"]
            good = type(sentence) is type(start) is type(end) is int and 0 <= start < end and sentence >= 0
            if good and end <= len(sentences[sentence]):
                first = starts[sentence]
                mentions.append(Mention(start=first + start, end=first + end, sentence=sentence))
                continue
        except (TypeError, KeyError, ValueError, IndexError):
            pass
        _fail_mention(item, f"vertexSet[{index}][{i}]", where, sentences)
    kind = vertex[0].get("type")
    if not isinstance(kind, str) or not kind:
        _fail(where, f"vertexSet[{index}][0].type", "be the entity's type", kind)
    others = dict.fromkeys(item.get("type") for item in vertex[1:])
    other_types = tuple(other for other in others if isinstance(other, str) and other and other != kind)
    return Entity(mentions=tuple(mentions), type=kind, other_types=other_types)


def _fail_mention(item: Any, field: str, where: str, sentences: tuple[tuple[str, ...], ...]) -> NoReturn:
    """Says which part of a mention is wrong."""
    if not isinstance(item, Mapping):
        _fail(where, field, "be an object", item)
    sentence, pos = item.get("sent_id"), item.get("pos")
    if type(sentence) is not int or not 0 <= sentence < len(sentences):
        _fail(where, f"{field}.sent_id", f"be a sentence of 0..{len(sentences) - 1}", sentence)
    n_words = len(sentences[sentence])
    _fail(
        where, f"{field}.pos", f"be [start, end) with 0 <= start < end <= {n_words}, words of sentence {sentence}", pos
    )


def _relation(label: Any, index: int, where: str, n_entities: int) -> Relation:
    field = f"labels[{index}]"
    if not isinstance(label, Mapping):
        _fail(where, field, "be an object", label)
    head, tail = (_entity_index(label.get(key), f"{field}.{key}", where, n_entities) for key in ("h", "t"))
    kind = label.get("r")
    if not isinstance(kind, str) or not kind:
        _fail(where, f"{field}.r", "be the relation's name", kind)
    evidence = label.get("evidence") or ()
    if evidence and not (isinstance(evidence, list) and all(type(s) is int for s in evidence)):
        _fail(where, f"{field}.evidence", "be a list of sentences", evidence)
    return Relation(head=head, tail=tail, type=kind, evidence=tuple(evidence))


def _entity_index(value: Any, field: str, where: str, n_entities: int) -> int:
    if type(value) is not int or not 0 <= value < n_entities:
        _fail(where, field, f"be an entity of 0..{n_entities - 1}", value)
    return value


def _kind(value: Any) -> str:
    """A value as an error shows it: short."""
    if value is None:
        return "nothing"
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        return "values nested too deep"
    return visible(text if len(text) <= 60 else f"{text[:57]}…")


def _fail(where: str, field: str, must: str, given: Any) -> NoReturn:
    raise ModelError(f"{where}: {f'{field} must' if field else 'must'} {must}; given: {_kind(given)}", FORMAT_HINT)
