"""The world: from conditions to planes (what is where, how far, how it is shaped).

``names`` holds the dimensions and their names. ``stage`` makes the planes of the built-in world out of ``land``, ``plants``,
``figure``, ``moments`` and ``air``; ``grey`` makes the same planes of a game's own view. ``shapes``, ``phases``, ``rows`` and
``branch`` are the operators that both are made of, chosen for their speed in ONNX Runtime. Imports no other part of Vista.
"""
