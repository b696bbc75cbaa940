"""Reviewing a sprint: findings, trimming, histograms, and agreement across stages."""
