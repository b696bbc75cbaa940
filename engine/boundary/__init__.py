"""What crosses the program's edge, for all packages: files written for people, text drawn for them, files only read.

Imports nothing of `engine`, `model` or `tui`, and beside rich and PyYAML nothing from outside the standard library, so
that each of the three may use it without knowing the others. A reader (`boundary.input`, `yaml_text`, `json_text`,
`table`, `archive`) takes a ``refusal``, the exception of who reads, and raises nothing else: it names the file, the
line and what was expected.
"""
