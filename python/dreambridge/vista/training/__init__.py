"""Training: frames made by world and painter, the training loop, and the truth that finished frames are measured with.

Imports all other sub-packages; none of them, and not ``export``, imports this one.
"""
