# Generated from python/dreambridge/protocol/conditions.py by devtools/generate.py.
"""What clients know of the kinds of conditions."""

MOMENTARY = ("event", "delta")
"""Kinds of conditions that are over by themselves: neither a cut nor a stream that is opened again directs them."""
