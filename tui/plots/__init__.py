"""Plots as text: pure functions from numbers to styled lines, tested without an application."""
