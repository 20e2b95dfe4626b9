"""Condition kinds, the transition timeline and the text encoder. Knows nothing of sockets, rings or landscapes."""
