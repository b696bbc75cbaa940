"""Statistics shared by diagnostics and reviewers: tail probabilities and a regression forest."""
