"""The network: pooling, heads and the joint model."""
