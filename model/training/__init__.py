"""Training: Lightning module, sessions and reporting."""
