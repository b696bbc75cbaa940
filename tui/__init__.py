"""The keyboard-driven interface; reaches the engine only through engine.api."""
