"""Sprints to and from other tools."""
