"""Pruners: pure functions from epoch reports to a verdict with its reason."""
