"""The parts of families beside the libraries' own: batches, control pictures, IP-adapters, SDXL's texts, Helios."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

pytest.importorskip("diffusers", reason="the extra `models` is not installed")
pytest.importorskip("transformers", reason="the extra `models` is not installed")

from dreambridge.bundle.palette import PALETTE
from dreambridge.export.families import helios, sd_img2img, tiny
from dreambridge.export.families.checkpoint import library, open_checkpoint
from dreambridge.export.families.clip import xl_texts
from dreambridge.export.families.control_pictures import depth_picture, edges_picture, pose_picture
from dreambridge.export.families.ip_adapter import load_adapter
from dreambridge.export.families.options import Options
from dreambridge.export.families.samplers import Discrete
from dreambridge.export.source import Source
from dreambridge.protocol.errors import DreamError

MAKE: dict[str, Callable[[Path], Path]] = {"sd": tiny.sd, "sdxl": tiny.sdxl, "helios": tiny.helios}
Checkpoints = Callable[[str], Path]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Checkpoints:
    folder = tmp_path_factory.mktemp("checkpoints")

    def get(name: str) -> Path:
        if not (folder / name).exists():
            MAKE[name](folder / name) if name in MAKE else tiny.ip_adapter(folder / name, get("sd") / "unet")
        return folder / name

    return get


def made(family: Any, folder: Path, **options: Any) -> Source:
    return family.source(Options(str(folder), licence=tiny.LICENCE, **options), lambda text: None)


@pytest.mark.parametrize("kind", ["lcm", "tcd", "turbo"])
def test_a_denoising_batch_is_the_same_arithmetic(kind: str) -> None:
    """Frame n comes out two steps later, as if its three calls had been made one after the other."""
    torch.manual_seed(3)
    plan, weights, frames = Discrete({}, kind, 3, 0.8), torch.randn(4, 4) * 0.4, 6

    def network(z: torch.Tensor, t: int) -> torch.Tensor:
        return torch.tanh(torch.einsum("nchw,cd->ndhw", z, weights)) * (1 + t / 1000)

    given, noise = torch.randn(frames, 1, 4, 2, 2), torch.randn(frames + 2, 3, 4, 2, 2)
    waiting, out = torch.zeros(2, 4, 2, 2), []
    for n in range(frames):
        noises = [noise[n, k : k + 1] for k in range(3)]
        entering = plan.begin(given[n], noises[0])
        clean, waiting = plan.run_batch(
            lambda z: torch.cat([network(z[k : k + 1], t) for k, t in enumerate(plan.times)]), entering, waiting, noises[1:]
        )
        out.append(clean)
    for n in range(frames - 2):
        # Its later noises are those of the steps in which it is there.
        alone = plan.run(
            lambda z, k: network(z, plan.times[k]), plan.begin(given[n], noise[n, :1]), [noise[n, 1:2], noise[n + 1, 2:3]]
        )
        assert torch.allclose(out[n + 2], alone, atol=1e-4), n
        assert not torch.allclose(out[n + 1], alone, atol=1e-2)  # the control


def test_control_pictures(tmp_path: Path) -> None:
    label = torch.zeros(1, 8, 16, 4, dtype=torch.uint8)
    sky, near = (torch.tensor(PALETTE[n]["colour"], dtype=torch.uint8) for n in ("sky", "ground"))
    label[..., :3] = sky
    label[:, 4:, :, :3] = near
    metres = torch.zeros(1, 8, 16, 4, dtype=torch.uint8)
    for k, d in enumerate((0.0, 0.1, 0.5, 1.0)):
        code = round(d * 16777215)
        metres[:, :, 4 * k : 4 * k + 4, :3] = torch.tensor([code >> 16, code >> 8 & 255, code & 255], dtype=torch.uint8)
    seen = depth_picture(label, metres, torch.ones(1, 1))
    assert seen.shape == (1, 3, 8, 16) and seen[0, 0, 0, 0] == 1 and seen[0, 0, 0, 15] == 0
    assert abs(float(seen[0, 0, 0, 4]) - 0.45) < 1e-3 and (seen[:, :, 0, ::4].diff() < 0).all(), "it falls with the distance"
    flat = depth_picture(label, metres, torch.zeros(1, 1))
    assert float(flat[0, 0, 0, 0]) == 0 and float(flat[0, 0, 7, 0]) > 0.6, "without depth the palette's counts"
    lines = edges_picture(label)[0, 0]
    assert (lines[3] == 1).all() and lines.sum() == 16, lines
    pose = torch.zeros(1, 2, 17, 3)
    pose[0, 0, 5], pose[0, 0, 7] = torch.tensor([0.5, 0.25, 1.0]), torch.tensor([0.5, 0.75, 1.0])  # left shoulder and elbow
    drawn = (pose_picture(pose, 64, 64)[0] * 255).round()
    assert drawn[:, 32, 32].tolist() == pytest.approx([102, 153, 0], abs=2), "the bone has its colour, darkened"
    assert drawn[:, 16, 32].tolist() == pytest.approx([85, 255, 0], abs=2) and drawn[:, 32, 50].tolist() == [0, 0, 0]
    assert pose_picture(torch.zeros(1, 2, 17, 3), 16, 16).sum() == 0, "no figure, no picture"


def test_sdxl_hears_the_texts_that_its_pipeline_makes(checkpoints: Checkpoints) -> None:
    from dreambridge.bundle.manifest import Resource, TokensPart, TokensSpec
    from dreambridge.conditioning.text import TokensEncoder

    folder = checkpoints("sdxl")
    parts = xl_texts(open_checkpoint(str(folder), tiny.LICENCE))
    assert [t.pooled for t in parts] == [False, False, True] and parts[1].graph is parts[2].graph, "one graph, two outputs"
    assert [n for n, _ in made(sd_img2img, folder, size=(64, 64)).parts("prompt")] == ["text_prompt", *["text_prompt_2"] * 2]

    class Session:
        def __init__(self, graph: Any) -> None:
            self.graph = graph

        def get_inputs(self) -> list[Any]:
            return [type("Input", (), {"name": "input_ids"})]

        def run(self, outputs: Any, feed: dict[str, Any]) -> list[Any]:
            with torch.inference_mode():
                given = self.graph.module(torch.from_numpy(feed["input_ids"]))
            found = dict(zip(self.graph.outputs, given if isinstance(given, tuple) else [given], strict=True))
            return [found[n].numpy() for n in outputs]

    spec = TokensSpec(
        [
            TokensPart("t", Resource(sha256=""), t.pad_to, t.width, t.pad_id, t.output or t.graph.outputs[0], pooled=t.pooled)
            for t in parts
        ],
        "flat",
    )
    encoder = TokensEncoder(spec, [Session(t.graph) for t in parts], [t.tokenizer for t in parts])
    pipe = tiny.pipeline(folder)
    with torch.inference_mode():
        rows, _, pooled, _ = pipe.encode_prompt("snow on a village at night", device="cpu", do_classifier_free_guidance=False)
    wanted = torch.cat([rows[..., :16].reshape(1, -1), rows[..., 16:].reshape(1, -1), pooled], 1).numpy()
    assert np.abs(encoder.encode("snow on a village at night") - wanted).max() < 1e-5


def test_an_ip_adapter_is_that_of_diffusers(checkpoints: Checkpoints, tmp_path: Path) -> None:
    from diffusers import UNet2DConditionModel
    from safetensors.torch import load_file, save_file

    folder, c = checkpoints("ip"), open_checkpoint(str(checkpoints("ip")), tiny.LICENCE)
    unet, theirs = (UNet2DConditionModel.from_pretrained(checkpoints("sd") / "unet").eval() for _ in range(2))
    adapter = load_adapter(unet, c, folder / "ip-adapter.safetensors")
    assert (adapter.side, adapter.count, adapter.width) == (32, 4, 16)
    tensors: dict[str, Any] = {"image_proj": {}, "ip_adapter": {}}
    for name, tensor in load_file(str(folder / "ip-adapter.safetensors")).items():
        part, _, rest = name.partition(".")
        tensors[part][rest] = tensor
    theirs._load_ip_adapter_weights([tensors], low_cpu_mem_usage=False)
    torch.manual_seed(0)
    z, t, prompt, picture = torch.randn(1, 4, 8, 8), torch.tensor([500.0]), torch.randn(1, 12, 16), torch.rand(1, 3, 32, 32)
    module = adapter.encoder.module
    with torch.inference_mode():
        embeds = module.vision((picture - module.mean) / module.std).image_embeds
        tokens = module(picture)

        def ours(strength: float) -> torch.Tensor:
            seen = adapter.seen(tokens, torch.full((1, 1), strength))
            return unet(z, t, encoder_hidden_states=(prompt, [seen]), return_dict=False)[0]

        def library(scale: float) -> torch.Tensor:
            for p in theirs.attn_processors.values():
                if hasattr(p, "scale"):
                    p.scale = [scale]
            return theirs(z, t, prompt, added_cond_kwargs={"image_embeds": [embeds[:, None]]}, return_dict=False)[0]

        for strength in (1.0, 0.4, 0.0):
            assert torch.allclose(ours(strength), library(strength), atol=1e-5), strength
        assert not torch.allclose(ours(1.0), ours(0.0), atol=1e-2)  # the control
    save_file({"x": torch.zeros(1)}, str(tmp_path / "no.safetensors"))
    for path, told in ((tmp_path / "no.safetensors", "has no layers of an IP-Adapter"), (tmp_path / "none", "cannot be read")):
        with pytest.raises(DreamError, match=told):
            load_adapter(unet, c, path)


def test_helios_is_the_librarys_pipeline(checkpoints: Checkpoints, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three chunks of latents and their frames, with the same noise."""
    diffusers: Any = library("diffusers")
    folder = checkpoints("helios")
    source = made(helios, folder, size=(64, 64), steps=2, chunk=2)
    step, step_inputs = source.step.module, source.step.inputs
    parts = {n: getattr(step, n) for n in ("vae",)}
    net = diffusers.HeliosTransformer3DModel.from_pretrained(folder / "transformer").eval()
    scheduler = helios.scheduler_of(open_checkpoint(str(folder), tiny.LICENCE))
    pipe = diffusers.HeliosPyramidPipeline(None, None, parts["vae"], scheduler, net, is_distilled=True)
    pipe.set_progress_bar_config(disable=True)
    torch.manual_seed(2)
    chunks, prompt = 3, torch.randn(1, 8, 16)
    noises = [[torch.randn_like(step_inputs[f"noise{k}"]) for k in range(3)] for _ in range(chunks)]
    drawn = iter(noises)
    now: list[Any] = []

    def prepare(*words: Any, **more: Any) -> torch.Tensor:
        now[:] = next(drawn)
        return now[0]

    def blocks(batch: int, channel: int, frames: int, height: int, width: int, patch: Any, device: Any, generator: Any) -> Any:
        k = 1 if height == 4 else 2
        return step.blocks(now[k], (height, width))

    real = pipe.sample_block_noise
    monkeypatch.setattr(pipe, "prepare_latents", prepare)
    monkeypatch.setattr(pipe, "sample_block_noise", blocks)
    words: dict[str, Any] = {"prompt_embeds": prompt, "height": 64, "width": 64, "num_frames": 5 * chunks, "guidance_scale": 1.0}
    words |= {"num_latent_frames_per_chunk": 2, "pyramid_num_inference_steps_list": [2, 2, 2]}
    with torch.inference_mode():
        wanted = pipe(**words, output_type="latent").frames
        state = [torch.zeros_like(step_inputs[n]) for n in ("state.count", "state.first", "state.history")]
        weight = torch.ones(1, 1)
        for n in range(chunks):
            frame, *state = step(prompt, prompt, weight, *noises[n], *state)
            latents = state[2][:, :, -2:]
            assert torch.allclose(latents, wanted[:, :, 2 * n : 2 * n + 2], atol=1e-3), n
        assert torch.allclose(state[1], wanted[:, :, :1], atol=1e-3) and int(state[0]) == chunks
        mean = torch.tensor(parts["vae"].config.latents_mean).reshape(1, -1, 1, 1, 1)
        std = torch.tensor(parts["vae"].config.latents_std).reshape(1, -1, 1, 1, 1)
        shown = parts["vae"].decode(latents * std + mean, return_dict=False)[0][0].transpose(0, 1)
        assert frame.shape == (5, 64, 64, 4)
        off = (frame[..., :3].permute(0, 3, 1, 2).float() - ((shown * 0.5 + 0.5) * 255)).abs().max()
        assert off <= 0.51
    # The noise of the blocks has the covariance of the library's, which needs more than float32 for one of its eigenvalues.
    exact = torch.linalg.cholesky
    monkeypatch.setattr(torch.linalg, "cholesky", lambda c: exact(c.double() + 1e-7 * torch.eye(4)).float())
    generator = torch.Generator().manual_seed(1)
    theirs = real(1, 64, 8, 8, 8, (1, 2, 2), "cpu", generator).reshape(64, 8, 4, 2, 4, 2).permute(0, 1, 2, 4, 3, 5).reshape(-1, 4)
    ours = torch.randn(8192, 4, generator=generator) @ step.spread
    assert (torch.cov(theirs.T) - torch.cov(ours.T)).abs().max() < 0.1 and torch.cov(ours.T)[0, 1] < -0.2


def test_helios_that_is_not_distilled_is_refused(checkpoints: Checkpoints, tmp_path: Path) -> None:
    import json
    import shutil

    folder = shutil.copytree(checkpoints("helios"), tmp_path / "base")
    path = folder / "scheduler" / "scheduler_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"_class_name": "HeliosScheduler"}))
    with pytest.raises(DreamError, match="HeliosScheduler: it is not distilled") as e:
        made(helios, folder)
    assert e.value.code == "not_supported"
