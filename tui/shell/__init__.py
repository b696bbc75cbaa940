"""What every screen shares: data loading, polling, keys, state."""
