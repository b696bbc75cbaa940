"""Objectives that come with the engine: command templates and synthetic functions."""
