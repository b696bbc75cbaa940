"""What can be chosen by name: samplers, pruners, launchers, formats; the ones of trimtab and of installed packages."""
