"""Command line of the engine's verbs."""
