"""Condition kinds, the transition timeline and the text encoder. This package does not know sockets, rings or landscapes."""
