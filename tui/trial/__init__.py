"""The trial screen."""
