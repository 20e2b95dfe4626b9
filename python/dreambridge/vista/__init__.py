"""Vista, the default model: a procedural stage, the painter that gives its truth, and the network that learns to paint.

Needs the extra ``train`` (torch). The daemon never imports this package: it runs the exported bundle only.
"""
