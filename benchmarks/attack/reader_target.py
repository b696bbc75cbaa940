"""One reader under attack: what makes its mutants, what reads them, and how readers refuse."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from reader_mutants import json_mutant, mutant, value_mutant

from engine.errors import EngineError
from model.errors import ModelError
from tui.new_thread.form import FormError

REFUSALS = (EngineError, ModelError, FormError, click.UsageError)
"""How a reader refuses; anything else is an internal error."""


Made = Any
"""What a mutant is: a path, the words of a command line, or a text."""


@dataclass(frozen=True)
class Target:
    """A reader under attack.

    Attributes:
        make: A mutant from a generator, written to a folder where it is a file.
        read: Reads it as the product does.
        names_file: Whether a refusal must name the file.
        limit_memory: Whether address space is limited; libraries that map gigabytes cannot live with it.
    """

    make: Callable[[random.Random, Path], Made]
    read: Callable[[Made], object]
    names_file: bool = True
    limit_memory: bool = True

    def words_of(self, made: Made) -> Sequence[str]:
        """Words of which a refusal must hold one."""
        return (made.name, made.stem) if isinstance(made, Path) else ()


def damaged_file(name: str, bases: Sequence[bytes], damage: Callable[[bytes, random.Random], bytes]) -> Any:
    """A maker of damaged files of one name."""

    def make(rng: random.Random, folder: Path) -> Path:
        path = folder / name
        path.write_bytes(damage(rng.choice(bases), rng))
        return path

    make.bases = [(name, base) for base in bases]  # type: ignore[attr-defined]
    return make


def _yaml_or_json(base: bytes, rng: random.Random) -> bytes:
    return json_mutant(base, rng) if base.startswith((b"{", b"[")) else mutant(base, rng)


def yaml_mutant(base: bytes, rng: random.Random) -> bytes:
    """Damage of values half of the time, where YAML is first made JSON, which is YAML."""
    if rng.random() < 0.5:
        return _yaml_or_json(base, rng)
    import yaml

    return json.dumps(value_mutant(yaml.safe_load(base), rng)).encode(errors="surrogatepass")


def binary_mutant(base: bytes, rng: random.Random) -> bytes:
    """Damage of a binary file: flipped and overwritten bytes, cut and repeated pages."""
    data = bytearray(base)
    for _ in range(rng.choice((1, 3, 30))):
        place = rng.randrange(len(data))
        damage = rng.randrange(5)
        if damage <= 1:
            data[place] = rng.randrange(256)
        elif damage == 2:
            data[place : place + 16] = rng.randbytes(16)
        elif damage == 3 and rng.random() < 0.2:
            del data[place:]
        elif rng.random() < 0.2:
            data[place:place] = data[place : place + 4096]
        if not data:
            break
    return bytes(data)
