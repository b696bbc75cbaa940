"""The joint model as an objective of the engine."""
