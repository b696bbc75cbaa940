"""Launchers place workers; they never decide what runs."""
