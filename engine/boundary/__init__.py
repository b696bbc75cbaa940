"""What crosses the program's edge: files written for people, text drawn for them, files only read.

Imports nothing else of the engine. The interface reaches it through `engine.api`, as everything. The model reads and
writes its few files through modules of its own, since engine and model never import each other.
"""
