"""The engine's command line: thin over `engine.api`, readable tables or stable JSON (docs/json.md)."""
