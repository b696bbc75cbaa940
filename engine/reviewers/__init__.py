"""Automatic reviewers: pure functions (space, trials, findings) → proposals with reasons, one policy a file."""
