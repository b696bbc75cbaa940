"""The form of a new thread."""
