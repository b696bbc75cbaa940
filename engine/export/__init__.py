"""Sprints to and from other tools: Optuna studies, CSV, JSON, Parquet."""
