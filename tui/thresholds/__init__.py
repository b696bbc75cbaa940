"""The thresholds screen."""
