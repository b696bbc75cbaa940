"""Diagnostics: pure functions of (space, trials) that return findings, one a file."""
