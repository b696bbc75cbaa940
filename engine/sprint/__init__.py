"""Sprints: plans, stages, labels, priming, costs and thread files."""
