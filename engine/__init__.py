"""The sprint engine: spaces, samplers, store, workers; knows an objective only by name."""
