"""The atlas world: countries and cities all documents share, and a circle of people, organisations, works for each.

Everything follows from the seed; a circle depends on the seed and its number only, so that a longer corpus begins with
the shorter one.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from model.data import atlas_names as names

ENTITY_TYPES = ("LOC", "NUM", "ORG", "PER", "TIME", "WORK")
"""All entity types of the world."""

N_COUNTRIES = 12
CITIES_PER_COUNTRY = 5
"""Sixty cities: each recurs in many documents of a corpus of some hundreds, people do not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Thing:
    """Something a document can name.

    Attributes:
        type: One of :data:`ENTITY_TYPES`.
        name: Full name, words separated by blanks.
        alias: Shorter name: a surname, an acronym; empty where there is none.
        noun: What it is, for definite descriptions and introductions; empty where there is none.
    """

    type: str
    name: str
    alias: str = ""
    noun: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class City:
    """A city, its country and its population."""

    place: Thing
    country: Thing
    population: Thing
    is_capital: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """A fact and the things it connects; :mod:`model.data.atlas_text` knows its wordings and relations."""

    kind: str
    things: tuple[Thing, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Circle:
    """What one document is about.

    Attributes:
        subject: The thing the document is named after.
        facts: What is told, the opening fact first.
    """

    subject: Thing
    facts: tuple[Fact, ...]


def make_cities(seed: int) -> tuple[City, ...]:
    """The geography of a world."""
    rng = random.Random(f"atlas/{seed}/geography")
    countries = rng.sample(names.COUNTRIES, N_COUNTRIES)
    every_name = [stem + ending for stem in names.CITY_STEMS for ending in names.CITY_ENDINGS]
    places = rng.sample(every_name, N_COUNTRIES * CITIES_PER_COUNTRY)
    populations = rng.sample(range(21, 990), len(places))
    return tuple(
        City(
            place=Thing(type="LOC", name=place, noun="city"),
            country=Thing(type="LOC", name=countries[i // CITIES_PER_COUNTRY], noun="country"),
            population=Thing(type="NUM", name=f"{population},000"),
            is_capital=i % CITIES_PER_COUNTRY == 0,
        )
        for i, (place, population) in enumerate(zip(places, populations, strict=True))
    )


def make_circle(cities: Sequence[City], seed: int, number: int) -> Circle:
    """Circle ``number`` of a world: up to three people, two organisations, two works and two cities."""
    rng = random.Random(f"atlas/{seed}/{number}")
    return rng.choice(_THEMES)(_Cast(rng, cities))


class _Cast:
    """Draws things for one circle, no two of which could be confused."""

    def __init__(self, rng: random.Random, cities: Sequence[City]) -> None:
        self.rng = rng
        surnames = rng.sample(names.SURNAMES, 3)
        professions = rng.sample(names.PROFESSIONS, 3)
        self.people = [
            Thing(type="PER", name=f"{first} {last}", alias=last, noun=noun)
            for first, last, noun in zip(rng.sample(names.FIRST_NAMES, 3), surnames, professions, strict=True)
        ]
        first, second = rng.sample(names.ORG_FIRST, 2), rng.sample(names.ORG_SECOND, 2)
        kinds = (rng.choice(names.ORG_KINDS), rng.choice(names.PUBLISHER_KINDS))
        self.org, self.publisher = (
            Thing(type="ORG", name=f"{a} {b} {kind}", alias=a[0] + b[0] + kind[0], noun=noun)
            for a, b, (kind, noun) in zip(first, second, kinds, strict=True)
        )
        adjectives, nouns = rng.sample(names.WORK_ADJECTIVES, 2), rng.sample(names.WORK_NOUNS, 2)
        self.works = [Thing(type="WORK", name=f"The {a} {b}") for a, b in zip(adjectives, nouns, strict=True)]
        self.cities = rng.sample(cities, 2)
        self.years = [Thing(type="TIME", name=str(year)) for year in sorted(rng.sample(range(1912, 1946), 3))]
        taken = {int(city.population.name.split(",")[0]) for city in self.cities}
        self.staff = Thing(type="NUM", name=str(rng.choice([n for n in range(40, 900) if n not in taken])))

    def birthday(self, generation: int = 0) -> Thing:
        """A date; a parent is of generation -1, a child of generation 1."""
        year = self.rng.randint(1866, 1882) + 26 * generation
        return Thing(type="TIME", name=f"{self.rng.randint(1, 28)} {self.rng.choice(names.MONTHS)} {year}")

    def where(self, city: City) -> list[Fact]:
        """The country of a city (always told, so that two places never stand unrelated) and perhaps its population."""
        facts = [Fact(kind="capital" if city.is_capital else "location", things=(city.place, city.country))]
        if self.rng.random() < 0.4:
            facts.append(Fact(kind="population", things=(city.place, city.population)))
        return facts


def _biography(cast: _Cast) -> Circle:
    person, other, third = cast.people
    city, elsewhere = cast.cities
    work = cast.works[0]
    generation = cast.rng.choice((-1, 0, 1))
    family = (
        Fact(kind="marriage", things=(person, other)),
        Fact(kind="parent", things=(person, other)),
        Fact(kind="parent", things=(other, person)),
    )[generation]
    facts = [
        Fact(kind="birth", things=(person, city.place, cast.birthday())),
        *cast.where(city),
        family,
        Fact(kind="authorship", things=(person, work)),
        Fact(kind="publication", things=(work, cast.publisher, cast.years[0])),
        Fact(kind="employment", things=(person, cast.org)),
    ]
    optional = [
        [Fact(kind="base", things=(cast.org, elsewhere.place)), *cast.where(elsewhere)],
        [Fact(kind="founding", things=(cast.org, third, cast.years[1]))],
        [Fact(kind="birthday", things=(other, cast.birthday(generation)))],
        [
            Fact(kind="authorship", things=(person, cast.works[1])),
            Fact(kind="release", things=(cast.works[1], cast.years[2])),
        ],
        [Fact(kind="staff", things=(cast.org, cast.staff))],
    ]
    return _circle(cast, person, facts, optional)


def _organisation(cast: _Cast) -> Circle:
    founder, member, third = cast.people
    city, elsewhere = cast.cities
    org = cast.rng.choice((cast.org, cast.publisher))
    facts = [
        Fact(kind="founding", things=(org, founder, cast.years[0])),
        Fact(kind="base", things=(org, city.place)),
        *cast.where(city),
        Fact(kind="employment", things=(member, org)),
        Fact(kind="profession", things=(member,)),
    ]
    work = cast.works[0]
    book = [Fact(kind="authorship", things=(member, work)), Fact(kind="release", things=(work, cast.years[1]))]
    if org is cast.publisher:
        book[1] = Fact(kind="publication", things=(work, org, cast.years[1]))
    optional = [
        book,
        [Fact(kind="staff", things=(org, cast.staff))],
        [Fact(kind="birthplace", things=(founder, elsewhere.place)), *cast.where(elsewhere)],
        [Fact(kind="birthday", things=(member, cast.birthday()))],
        [Fact(kind="marriage", things=(founder, third))],
    ]
    return _circle(cast, org, facts, optional)


def _town(cast: _Cast) -> Circle:
    native, founder, third = cast.people
    city = cast.cities[0]
    work = cast.works[0]
    facts = [
        *cast.where(city),
        Fact(kind="birthplace", things=(native, city.place)),
        Fact(kind="profession", things=(native,)),
        Fact(kind="base", things=(cast.org, city.place)),
        Fact(kind="founding", things=(cast.org, founder, cast.years[0])),
        Fact(kind="authorship", things=(native, work)),
    ]
    optional = [
        [Fact(kind="publication", things=(work, cast.publisher, cast.years[1]))],
        [Fact(kind="staff", things=(cast.org, cast.staff))],
        [Fact(kind=cast.rng.choice(("marriage", "parent")), things=(native, third))],
        [Fact(kind="employment", things=(third, cast.org))],
        [Fact(kind="birthday", things=(founder, cast.birthday()))],
    ]
    return _circle(cast, city.place, facts, optional)


def _circle(cast: _Cast, subject: Thing, facts: list[Fact], optional: list[list[Fact]]) -> Circle:
    """The opening fact, then the others and two or three of the optional ones, shuffled."""
    chosen = cast.rng.sample(optional, cast.rng.randint(2, 3))
    rest = [*facts[1:], *(fact for group in chosen for fact in group)]
    cast.rng.shuffle(rest)
    return Circle(subject=subject, facts=(facts[0], *rest))


_THEMES: tuple[Callable[[_Cast], Circle], ...] = (_biography, _organisation, _town)
