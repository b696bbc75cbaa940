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


def load_keymap(known: Callable[[], Iterable[str]], path: Path | None = None) -> dict[str, str]:
    """Binding id → keys (comma-separated); empty where there is no file.

    Raises:
        EngineError: When the file is no mapping of text, or names an unknown binding.
    """
    file = path or config_file("keys.yaml")
    if not file.exists():
        return {}
    import yaml  # 15 ms: only for those who have such a file

    try:
        plain = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise EngineError(f"{file} must be YAML: {error}") from None
    if not isinstance(plain, dict):
        raise EngineError(f"{file} must map binding ids to keys, got {type(plain).__name__}", "e.g. review.freeze: F")
    ids = list(known())
    for name in plain:
        if name not in ids:
            near = get_close_matches(str(name), ids, n=1)
            raise EngineError(
                f"{file}: unknown binding {name!r}", f"did you mean {near[0]}?" if near else "`?` shows the ids"
            )
    return {str(name): str(keys) for name, keys in plain.items()}
