"""Encoders: loading by name or folder, windows, Longformer."""
