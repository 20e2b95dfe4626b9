"""Benchmarks: each compares side by side in one run and reports ``goals``. One file each; ``report`` prints them."""

from dreambridge.bench.report import run

__all__ = ["run"]
