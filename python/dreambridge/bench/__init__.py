"""Benchmarks that need only the daemon: each compares side by side in one run and reports ``goals``.

One file each, with ``measure(quick) -> dict``; ``report`` prints them.
"""
