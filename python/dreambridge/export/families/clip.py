"""CLIP's texts: 77 tokens, filled up with the tokenizer's own padding."""

from dataclasses import replace
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


def clip_text(c: Checkpoint, part: str = "text_encoder", tokenizer: str = "tokenizer") -> Text:
    """The text encoder of Stable Diffusion: its last layer."""
    return _text(c, c.load(library("transformers").CLIPTextModel, part, attn_implementation="eager"), tokenizer, False, False)


def xl_texts(c: Checkpoint) -> list[Text]:
    """The two text encoders of SDXL: the last layer but one of each, and the pooled text of the second."""
    transformers = library("transformers")
    first = c.load(transformers.CLIPTextModel, "text_encoder", attn_implementation="eager")
    second = c.load(transformers.CLIPTextModelWithProjection, "text_encoder_2", attn_implementation="eager")
    large = _text(c, second, "tokenizer_2", True, True)
    pooled = replace(large, output="pooled", pooled=True, width=int(second.config.projection_dim))
    return [_text(c, first, "tokenizer", True, False), large, pooled]


def _text(c: Checkpoint, model: Any, tokenizer: str, inner: bool, pools: bool) -> Text:
    """``inner`` : the last layer but one, without the last norm. ``pools`` : the graph has the pooled text as well."""
    import torch
    from torch import Tensor, nn

    class Tokens(nn.Module):
        """input_ids int64 [1, 77] -> float32 [1, 77, width], and the pooled text."""

        def __init__(self) -> None:
            super().__init__()
            self.clip = model

        def forward(self, input_ids: Tensor) -> Any:
            made = self.clip(input_ids, output_hidden_states=inner)
            rows = made.hidden_states[-2] if inner else made.last_hidden_state
            return (rows, made.text_embeds) if pools else rows

    words = fast_tokenizer(c.folder / tokenizer)
    length, width = model.config.max_position_embeddings, model.config.hidden_size
    pad = words.pad_token_id if words.pad_token_id is not None else words.eos_token_id
    outputs = ["tokens", "pooled"] if pools else ["tokens"]
    graph = Graph(Tokens().eval(), {"input_ids": torch.full((1, length), int(pad or 0))}, outputs)
    return Text(graph, words.backend_tokenizer.to_str().encode(), length, width, int(pad or 0))
