"""Where settings and state of the interface lie (XDG base directories)."""

import os
import tempfile
from pathlib import Path


def config_file(name: str) -> Path:
    """A file a person writes, such as ``keys.yaml``."""
    return _base("XDG_CONFIG_HOME", ".config") / "trimtab" / name


def state_file(name: str) -> Path:
    """A file the interface writes."""
    return _base("XDG_STATE_HOME", ".local/state") / "trimtab" / name


def short_path(path: Path) -> str:
    """A path as a shell would take it, one's own folder as ``~``."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path != home and path.is_relative_to(home) else str(path)


def write_atomically(path: Path, text: str) -> None:
    """Write a whole file or none of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _base(variable: str, fallback: str) -> Path:
    given = os.environ.get(variable, "")
    return Path(given) if given.startswith("/") else Path.home() / fallback
