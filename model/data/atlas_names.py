"""The names of the atlas world; invented, in plain ASCII, so that any tokenizer reads them."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    """
    Ada Albert Alma Anton Beatrix Boris Carla Casper Clara Conrad Dora Edgar Elena Emil Erika Felix Flora Georg
    Greta Hanna Hugo Ida Igor Irene Ivan Jana Jonas Julia Karl Klara Laura Leo Lina Lukas Magda Marta Max Mira Nadia
    Nils Nora Oscar Otto Paula Peter Rosa Simon Sofia Stella Theo Thomas Vera Victor Wanda Xenia Yara
    """
)
SURNAMES = _words(
    """
    Abel Adler Arden Bach Barlow Baum Becker Berg Bloom Brand Brenner Caldwell Carver Castell Conti Cramer Dahl
    Dietrich Dorn Drake Eberhart Ekman Falk Faber Fenwick Fischer Frost Garner Gerber Graf Greene Hale Hammond
    Hartley Hess Holm Hoffman Ivers Jensen Kaplan Keller Kirsch Klein Koenig Kramer Lambert Lange Larsen Lindqvist
    Lorenz Lund Marsh Mercer Meyer Moreau Nash Nilsson Norden Novak Olsen Osborne Palmer Petrov Quinn Radley Reed
    Richter Rossi Sander Schiller Seidel Sommer Stark Stone Tanner Thorne Ulrich Vance Voss Wagner Weber Werner
    Winter Wolff Yates Zeller Ziegler
    """
)
COUNTRIES = _words(
    """
    Valoria Ostland Meridia Carinth Belmora Norvik Sardova Thalia Ruvenia Elandia Corvania Lysmark Tarsia Wendland
    """
)
CITY_STEMS = _words(
    """
    Ash Birk Black Brook Cold Crow Elm Fair Glen Gold Grand Green Hart High Kings Lake Long Mill North Oak Queen Red
    Rock Salt Silver South Stone Summer West White Wind Wood
    """
)
CITY_ENDINGS = _words(
    """
    burg bridge dale field ford gate haven hill mouth port stead ton view ville
    """
)
ORG_FIRST = _words(
    """
    Amber Arctic Atlas Aurora Central Coastal Crystal Eastern Federal Golden Imperial Liberty Lunar National
    Northern Orient Pacific Phoenix Pioneer Royal Southern Summit Union United Western Zenith
    """
)
ORG_SECOND = _words(
    """
    Amateur Bronze Cable Copper Cotton Electric Engine Glass Harbour Iron Marine Optical Paper Radio Railway River
    Solar Steel Textile Timber
    """
)
ORG_KINDS = (
    ("Company", "company"),
    ("Institute", "institute"),
    ("Academy", "academy"),
    ("Laboratory", "laboratory"),
    ("Society", "society"),
    ("Foundation", "foundation"),
)
"""Last word of the name, and the noun that stands for it."""
PUBLISHER_KINDS = (("Press", "publisher"), ("Books", "publisher"), ("Editions", "publisher"))
"""Organisations that bring out works."""
WORK_ADJECTIVES = _words(
    """
    Broken Burning Crimson Distant Empty Endless Forgotten Frozen Hidden Hollow Last Lonely Lost Midnight Quiet
    Sacred Second Secret Silent Sleeping Stolen Sunken Velvet Wandering
    """
)
WORK_NOUNS = _words(
    """
    Bell Bride Candle Circle Compass Crown Door Feather Forest Garden Harbour Island Key Lantern Letter Mirror
    Mountain Orchard Promise River Road Rose Shadow Ship Song Storm Summer Tower Valley Voyage
    """
)
PROFESSIONS = _words(
    """
    architect astronomer botanist chemist composer dramatist engineer essayist geologist historian journalist
    linguist mathematician novelist painter philosopher photographer physician physicist poet sculptor surgeon
    """
)
MONTHS = _words(
    """
    January February March April May June July August September October November December
    """
)
