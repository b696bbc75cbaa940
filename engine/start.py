"""Start trimtab's own processes so that they never run the files of the folder they are started in.

``python -P …/engine/start.py engine.worker --sprint 1`` is how every process of ours begins: ``-P`` keeps the current
folder off the module path, here and in what Python itself starts from here. Nothing is added to the environment, so
that a person's command imports what it would import without trimtab.
"""

import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

OURS = ("engine", "model", "tui", "trimtab")
"""The packages and modules that are trimtab."""

HOME = Path(__file__).resolve().parents[1]
"""The folder that holds them: a source tree, or where an installer put them."""


def own_command(module: str, *, unbuffered: bool = False) -> list[str]:
    """The words that start one of our modules; its arguments follow.

    Args:
        module: Such as ``engine.worker``.
        unbuffered: Write every line at once, for logs that are read while they grow.
    """
    return [sys.executable, "-P", *(["-u"] if unbuffered else []), str(Path(__file__).resolve()), module]


def leave_folder() -> None:
    """Take the current folder off the module path, where ``python -m`` put it, unless trimtab itself lies there."""
    if sys.flags.safe_path or not sys.path:
        return
    first = sys.path[0]
    try:
        here = Path.cwd()
    except OSError:  # the folder was deleted
        return
    if first in ("", str(here)) and here.resolve() != HOME:
        del sys.path[0]


class OwnPackages:
    """Finds our packages where this file lies, whatever stands before them on the module path."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG004
        """The package, or None for anybody else's."""
        return PathFinder.find_spec(name, [str(HOME)]) if name in OURS else None


def main() -> None:
    """Run the module that the first argument names."""
    import runpy

    sys.meta_path.insert(0, OwnPackages)
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
