"""``dreambridge export``: its options, and what it does."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dreambridge.protocol.errors import DreamError

FAMILIES = ("sd-img2img", "wan-causal", "helios", "world")  # of export/families/table.py, which imports much
CHECKPOINTS = ("vista", "vista-wide")


def export_command(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add it."""
    c = command(
        "export",
        run,
        "Write a checked bundle: of 'vista', of a family of models (docs/models.md), or of a Python file with a step module.",
        "dreambridge export examples/export_step.py --out my-bundle",
        "dreambridge export sd-img2img --model checkpoints/turbo --out bundles/turbo --size 512x512 --dry-run",
    )
    c.add_argument(
        "what", help=f"'vista' (256 x 256), 'vista-wide' (448 x 256), {', '.join(FAMILIES)}, or the path of a Python file"
    )
    c.add_argument("--out", type=Path, metavar="DIR", help="replaced only if an export made it and nothing in it changed")
    c.add_argument("--checkpoint", type=Path, help="vista: weights of the painter network, from `train vista`")
    c.add_argument("--light", type=Path, help="vista: weights of the light level, from `train vista --level light`")
    c.add_argument("--prompts", type=Path, help="vista: weights of the prompt head, from `train prompts`")
    c.add_argument("--json", action="store_true", help="print one JSON object")
    g = c.add_argument_group("families")
    g.add_argument("--model", metavar="DIR_OR_NAME", help="a folder in the layout of diffusers, or owner/model on the hub")
    g.add_argument("--accept-licence", metavar="NAME", help="the licence of the checkpoint, which the command shows")
    g.add_argument("--size", metavar="WxH", help="of a frame in pixels")
    g.add_argument("--steps", type=int, metavar="N", help="steps of denoising for each step of the stream")
    g.add_argument(
        "--chunk", type=int, metavar="N", help="latent frames of a step (wan-causal, helios), frames of a step (world)"
    )
    g.add_argument("--window", type=int, metavar="N", help="latent frames that are attended to (wan-causal)")
    g.add_argument("--sink", type=int, metavar="N", help="latent frames of the beginning that stay in the window (wan-causal)")
    g.add_argument("--dtype", choices=("float32", "float16", "bfloat16"), default="float32", help="of the weights")
    g.add_argument("--sampler", metavar="NAME", help="sd-img2img: turbo (default), lcm or tcd")
    g.add_argument("--strength", type=float, default=0.5, metavar="0-1", help="sd-img2img: how much is painted anew")
    g.add_argument("--lora", type=Path, metavar="FILE", help="a LoRA (*.safetensors), added to the weights")
    g.add_argument("--lora-scale", type=float, default=1.0, metavar="X")
    g.add_argument("--controlnet", metavar="DIR_OR_NAME", help="sd-img2img: a ControlNet; its picture is what --control says")
    g.add_argument(
        "--control", metavar="NAME",
        help="sd-img2img: `picture` (default), a condition; `depth` or `edges` of the game's view; `pose`, a condition",
    )  # fmt: skip
    g.add_argument("--ip-adapter", type=Path, metavar="FILE", help="sd-img2img: an IP-Adapter (*.safetensors): `reference`")
    g.add_argument("--image-encoder", metavar="DIR_OR_NAME", help="sd-img2img: the checkpoint with the adapter's image_encoder")
    g.add_argument(
        "--denoising-batch", action="store_true",
        help="sd-img2img: the steps of several frames in one call: faster on a GPU; a frame comes --steps less 1 frames later",
    )  # fmt: skip
    g.add_argument(
        "--similar", type=float, default=0.0, metavar="0-1",
        help="sd-img2img: show a frame again while the view differs by less than this, such as 0.01, and nothing else changed",
    )  # fmt: skip
    g.add_argument("--view", action="store_true", help="sd-img2img: also paint over the game's own view")
    g.add_argument("--fps", type=float, metavar="N", help="frames a second that the bundle names")
    g.add_argument(
        "--dry-run", action="store_true", help="write nothing: print sizes, memory, operations and expected frame times"
    )
    g.add_argument("--gpu", metavar="NAME", help="--dry-run: this GPU only, such as rtx-4090")


def run(a: argparse.Namespace) -> None:
    from rich.console import Console

    said = Console(stderr=True)
    if a.out is None and not a.dry_run:
        raise DreamError("bad_argument", "--out is missing.", "Name the folder of the new bundle.")
    if not said.is_terminal:
        _run(a, lambda text: None)
        return
    with said.status(f"exporting {a.what} …") as status:
        _run(a, lambda text: status.update(f"{text} …"))


def _run(a: argparse.Namespace, say: Callable[[str], None]) -> None:
    if a.what in CHECKPOINTS:
        from dreambridge.vista.export import HEAD, PAINTER, export_bundle

        _print(a, str(export_bundle(a.out, a.checkpoint or PAINTER, a.prompts or HEAD, a.what, a.light)), {})
        return
    if a.what not in FAMILIES and (Path(a.what).suffix == ".py" or Path(a.what).exists()):
        if a.dry_run:
            raise DreamError("not_supported", "--dry-run is for families.", "Leave it out: a Python file is exported at once.")
        from dreambridge.commands.export import export_file_told

        found = export_file_told(Path(a.what), a.out, say)
    else:
        from dreambridge.export.estimate import estimate
        from dreambridge.export.families.table import family
        from dreambridge.export.write import MADE_BY
        from dreambridge.export.write import export_bundle as export
        from dreambridge.system.made_folders import check_place

        make = family(a.what)
        if a.out:
            check_place(a.out, MADE_BY)
        source = make(_options(a), say)
        if a.dry_run:
            _print_estimate(a, estimate(source, a.gpu).told())
            return
        found = export(source, a.out, say=say)
    _print(a, str(found.folder), found.told())


def _options(a: argparse.Namespace) -> Any:
    from dreambridge.export.families.options import Options, size_of

    if not a.model:
        raise DreamError("bad_argument", f"{a.what} needs --model.", "Give a folder in the layout of diffusers, or owner/model.")
    for name, most in (("steps", 8), ("chunk", 64), ("window", 256), ("sink", 64)):
        value = getattr(a, name)
        if value is not None and not (0 if name == "sink" else 1) <= value <= most:
            raise DreamError("bad_argument", f"--{name} is {value}.", f"Use a number up to {most}.")
    if not 0 < a.strength <= 1:
        raise DreamError("bad_argument", f"--strength is {a.strength:g}.", "Use a number above 0, at most 1.")
    if not 0 <= a.similar < 1:
        raise DreamError("bad_argument", f"--similar is {a.similar:g}.", "Use a small number, such as 0.01; 0 paints each frame.")
    same = (
        "model", "steps", "chunk", "window", "sink", "dtype", "lora", "lora_scale", "controlnet", "sampler", "strength", "fps",
        "view", "control", "ip_adapter", "image_encoder", "denoising_batch", "similar",
    )  # fmt: skip
    size = size_of(a.size) if a.size else None
    return Options(size=size, licence=a.accept_licence, **{n: getattr(a, n) for n in same})


def _print(a: argparse.Namespace, folder: str, told: dict[str, Any]) -> None:
    if a.json:
        print(json.dumps({"bundle": folder} | told))
        return
    if told:
        p = told["parity"]
        print(
            f"{p['steps']} steps compared with PyTorch: frames within {p['frame']} of 255; "
            f"other conditions change them by {p['heard']}"
        )
        if not p["heard"]:
            print("  so this check says nothing about its conditions: it may not hear them")
        for name, off in p["states"].items():
            print(f"  state {name}: {off:.1e} of its spread")
    print(folder)


def _print_estimate(a: argparse.Namespace, told: dict[str, Any]) -> None:
    if a.json:
        print(json.dumps(told))
        return
    for name, size in told["graphs"].items():
        print(f"graph {name}: {size / 2**20:,.1f} MiB of weights")
    print(f"state: {told['state'] / 2**20:,.1f} MiB; memory in all: about {told['memory'] / 2**20:,.0f} MiB")
    print(f"a step: {told['operations'] / 1e9:,.1f} billion operations")
    for gpu, ms in told["frame_ms"].items():
        print(f"  {gpu}: about {ms:,.1f} ms a frame (worked out, not measured)")
