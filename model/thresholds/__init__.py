"""Threshold calibration: pure functions on arrays."""
