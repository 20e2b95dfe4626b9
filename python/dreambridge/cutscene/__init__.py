"""Cutscenes as documents (``*.dream.json``, protocol/CUTSCENE.md): read, checked, and played at a stream time.

This package does not use a clock, a socket or a model: ``document`` reads, ``checks`` finds all problems at once, ``lanes`` gives
values at a time, ``player`` moves from shot to shot.
"""
