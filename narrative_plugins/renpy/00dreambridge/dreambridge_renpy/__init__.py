"""Dreambridge for Ren'Py 8: copy the folder above this one into your project's folder `game` (docs/narrative.md).

Standard library only, for Python 3.9 and newer. ``words``, ``near``, ``statement``, ``pending`` and ``limits`` are generated
from ``python/dreambridge``. ``msgpack``, ``zmtp``, ``ring``, ``connection`` and ``stream`` are a client of the daemon;
``director``, ``preroll`` and ``slot`` carry out a story's directions. None of them knows Ren'Py: ``engine``, ``options``,
``cutscenes``, ``lint`` and ``picture`` do, and ``00dreambridge.rpy`` has the statement. All sources are ASCII: Ren'Py 8.0 cannot
import others.
"""
