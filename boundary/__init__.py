"""What crosses the program's edge, for all packages: files written for people, text drawn for them, files only read.

Imports nothing of `engine`, `model` or `tui`, and beside rich nothing from outside the standard library, so that each
of the three may use it without knowing the others.
"""
