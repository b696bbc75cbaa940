"""Trials: their records, fidelity, budgets and limits."""
