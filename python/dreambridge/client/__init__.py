"""The Python client of a daemon."""
