from dataclasses import replace

from model.data.atlas import generate
from model.data.document import Document
from model.data.leakage import find_duplicates, find_leaks

CORPUS = generate(30)


def test_a_clean_corpus_has_no_leaks() -> None:
    assert find_leaks(CORPUS[:20], CORPUS[20:]) == []
    assert find_duplicates(CORPUS) == []


def test_a_text_under_another_title_with_a_changed_word_is_found() -> None:
    first = CORPUS[3].sentences[0]
    changed = (("Zzz", *first[1:]), *CORPUS[3].sentences[1:])
    copy = Document(title="Another", sentences=changed)
    (leak,) = find_leaks(CORPUS[:20], [CORPUS[25], copy])
    assert (leak.first, leak.second, leak.kind, leak.titles) == (3, 1, "text", (CORPUS[3].title, "Another"))
    assert 0.8 < leak.similarity < 1


def test_the_same_title_over_another_text_is_found() -> None:
    (leak,) = find_leaks(CORPUS[:20], [replace(CORPUS[25], title=CORPUS[7].title)])
    assert (leak.first, leak.kind) == (7, "title")
    assert leak.similarity < 0.2


def test_a_repeat_inside_one_list_is_reported_once() -> None:
    (leak,) = find_duplicates([*CORPUS, CORPUS[4]])
    assert (leak.first, leak.second, leak.similarity) == (4, 30, 1.0)


def test_texts_shorter_than_a_shingle_compare_whole() -> None:
    short = Document(title="a", sentences=(("One", "word"),))
    assert find_leaks([short], [replace(short, title="b", sentences=(("Two", "words"),))]) == []
    assert len(find_leaks([short], [replace(short, title="b")])) == 1
