"""``python -m tui``: the same as ``trimtab``."""

from engine.start import leave_folder

leave_folder()

from tui.entry import main  # noqa: E402 - the current folder must be off the module path before

if __name__ == "__main__":
    main()
