"""Words of the command line that both front ends read alike."""

from collections.abc import Sequence


def store_checks_named(words: Sequence[str]) -> list[str]:
    """The same words with ``doctor --store`` as ``doctor --check-store`` where no URL follows.

    ``--store URL`` is a global option; ``trimtab doctor --store`` asks for a look into the store.
    """
    if "doctor" not in words:
        return list(words)
    after = [*words[1:], "--"]
    return [
        "--check-store" if word == "--store" and following.startswith("-") else word
        for word, following in zip(words, after, strict=True)
    ]
