"""Diagnostics: pure functions of (space, trials) that return findings, one a file."""

from engine.diagnostics.registry import diagnose as diagnose
