"""The worker: one process a slot, all alike; it claims or suggests trials and trains them."""
