"""Styled lines, number formats, scales and themes."""
