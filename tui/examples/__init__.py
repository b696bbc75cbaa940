"""The examples screen."""
