"""Words of the command line that both front ends read alike."""

import shlex
from collections.abc import Mapping, Sequence

COMPLETE = "_TRIMTAB_COMPLETE"
"""Variable by which a shell asks for completions: ``bash_complete``, ``zsh_complete``, ``fish_complete``."""


def words_to_complete(environ: Mapping[str, str]) -> tuple[list[str], str]:
    """The finished words after the program's name, and the word that the cursor stands in.

    Args:
        environ: Holds ``COMP_WORDS``, the whole line, and ``COMP_CWORD``: the place of the word, in fish the word.
    """
    words = _split(environ.get("COMP_WORDS", ""))
    at = environ.get("COMP_CWORD", "")
    if environ.get(COMPLETE, "").startswith("fish"):
        word = (_split(at) or [""])[-1]
        return (words[1:-1] if word and words[-1:] == [word] else words[1:]), word
    place = int(at) if at.isdigit() else len(words)
    return words[1:place], words[place] if place < len(words) else ""


def _split(line: str) -> list[str]:
    """Words of a line as a shell has them; a quotation that is still open ends with the line."""
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        words.extend(lexer)
    except ValueError:
        words.append(lexer.token)
    return words


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
