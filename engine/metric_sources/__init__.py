"""Metric sources: where a command's scores are read from; one module a source, by name in `registry`."""
