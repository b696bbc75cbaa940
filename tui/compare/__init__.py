"""The comparison screens."""
