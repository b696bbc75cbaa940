"""Strict scoring of predictions against gold documents."""
