"""The text encoder of Wan and Helios: UMT5 or T5."""

from dreambridge.export.families.checkpoint import Checkpoint, library
from dreambridge.export.families.clip import fast_tokenizer
from dreambridge.export.source import Graph, Text
from dreambridge.protocol.errors import DreamError

TOKENS = 512


def t5_text(c: Checkpoint) -> Text:
    """UMT5 or T5, with the padding set to zero as the pipelines do."""
    import torch
    from torch import Tensor, nn

    transformers = library("transformers")
    named = (c.config("text_encoder").get("architectures") or ["UMT5EncoderModel"])[0]
    if named not in ("UMT5EncoderModel", "T5EncoderModel"):
        raise DreamError("bad_argument", f"The text encoder of {c.card} is a {named}.", "It must be a UMT5EncoderModel.")
    model = c.load(getattr(transformers, named), "text_encoder", attn_implementation="eager")

    class Tokens(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.t5 = model

        def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
            return self.t5(input_ids, attention_mask=attention_mask).last_hidden_state

    words = fast_tokenizer(c.folder / "tokenizer")
    length = min(TOKENS, int(words.model_max_length or TOKENS))
    mask = (torch.arange(length) < 3).long()[None]
    graph = Graph(Tokens().eval(), {"input_ids": torch.ones(1, length, dtype=torch.int64), "attention_mask": mask}, ["tokens"])
    tokenizer = words.backend_tokenizer.to_str().encode()
    return Text(graph, tokenizer, length, model.config.d_model, int(words.pad_token_id or 0), zero_padding=True)
