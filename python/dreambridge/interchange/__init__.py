"""Cutscenes from and to the files of other programs: OpenTimelineIO, Scope's prompt timeline, CSV tables of keys.

The ``*.dream.json`` stays the master. What another format cannot hold is named in ``notes``, never dropped silently.
"""
