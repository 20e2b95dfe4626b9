"""Wan as a causal stream (the scheme of self-forcing): a few latent frames a step, a rolling cache, causal decoding.

The checkpoint must have been made causal (distilled by self-forcing or alike): the weights of ordinary Wan run, and look bad.
"""

from typing import Any

from dreambridge.export.families.checkpoint import Checkpoint, Say, library, open_checkpoint
from dreambridge.export.families.lora import fuse_lora
from dreambridge.export.families.options import Options, check_multiple
from dreambridge.export.families.pictures import frames
from dreambridge.export.families.samplers import Flow
from dreambridge.export.families.t5 import t5_text
from dreambridge.export.source import Graph, Source, Text
from dreambridge.protocol.errors import DreamError

SHIFT = 5.0


def source(o: Options, say: Say) -> Source:
    """The bundle of a checkpoint with transformer, vae, text_encoder and tokenizer. DreamError ``bad_argument``."""
    checkpoint = open_checkpoint(o.model, o.licence, say)
    if o.controlnet or o.view:
        raise DreamError("not_supported", "wan-causal takes no ControlNet and no view.", "Leave out --controlnet and --view.")
    say("loading the checkpoint")
    diffusers = library("diffusers")
    wan = checkpoint.load(diffusers.WanTransformer3DModel, "transformer", o.dtype)
    if o.lora:
        fuse_lora(wan, o.lora, o.lora_scale)
    return build(o, checkpoint, wan, checkpoint.load(diffusers.AutoencoderKLWan, "vae", o.dtype), t5_text(checkpoint))


def build(o: Options, c: Checkpoint, wan: Any, vae: Any, text: Text) -> Source:
    """The source of loaded networks."""
    import torch
    from torch import Tensor, nn

    from dreambridge.export.families.wan_attention import Rolling, Window
    from dreambridge.export.families.wan_vae import Decoder

    dtype = getattr(torch, o.dtype)
    width, height = o.size or (832, 480)
    chunk, steps = o.chunk or 3, o.steps or 4
    sink = chunk if o.sink is None else o.sink
    window = o.window or 21
    patch = wan.config.patch_size
    down = 2 ** (len(vae.config.dim_mult) - 1) * (vae.config.patch_size or 1 if hasattr(vae.config, "patch_size") else 1)
    for what, value in (("The width", width), ("The height", height)):
        check_multiple(what, value, down * patch[1])
    if patch[0] != 1:
        raise DreamError("not_supported", f"{c.card} joins {patch[0]} latent frames to one token.", "See docs/models.md.")
    check_multiple("The window", window, chunk)
    if sink:
        check_multiple("The sink", sink, chunk)
    if window - sink < 2 * chunk:
        raise DreamError("bad_argument", f"A window of {window} with {sink} sink frames has no room for two chunks of {chunk}.",
                         "Use a larger --window.")  # fmt: skip
    lat, channels = (height // down, width // down), wan.config.in_channels
    tokens = (lat[0] // patch[1]) * (lat[1] // patch[2])
    layers, inner = len(wan.blocks), wan.config.num_attention_heads * wan.config.attention_head_dim
    flow, decoder = Flow(steps, SHIFT), Decoder(vae, lat, dtype)
    with torch.no_grad():
        cos, sin = (t.float() for t in wan.rope(torch.zeros(1, channels, window, *lat)))
    places = Window(window, chunk, sink, tokens, cos, sin)
    rolling = [Rolling() for _ in range(layers)]
    for block, processor in zip(wan.blocks, rolling, strict=True):
        block.attn1.processor = processor

    class Step(nn.Module):
        """prompt, noise, count, keys and values of each layer, caches of the decoder -> frames and the same states."""

        times: Tensor

        def __init__(self) -> None:
            super().__init__()
            self.wan, self.vae, self.places = wan, vae, places
            self.register_buffer("times", torch.tensor([[t] for t in (*flow.times, 0.0)]))

        def forward(self, start: Tensor, goal: Tensor, weight: Tensor, noise: Tensor, count: Tensor, *states: Tensor) -> Any:
            prompt = (start + (goal - start) * weight).to(dtype)
            now = self.places.at(count)
            past = list(zip(states[0 : 2 * layers : 2], states[1 : 2 * layers : 2], strict=True))

            def network(z: Tensor, k: int) -> Tensor:
                for processor, pair in zip(rolling, past, strict=True):
                    processor.past, processor.now = pair, now
                return self.wan(z, self.times[k], prompt, return_dict=False)[0]

            clean = flow.run(network, [noise[i : i + 1].to(dtype) for i in range(steps)])
            network(clean, steps)  # once more, without noise, for the cache
            kept = [t for processor in rolling for t in processor.kept]
            pictures, caches = decoder(clean, list(states[2 * layers :]))
            return (frames(pictures.permute(1, 0, 2, 3)), count + chunk, *kept, *caches)

    rows, shape = window * tokens, [1, text.pad_to, text.width]
    state: dict[str, Any] = {"count": {"input": "state.count", "output": "next.count", "dtype": "int64", "shape": [1]}}
    inputs: dict[str, Any] = {
        "cond.prompt.start": torch.randn(shape),
        "cond.prompt": torch.randn(shape),
        "cond.prompt.weight": torch.full((1, 1), 0.5),
        "noise": torch.randn(steps, channels, chunk, *lat),
        "state.count": torch.full((1,), window + chunk - sink, dtype=torch.int64),
    }
    for n in range(layers):
        for kind in ("keys", "values"):
            name = f"{kind}{n}"
            inputs[f"state.{name}"] = torch.randn(1, rows, inner).to(dtype)
            state[name] = {"input": f"state.{name}", "output": f"next.{name}", "dtype": o.dtype, "shape": [1, rows, inner]}
            state[name]["in_place"] = True
    for i, primed in zip(decoder.places, decoder.primed, strict=True):
        inputs[f"state.vae{i}"] = primed.clone()
        initial = primed.float().numpy()
        state[f"vae{i}"] = {
            "input": f"state.vae{i}", "output": f"next.vae{i}", "dtype": o.dtype, "shape": list(primed.shape), "initial": initial,
        }  # fmt: skip
    schema = {
        **c.origin,
        "description": f"{c.card} as a causal stream: {chunk} latent frames a step of {window}, {steps} steps of denoising.",
        "frame": {"width": width, "height": height, "fps": o.fps or 16, "per_step": chunk * decoder.per_latent},
        "step": {
            "frame": "frame",
            "noise": [{"input": "noise", "shape": [steps, channels, chunk, *lat]}],
            "state": state,
            "conditions": {"prompt": {"input": "cond.prompt", "start": "cond.prompt.start", "weight": "cond.prompt.weight"}},
        },
        "conditions": {"prompt": {"kind": "text", "max_chars": 2000, "over": 1.0, "description": "What happens."}},
    }
    outputs = ["frame", *(s["output"] for s in state.values())]
    return Source(schema, Graph(Step().eval(), inputs, outputs), texts={"prompt": text}, dtype=o.dtype)
