"""Benchmarks that need only the daemon. Each compares its cases side by side in one run, and reports ``goals``.

Each file has ``measure(quick) -> dict``; ``report`` prints the results.
"""
