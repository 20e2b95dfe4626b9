"""From PyTorch modules to a checked bundle: graphs, texts, and 50 steps beside PyTorch.

``export_bundle`` takes a ``Source``: the schema (bundle.json without graphs), the step's module with example inputs, and what
else the bundle needs. ``families`` have sources for published kinds of models. Nothing here is part of a daemon.
"""

from dreambridge.export.source import Graph, Source, Text
from dreambridge.export.write import Exported, export_bundle

__all__ = ["Exported", "Graph", "Source", "Text", "export_bundle"]
