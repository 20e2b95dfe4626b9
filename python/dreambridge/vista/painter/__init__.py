"""The painter: the true picture of any planes under any conditions. Imports ``world`` only.

``paint`` puts the picture together from ``sky``, ``land``, ``things`` and ``air``; ``scene`` holds what they share and ``light``
the light of an hour and a weather. ``styles`` are operators on the finished picture, ``slow`` the snow and wetness.
"""
