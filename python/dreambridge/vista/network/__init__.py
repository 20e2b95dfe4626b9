"""The network: the painter network, and the step graph that merges conditions, lays out planes, paints and styles.

Imports ``world``, ``painter`` and ``prompt``.
"""
