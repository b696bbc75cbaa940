"""How the atlas words its facts, which relations they state, and how a circle becomes a document.

A template is words separated by blanks; ``{0}``, ``{1}`` … stand for the things of the fact, ``{noun}`` for what the
first one is.
"""

import random
from dataclasses import dataclass, field

from model.data.atlas_world import Circle, Fact, Thing
from model.data.document import Document, Entity, Mention, Relation

TEMPLATES: dict[str, tuple[str, ...]] = {
    "profession": (
        "{0} was a respected {noun} of the time .",
        "{0} trained for many years as a {noun} .",
        "Among colleagues {0} was known as a gifted {noun} .",
    ),
    "birth": (
        "{0} was born in {1} on {2} and became a {noun} .",
        "Born in {1} on {2} , {0} was a celebrated {noun} .",
        "{0} , a {noun} , was born on {2} in {1} .",
    ),
    "birthplace": ("{0} was born in {1} .", "{0} was a native of {1} .", "The birthplace of {0} was {1} ."),
    "birthday": ("{0} was born on {1} .", "The birth of {0} was recorded on {1} .", "{0} came into the world on {1} ."),
    "marriage": ("{0} married {1} .", "{0} and {1} were married for many years .", "{1} was the spouse of {0} ."),
    "parent": (
        "{0} was the parent of {1} .",
        "{1} was the only child of {0} .",
        "{0} raised one child , {1} , at home .",
    ),
    "employment": (
        "{0} worked for {1} .",
        "{1} employed {0} for a decade .",
        "For most of a long career {0} was on the staff of {1} .",
    ),
    "founding": ("{0} was founded by {1} in {2} .", "In {2} {1} founded {0} .", "{1} established {0} in {2} ."),
    "base": ("{0} is based in {1} .", "The headquarters of {0} are in {1} .", "{0} has its main office in {1} ."),
    "staff": ("{0} has {1} employees .", "A workforce of {1} people is employed by {0} .", "{0} pays {1} workers ."),
    "location": ("{0} is a city in {1} .", "{0} lies in the south of {1} .", "In {1} lies the old city of {0} ."),
    "capital": (
        "{0} is the capital of {1} .",
        "The capital of {1} is {0} .",
        "{0} serves as the capital city of {1} .",
    ),
    "population": ("{0} has a population of {1} .", "About {1} people live in {0} .", "{0} counts {1} inhabitants ."),
    "authorship": ("{0} wrote {1} .", "{1} was written by {0} .", "{0} is the author of {1} ."),
    "publication": (
        "{0} was published by {1} in {2} .",
        "In {2} {1} published {0} .",
        "{1} brought out {0} in {2} .",
    ),
    "release": ("{0} was published in {1} .", "{0} first appeared in print in {1} .", "In {1} {0} was published ."),
}
"""Wordings by kind of fact."""

RELATIONS: dict[str, tuple[tuple[str, int, int], ...]] = {
    "profession": (),
    "birth": (("born_in", 0, 1), ("born_on", 0, 2)),
    "birthplace": (("born_in", 0, 1),),
    "birthday": (("born_on", 0, 1),),
    "marriage": (("spouse_of", 0, 1), ("spouse_of", 1, 0)),
    "parent": (("parent_of", 0, 1), ("child_of", 1, 0)),
    "employment": (("works_for", 0, 1),),
    "founding": (("founded_by", 0, 1), ("founded_in", 0, 2)),
    "base": (("based_in", 0, 1),),
    "staff": (("n_employees", 0, 1),),
    "location": (("located_in", 0, 1),),
    "capital": (("capital_of", 0, 1), ("located_in", 0, 1)),
    "population": (("population", 0, 1),),
    "authorship": (("author_of", 0, 1),),
    "publication": (("published_by", 0, 1), ("published_in", 0, 2)),
    "release": (("published_in", 0, 1),),
}
"""What each kind of fact states: relation, index of its head, index of its tail."""

ENTAILED = (("born_in", "located_in", "country_of_birth"), ("based_in", "located_in", "country"))
"""a →first→ b and b →second→ c entail a →third→ c, as a rule over two sentences."""

DISTRACTORS: dict[tuple[str, ...], tuple[str, ...]] = {
    (): (
        "The winter of that year was unusually cold .",
        "Few records of the early period survive today .",
        "Many letters were lost in a fire decades later .",
        "Historians still disagree about the details .",
    ),
    ("PER",): (
        "Friends remembered {0} as generous and patient .",
        "{0} was fond of long walks and chess .",
        "A small street was later named after {0} .",
    ),
    ("PER", "LOC"): ("{0} once gave a lecture in {1} .", "{0} spent a short holiday in {1} ."),
    ("PER", "PER"): ("{0} often exchanged letters with {1} .", "{0} met {1} at a public dinner ."),
    ("ORG",): ("Visitors may tour {0} on weekends .", "{0} sponsors a yearly concert ."),
    ("WORK",): ("Critics praised {0} for its clear style .", "A new edition of {0} is being prepared ."),
}
"""Sentences that state no relation, by the types of the things they name, all of them named before."""

EXPLAINED = 0.5
"""Share of organisations whose acronym stands in brackets after the first mention; it may stand for the name later."""

DESCRIBED = 0.1
"""Share of later mentions that describe (the novelist, the institute): few, for a small model finds them hard."""


@dataclass(slots=True)
class _Page:
    """A document being written."""

    rng: random.Random
    sentences: list[list[str]] = field(default_factory=list)
    mentions: dict[Thing, list[Mention]] = field(default_factory=dict)
    explained: set[Thing] = field(default_factory=set)
    introduced: set[Thing] = field(default_factory=set)

    def write(self, template: str, things: tuple[Thing, ...]) -> None:
        """Adds a sentence."""
        start = sum(map(len, self.sentences))
        words: list[str] = []
        for token in template.split():
            if token == "{noun}":
                if words[-1] == "a" and things[0].noun[0] in "aeiou":
                    words[-1] = "an"
                words.append(things[0].noun)
                self.introduced.add(things[0])
            elif token.startswith("{"):
                self._name(things[int(token[1:-1])], words, start)
            else:
                words.append(token)
        words[0] = words[0][:1].upper() + words[0][1:]
        self.sentences.append(words)

    def _name(self, thing: Thing, words: list[str], start: int) -> None:
        """Adds a mention, by full name first and often shorter later."""
        first = thing not in self.mentions
        self._mention(thing, thing.name if first else self._later_name(thing), words, start)
        if first and thing.type == "ORG" and self.rng.random() < EXPLAINED:
            self.explained.add(thing)
            words.append("(")
            self._mention(thing, thing.alias, words, start)
            words.append(")")

    def _mention(self, thing: Thing, text: str, words: list[str], start: int) -> None:
        begin = start + len(words)
        words.extend(text.split())
        mention = Mention(start=begin, end=start + len(words), sentence=len(self.sentences))
        self.mentions.setdefault(thing, []).append(mention)

    def _later_name(self, thing: Thing) -> str:
        draw = self.rng.random()
        if thing.type == "PER":
            if draw < DESCRIBED and thing in self.introduced:
                return f"the {thing.noun}"
            return thing.alias if draw < 0.7 else thing.name
        if thing.type == "ORG":
            if draw < DESCRIBED:
                return f"the {thing.noun}"
            return thing.alias if thing in self.explained and draw < 0.7 else thing.name
        return thing.name


def write_document(circle: Circle, rng: random.Random) -> Document:
    """Words a circle: its facts in order, distractors between them, and all relations stated or entailed."""
    page = _Page(rng=rng)
    stated: dict[tuple[Thing, str, Thing], tuple[int, ...]] = {}
    gaps = rng.sample(range(1, len(circle.facts) + 1), rng.randint(2, 3))
    for i, fact in enumerate(circle.facts):
        if i in gaps:
            _distract(page)
        _tell(page, fact, stated)
    if len(circle.facts) in gaps:
        _distract(page)
    _entail(stated)
    index = {thing: i for i, thing in enumerate(page.mentions)}
    relations = sorted((index[head], index[tail], kind, lines) for (head, kind, tail), lines in stated.items())
    return Document(
        title=circle.subject.name,
        sentences=tuple(map(tuple, page.sentences)),
        entities=tuple(Entity(mentions=tuple(m), type=thing.type) for thing, m in page.mentions.items()),
        relations=tuple(Relation(head=h, tail=t, type=kind, evidence=lines) for h, t, kind, lines in relations),
    )


def _tell(page: _Page, fact: Fact, stated: dict[tuple[Thing, str, Thing], tuple[int, ...]]) -> None:
    line = len(page.sentences)
    page.write(page.rng.choice(TEMPLATES[fact.kind]), fact.things)
    for kind, head, tail in RELATIONS[fact.kind]:
        stated[fact.things[head], kind, fact.things[tail]] = (line,)


def _distract(page: _Page) -> None:
    """Adds a sentence without a relation about things already named."""
    types = page.rng.choice(list(DISTRACTORS))
    things: list[Thing] = []
    for kind in types:
        named = [thing for thing in page.mentions if thing.type == kind and thing not in things]
        if not named:
            types, things = (), []
            break
        things.append(page.rng.choice(named))
    page.write(page.rng.choice(DISTRACTORS[types]), tuple(things))


def _entail(stated: dict[tuple[Thing, str, Thing], tuple[int, ...]]) -> None:
    for first, second, third in ENTAILED:
        for (a, kind, b), lines in list(stated.items()):
            for (b2, kind2, c), more in list(stated.items()):
                if kind == first and kind2 == second and b == b2:
                    stated[a, third, c] = tuple(sorted({*lines, *more}))
