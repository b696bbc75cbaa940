"""The verbs of the command line, one module a group; model/cli.py mounts them."""
