"""Adds a LoRA's low-rank updates to the weights of a network, so that nothing of it is left at run time."""

import re
from pathlib import Path
from typing import Any

from dreambridge.export.families.checkpoint import read_tensors
from dreambridge.protocol.errors import DreamError

PAIRS = ((".lora_A.weight", ".lora_B.weight"), (".lora.down.weight", ".lora.up.weight"), ("_lora.down.weight", "_lora.up.weight"))
PREFIX = re.compile(r"^(base_model\.model\.|unet\.|transformer\.|diffusion_model\.)+")


def fuse_lora(network: Any, path: Path, scale: float = 1.0) -> int:
    """The number of layers that were changed. DreamError ``bad_argument``: the file, or a layer that does not fit the network."""
    tensors = read_tensors(path, "The LoRA")
    modules, done = dict(network.named_modules()), 0
    for name, down in tensors.items():
        pair = next((p for p in PAIRS if name.endswith(p[0])), None)
        if pair is None:
            continue
        layer = PREFIX.sub("", name[: -len(pair[0])])
        layer = (
            re.sub(r"\.processor\.(to_\w+?)(_out)?$", r".\1", layer)
            .replace(".to_out", ".to_out.0")
            .replace(".to_out.0.0", ".to_out.0")
        )
        up = tensors.get(name[: -len(pair[0])] + pair[1])
        weight = getattr(modules.get(layer), "weight", None)
        if up is None or weight is None:
            lacks = "its other half is missing" if up is None else "the network has no such layer"
            raise DreamError("bad_argument", f"The LoRA's layer {layer!r} does not fit: {lacks}.", "It belongs to another model.")
        alpha = tensors.get(name[: -len(pair[0])] + ".alpha")
        factor = scale * (float(alpha) / down.shape[0] if alpha is not None else 1.0)
        change = (up.float().flatten(1) @ down.float().flatten(1)).reshape(-1)
        if change.numel() != weight.numel():
            said = f"The LoRA's layer {layer!r} has {change.numel()} numbers, the network's {weight.numel()}."
            raise DreamError("bad_argument", said, "It belongs to another model.")
        weight.data += (factor * change.reshape(weight.shape)).to(weight.dtype)
        done += 1
    if not done:
        raise DreamError("bad_argument", f"{path} has no layers of a LoRA.", "Give a LoRA for this network.")
    return done
