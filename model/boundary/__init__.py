"""What crosses the program's edge: files written for people, text drawn for them.

A twin of those modules of `engine.boundary` that the model needs, for engine and model never import each other.
`tests/architecture/test_twins.py` holds them equal to the letter: change the engine's, then run it as a script.
"""
