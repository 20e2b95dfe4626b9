"""IP-Adapter: a picture as a prompt. Its image encoder runs once for each picture, and its attention layers in each step."""

from pathlib import Path
from typing import Any

from dreambridge.export.families.checkpoint import Checkpoint, library, read_tensors
from dreambridge.export.source import Graph
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.text import error_line

MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)  # CLIP's


class Adapter:
    """The adapter of a network.

    Parameters
    ----------
    encoder : the graph from the picture, float32 [1, 3, side, side] in 0-1, to ``tokens`` float32 [1, count * width]
    side : of the picture
    count, width : of the tokens
    """

    def __init__(self, encoder: Graph, side: int, count: int, width: int) -> None:
        self.encoder, self.side, self.count, self.width = encoder, side, count, width

    def seen(self, tokens: Any, strength: Any) -> Any:
        """What the attention layers take: [1, count, width + 1] of ``tokens`` [1, count * width] and ``strength`` [1, 1]."""
        import torch

        rows = tokens.reshape(1, self.count, self.width)
        return torch.cat([rows, strength.reshape(1, 1, 1).expand(1, self.count, 1)], 2)


def load_adapter(unet: Any, image_encoder: Checkpoint, path: Path) -> Adapter:
    """Put the adapter of a ``*.safetensors`` file into a network, and load its image encoder from ``image_encoder``.

    DreamError ``bad_argument``: the file, another network's layers, or a kind that has no picture encoder (FaceID).
    """
    import torch
    from torch import Tensor, nn

    tensors = _read(path)
    vision = image_encoder.load(
        library("transformers").CLIPVisionModelWithProjection, "image_encoder", attn_implementation="eager"
    )
    dtype = unet.dtype
    try:
        unet._load_ip_adapter_weights([tensors], low_cpu_mem_usage=False)
    except Exception as e:  # the library raises any exception for weights that do not fit
        said = f"The IP-Adapter {path} does not fit this network: {error_line(e, 200)}"
        raise DreamError("bad_argument", said, "It belongs to another model.") from e
    projection = unet.encoder_hid_proj.image_projection_layers[0]
    unet.encoder_hid_proj = None  # it is part of the encoder's graph
    unet.to(dtype)
    kind = type(projection).__name__
    plus = kind in ("IPAdapterPlusImageProjection", "IPAdapterFullImageProjection")  # they see the last layer but one
    if not plus and kind != "ImageProjection":
        said = f"The IP-Adapter {path} is of a kind that is not supported: {kind}."
        raise DreamError("not_supported", said, "Use an IP-Adapter, IP-Adapter Plus, or IP-Adapter Full.")
    projection = projection.float().eval().requires_grad_(False)

    class Keys(nn.Module):
        """Of tokens whose last number is the strength."""

        def __init__(self, layer: Any) -> None:
            super().__init__()
            self.layer = layer

        def forward(self, tokens: Tensor) -> Tensor:
            made: Tensor = self.layer(tokens[..., :-1])
            return made

    class Values(Keys):
        """What is attended to is in proportion to the values, and so to the strength."""

        def forward(self, tokens: Tensor) -> Tensor:
            return super().forward(tokens) * tokens[..., -1:]

    for processor in unet.attn_processors.values():
        if hasattr(processor, "to_k_ip"):
            processor.to_k_ip = nn.ModuleList(Keys(layer) for layer in processor.to_k_ip)
            processor.to_v_ip = nn.ModuleList(Values(layer) for layer in processor.to_v_ip)
    side = int(vision.config.image_size)

    class Encoder(nn.Module):
        """The picture -> its tokens, flat."""

        mean: Tensor
        std: Tensor

        def __init__(self) -> None:
            super().__init__()
            self.vision, self.projection = vision, projection
            self.register_buffer("mean", torch.tensor(MEAN).reshape(1, 3, 1, 1))
            self.register_buffer("std", torch.tensor(STD).reshape(1, 3, 1, 1))

        def forward(self, picture: Tensor) -> Tensor:
            made = self.vision((picture - self.mean) / self.std, output_hidden_states=plus)
            seen = made.hidden_states[-2] if plus else made.image_embeds
            return self.projection(seen).flatten(1)

    module = Encoder().eval()
    with torch.no_grad():
        size = module(torch.zeros(1, 3, side, side)).shape[1]
    width = int(unet.config.cross_attention_dim)
    return Adapter(Graph(module, {"picture": torch.rand(1, 3, side, side)}, ["tokens"]), side, size // width, width)


def _read(path: Path) -> dict[str, Any]:
    tensors = read_tensors(path, "The IP-Adapter")
    found: dict[str, Any] = {"image_proj": {}, "ip_adapter": {}}
    for name, tensor in tensors.items():
        part, _, rest = name.partition(".")
        if part in found and rest:
            found[part][rest] = tensor
    if not all(found.values()):
        said = f"{path} has no layers of an IP-Adapter."
        raise DreamError("bad_argument", said, "Give a *.safetensors file with image_proj.* and ip_adapter.*.")
    return found
