"""From word states to predictions."""
