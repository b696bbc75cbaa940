"""Samplers: pure functions from a sprint's rows to the next parameters."""
