"""Widgets that draw by lines and repaint only what changed."""
