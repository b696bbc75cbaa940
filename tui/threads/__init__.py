"""The threads screen."""
