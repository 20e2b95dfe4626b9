"""Rules for shipped games: what a daemon may show, given at its start, so that no client can forget or change them.

``document`` reads ``rules.toml``; ``prompts`` and ``events`` apply it to directions, ``flashes`` to the pictures.
"""
