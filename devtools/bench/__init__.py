"""Benchmarks that need a game engine or a compiler, and so a checkout: ``python3 dev.py bench NAME``.

Those that need only the daemon are in ``dreambridge.bench``; ``python3 dev.py bench`` runs them too.
"""
