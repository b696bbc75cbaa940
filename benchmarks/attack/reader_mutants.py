"""Damage for files from outside: bytes, lines, values, structure; each mutant is a function of a seed alone."""

import json
import random
import string
from collections.abc import Callable, Sequence
from typing import Any

TOKENS: Sequence[bytes] = (
    *(b"{", b"}", b"[", b"]", b":", b",", b"-", b"?", b"&a ", b"*a", b"<<: *a\n", b"!!", b"|", b">", b"'", b'"', b"%"),
    *(b"#", b"---\n", b"...\n", b"\t", b"\r", b"\n", b"\r\n", b"\0", b"\x1b[2J", b"\x07", b"\xff", b"\xed\xa0\xbd"),
    *(b"\xef\xbb\xbf", b"\\ud83d", b"\\u0000", b"null", b"true", b"NaN", b".nan", b".inf", b"Infinity", b"1e999"),
    *(b"-1", b"0", b"1e-400", b"9" * 400, b"9" * 5000, b"1" * 20, b"0x" + b"f" * 300, b"2024-13-45", b"010", b"1:30"),
    *(b"off", b"__class__", b"{lr.real}", b"{x:>999999999}", b"{", b"../../x", b"/dev/zero", b"~", b"$HOME", b"\\N{x}"),
    *(b"[" * 3000, b"{" * 3000, b"- " * 3000, b"a" * 70_000, b"\n" * 5000, b"\xf0\x9f\x98\x80", "é".encode("latin-1")),
    *(b"!!python/object:os.system", b"!!binary x", b"!!set {a}", b"&b *b", b"sum(*) == 1", b"a < b", b"*" * 500),
)
"""Words that formats read in ways of their own."""

VALUES: Sequence[Any] = (
    *(None, True, False, 0, 1, -1, 2**31, 2**53 + 1, 10**30, 10**399, 0.5, -0.0, 1e308, 1e-320, "", " ", "x", "nan"),
    *(
        [],
        {},
        [[]],
        [None],
        {"": None},
        ["a", "a"],
        [1, "1", True],
        {"a": {"b": {"c": []}}},
        "a" * 5000,
        "\n",
        "\x1b[31m",
    ),
    *(
        "\ud83d",
        "1e-3",
        "{lr}",
        "{",
        "-",
        "--x",
        "lr",
        "off",
        "010",
        "../..",
        "/",
        "\u202e",
        "\0",
        "0",
        "T6_V3_M25",
        [0, 1],
    ),
    *(float("nan"), float("inf"), -float("inf"), [1e308, -1e308], list(range(300)), {str(i): i for i in range(300)}),
)
"""Values that stand where others are expected."""


def mutant(base: bytes, rng: random.Random) -> bytes:
    """One to four damages of bytes and lines, one after another."""
    data = bytearray(base)
    for _ in range(rng.choice((1, 1, 2, 4))):
        rng.choice(BYTE_DAMAGES)(data, rng)
    return bytes(data)


def json_mutant(base: bytes, rng: random.Random) -> bytes:
    """Damage of the values of a JSON text (which is YAML as well); half of the time of its bytes."""
    if rng.random() < 0.4:
        return mutant(base, rng)
    return json.dumps(value_mutant(json.loads(base), rng), ensure_ascii=rng.random() < 0.8).encode(
        errors="surrogatepass"
    )


def value_mutant(plain: Any, rng: random.Random) -> Any:
    """A copy of a plain value with one to three places in it replaced, dropped, repeated or renamed."""
    copy = json.loads(json.dumps(plain))
    for _ in range(rng.choice((1, 1, 2, 3))):
        places = list(_places(copy))
        if not places:
            return rng.choice(VALUES)
        owner, key = rng.choice(places)
        damage = rng.randrange(6)
        if damage <= 2:
            owner[key] = json.loads(json.dumps(rng.choice(VALUES)))
        elif damage == 3:
            del owner[key]
        elif damage == 4:
            owner[key] = [owner[key]] * rng.choice((1, 2, 200)) if rng.random() < 0.5 else {"x": owner[key]}
        elif isinstance(owner, dict):
            owner[rng.choice(("x", "", key.upper(), f"{key} ", "\ud83d", "a" * 300, "__init__", "1"))] = owner.pop(key)
        else:
            rng.shuffle(owner)
    return copy


def csv_mutant(base: bytes, rng: random.Random) -> bytes:
    """Damage of cells; half of the time of bytes."""
    if rng.random() < 0.5:
        return mutant(base, rng)
    lines = [line.split(b",") for line in base.splitlines()]
    for _ in range(rng.choice((1, 2, 5))):
        row = rng.choice(lines)
        cell = rng.choice(
            ("", "nan", "inf", "-inf", "1e999", "9" * 5000, "1_000", "١٢", "True", "x", "-0", "0x10", "é;")
        )
        damage = rng.randrange(4)
        if damage <= 1:
            row[rng.randrange(len(row))] = cell.encode()
        elif damage == 2:
            row.insert(rng.randrange(len(row) + 1), cell.encode())
        elif len(row) > 1:
            del row[rng.randrange(len(row))]
    return b"\n".join(b",".join(row) for row in lines) + b"\n"


def words_mutant(base: Sequence[str], rng: random.Random) -> list[str]:
    """Damage of the words of a command line."""
    words = list(base)
    for _ in range(rng.choice((1, 1, 2, 3))):
        odd = rng.choice(ODD_WORDS)
        damage = rng.randrange(6)
        if damage == 0 and len(words) > 1:
            del words[rng.randrange(1, len(words))]
        elif damage == 1:
            words.insert(rng.randrange(len(words) + 1), odd)
        elif damage == 2 and words:
            words.insert(rng.randrange(len(words)), rng.choice(words))
        elif words:
            place = rng.randrange(len(words))
            name, equals, _ = words[place].partition("=")
            words[place] = f"{name}={odd}" if equals and rng.random() < 0.7 else odd
    return words


ODD_WORDS: Sequence[str] = (
    *(
        "",
        " ",
        "-",
        "--",
        "--help",
        "--json",
        "-1",
        "0",
        "1",
        "99999999999999999999",
        "9" * 5000,
        "1e999",
        "nan",
        "inf",
    ),
    *("-inf", "1e-3", "x", "é", "\udcff", "\x1b[2J", "\n", "a" * 5000, "--x", "--x=1", "lr=1", "lr=nan", "=", "a=b=c"),
    *("/dev/null", "/nonexistent/x", ".", "..", "/", "~", "$HOME", "*", "%s", "{lr}", "[1", "&a *a", "2024-13-45"),
    *("1:30", "off", "--store", "--workspace", "sqlite:///", "postgresql://", "x://y", "\u202e", "#1", "0x10", "1_0"),
)
"""Words that command lines are given by scripts, by mistake or by those who mean ill."""


def _flip(data: bytearray, rng: random.Random) -> None:
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _drop(data: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(data) + 1)
    del data[start : start + rng.choice((1, 2, 10, 100))]


def _cut(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data) + 1) :]


def _insert(data: bytearray, rng: random.Random) -> None:
    place = rng.randrange(len(data) + 1)
    data[place:place] = rng.choice(TOKENS)


def _overwrite(data: bytearray, rng: random.Random) -> None:
    token = rng.choice(TOKENS)
    place = rng.randrange(len(data) + 1)
    data[place : place + len(token)] = token


def _repeat(data: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(data) + 1)
    part = bytes(data[start : start + rng.choice((1, 5, 40))])
    data[start:start] = part * rng.choice((1, 2, 50, 2000))


def _swap_lines(data: bytearray, rng: random.Random) -> None:
    lines = bytes(data).splitlines(keepends=True)
    if len(lines) > 1:
        first, second = rng.sample(range(len(lines)), 2)
        lines[first], lines[second] = lines[second], lines[first]
        data[:] = b"".join(lines)


def _change_word(data: bytearray, rng: random.Random) -> None:
    """Replace a word by another of the file, or by a token."""
    words = bytes(data).split()
    if words:
        word = rng.choice(words)
        place = data.find(word)
        data[place : place + len(word)] = rng.choice(words) if rng.random() < 0.4 else rng.choice(TOKENS)


def _recode(data: bytearray, rng: random.Random) -> None:
    text = bytes(data).decode(errors="replace")
    data[:] = text.encode(rng.choice(("utf-16", "utf-16-be", "utf-32", "utf-8-sig", "utf-7")), errors="replace")


def _noise(data: bytearray, rng: random.Random) -> None:
    place = rng.randrange(len(data) + 1)
    data[place:place] = "".join(rng.choices(string.printable, k=rng.choice((3, 30)))).encode()


BYTE_DAMAGES: Sequence[Callable[[bytearray, random.Random], None]] = (
    *(_flip, _drop, _cut, _insert, _insert, _insert, _overwrite, _repeat, _swap_lines, _change_word, _change_word),
    *(_recode, _noise),
)


def _places(value: Any) -> Any:
    """(owner, key) of everything in a plain value."""
    if isinstance(value, dict | list):
        for key, item in list(value.items()) if isinstance(value, dict) else list(enumerate(value)):
            yield value, key
            yield from _places(item)
