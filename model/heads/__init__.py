"""The task heads of JEREX-L, one a file."""
