"""CLIP's texts: 77 tokens, filled up with the tokenizer's own padding, and the last layer but `skip`."""

from pathlib import Path
from typing import Any

from dreambridge.export.families.checkpoint import Checkpoint, library
from dreambridge.export.source import Graph, Text
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.text import error_line


def fast_tokenizer(folder: Path) -> Any:
    """A tokenizer of transformers, whose ``backend_tokenizer`` is a ``tokenizer.json``. DreamError ``bad_argument``."""
    try:
        found = library("transformers").AutoTokenizer.from_pretrained(folder, local_files_only=True)
        if getattr(found, "backend_tokenizer", None) is None:
            raise ValueError("it has no fast version")
    except DreamError:
        raise
    except Exception as e:  # the library raises any exception
        said = f"The tokenizer in {folder} cannot be read: {error_line(e)}"
        raise DreamError("bad_argument", said, "Add its tokenizer.json.") from e
    return found


def clip_text(checkpoint: Checkpoint, part: str = "text_encoder", tokenizer: str = "tokenizer") -> Text:
    """The text encoder of Stable Diffusion."""
    import torch
    from torch import Tensor, nn

    model = checkpoint.load(library("transformers").CLIPTextModel, part, attn_implementation="eager")

    class Tokens(nn.Module):
        """input_ids int64 [1, 77] -> float32 [1, 77, width]."""

        def __init__(self) -> None:
            super().__init__()
            self.clip = model

        def forward(self, input_ids: Tensor) -> Tensor:
            return self.clip(input_ids).last_hidden_state

    words = fast_tokenizer(checkpoint.folder / tokenizer)
    length, width = model.config.max_position_embeddings, model.config.hidden_size
    pad = words.pad_token_id if words.pad_token_id is not None else words.eos_token_id
    graph = Graph(Tokens().eval(), {"input_ids": torch.full((1, length), int(pad or 0))}, ["tokens"])
    return Text(graph, words.backend_tokenizer.to_str().encode(), length, width, int(pad or 0))
