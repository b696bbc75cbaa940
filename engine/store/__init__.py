"""The SQLModel store: tables, queries, claims and migrations; the only truth."""
