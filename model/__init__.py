"""JEREX-L: joint document-level entity and relation extraction with calibrated thresholds."""
