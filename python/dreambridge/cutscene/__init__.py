"""Cutscenes as documents (``*.dream.json``, protocol/CUTSCENE.md): read, checked, and played at a stream time.

Nothing here knows a clock, a socket or a model: ``document`` reads, ``checks`` finds all problems at once, ``lanes`` gives
values at a time, ``player`` walks from shot to shot.
"""
