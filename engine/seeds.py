"""Seeds derived from a sprint's seed: the same on every machine, independent of each other, stable across versions."""

import hashlib


def trial_seed(sprint_seed: int, number: int) -> int:
    """Seed a trial trains with, in 0 … 2³¹ - 1."""
    return _derive(f"trial:{sprint_seed}:{number}")


def suggestion_seed(sprint_seed: int, number: int) -> int:
    """Seed of the sampler while it suggests trial ``number``, in 0 … 2³¹ - 1."""
    return _derive(f"suggest:{sprint_seed}:{number}")


def _derive(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1
