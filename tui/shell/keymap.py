"""Keys remapped by a person: ``~/.config/trimtab/keys.yaml`` maps binding ids (shown by ``?``) to keys."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from textual.binding import Binding
from textual.dom import DOMNode

from engine.api import EngineError
from tui.shell.settings_paths import config_file

MOST_BYTES = 2**16
"""Of a key file."""

MOST_CHARACTERS = 40
"""Of the name of a key, as in ``ctrl+shift+left_square_bracket``."""


def all_bindings() -> dict[str, Binding]:
    """Every binding of the interface by its id; imports every screen and dialog."""
    import tui

    for module in walk_packages(tui.__path__, "tui."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    found: dict[str, Binding] = {}
    classes: list[type[DOMNode]] = [DOMNode]
    while classes:
        cls = classes.pop()
        classes.extend(cls.__subclasses__())
        if cls.__module__.startswith("tui."):
            found |= {b.id: b for b in cls.__dict__.get("BINDINGS", ()) if isinstance(b, Binding) and b.id}
    return found


def binding_ids() -> set[str]:
    """Ids of all bindings of the interface."""
    return set(all_bindings())


def load_keymap(
    known: Callable[[], Iterable[str]], path: Path | None = None
) -> tuple[dict[str, str], list[EngineError]]:
    """Binding id → keys (comma-separated), and what is wrong with lines that are set aside; nothing where no file is.

    Raises:
        EngineError: When the file is not readable as a mapping at all.
    """
    file = path or config_file("keys.yaml")
    if not file.exists():
        return {}, []
    from engine.api import read_text, read_yaml, visible  # with PyYAML, 15 ms: only for those who have such a file

    text = read_text(file, limit=MOST_BYTES, refusal=EngineError)
    if not any(line.split("#")[0].strip() for line in text.splitlines()):
        return {}, []
    read, ids = read_yaml(text, str(file), EngineError), list(known())
    kept: dict[str, str] = {}
    problems: list[EngineError] = []
    for name, keys in read.plain.items():
        where = f"{file}, line {read.lines[name,]}"
        if name not in ids:
            near = get_close_matches(name, ids, n=1)
            hint = f"did you mean {near[0]}?" if near else "`?` shows the ids"
            problems.append(EngineError(f"{where}: unknown binding {visible(name)[:80]!r}", hint))
        elif not _are_keys(keys):
            problems.append(EngineError(f"{where}: {name} must be keys with commas between", f"e.g. {name}: F"))
        else:
            kept[name] = str(keys)
    return kept, problems


def _are_keys(given: object) -> bool:
    """Whether a value names keys: words of visible characters, without blanks in them."""
    if isinstance(given, bool) or not isinstance(given, str | int):
        return False
    words = [word.strip() for word in str(given).split(",")]
    return all(word.isprintable() and 0 < len(word) <= MOST_CHARACTERS and " " not in word for word in words)
