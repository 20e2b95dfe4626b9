"""Conformance: a scripted daemon that tests any client, and requests that test any daemon (protocol/PROTOCOL.md, part 6)."""
