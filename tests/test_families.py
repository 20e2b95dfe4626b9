"""`dreambridge export` of real families: tiny random checkpoints of the very same classes, by one command each."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
import pytest
import torch

pytest.importorskip("diffusers", reason="the extra `models` is not installed")
pytest.importorskip("transformers", reason="the extra `models` is not installed")

from dreambridge.bundle.load import load_bundle
from dreambridge.commands import cli
from dreambridge.export.families import tiny as tiny_models
from dreambridge.export.families.checkpoint import open_checkpoint
from dreambridge.export.families.lora import fuse_lora
from dreambridge.export.families.samplers import Discrete, Flow
from dreambridge.export.families.wan_attention import Window
from dreambridge.protocol.errors import DreamError

ACCEPTED = ("--accept-licence", tiny_models.LICENCE)
WORDS: dict[str, tuple[str, ...]] = {
    "sd-img2img": ("--size", "64x64", "--steps", "2", "--sampler", "lcm"),
    "sd-half": ("--size", "64x64", "--dtype", "float16"),
    "sdxl": ("--size", "64x64"),
    "wan-causal": ("--size", "32x32", "--steps", "2", "--chunk", "1", "--window", "4", "--sink", "1"),
    "helios": ("--size", "64x64", "--steps", "1", "--chunk", "2"),
    "world": (),
}
FAMILY = {"sd-half": "sd-img2img", "sdxl": "sd-img2img"}
MAKE: dict[str, Callable[[Path], Path]] = {
    "sd-img2img": tiny_models.sd,
    "sd-half": tiny_models.sd,
    "sdxl": tiny_models.sdxl,
    "wan-causal": tiny_models.wan,
    "helios": tiny_models.helios,
    "world": tiny_models.world,
}
Checkpoints = Callable[[str], Path]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Checkpoints:
    folder, made = tmp_path_factory.mktemp("checkpoints"), {}

    def get(family: str) -> Path:
        if family not in made:
            made[family] = MAKE[family](folder / family)
        return made[family]

    return get


def export(family: str, model: Path, out: Path | None, *words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, Any, str]:
    """Exit code, the JSON of standard output, and what was said."""
    place = ("--out", str(out)) if out else ()
    code = cli.main(["export", FAMILY.get(family, family), "--model", str(model), *place, "--json", *words])
    said = capsys.readouterr()
    return code, json.loads(said.out) if said.out.startswith("{") else None, said.err


@pytest.mark.parametrize("family", WORDS)
@pytest.mark.timeout(600)
def test_one_command_makes_a_bundle_that_plays(
    family: str, checkpoints: Checkpoints, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """50 steps beside PyTorch with a change half-way: frames within 1 of 255, states too; then a daemon plays and obeys it."""
    out = tmp_path / "bundles" / "tiny"
    code, told, said = export(family, checkpoints(family), out, *ACCEPTED, *WORDS[family], capsys=capsys)
    assert code == 0, said
    most, apart = (2, 5e-2) if "float16" in WORDS[family] else (1, 2e-3)
    assert told["parity"]["steps"] == 50 and told["parity"]["frame"] <= most and told["parity"]["heard"] > 8
    assert told["parity"]["moves"] > 0 and all(off < apart for off in told["parity"]["states"].values())
    m = load_bundle(out).manifest
    assert m.licences and m.licences.weights == tiny_models.LICENCE and m.model_card == checkpoints(family).name
    assert (out / "bundle.json").stat().st_size < 20_000
    monkeypatch.setenv("DREAMBRIDGE_BUNDLES", str(out.parent))
    with dreambridge.start() as d:
        s = d.open("tiny", seed=7, paused=True, threads=1)
        before = s.step(3)[-1].pixels
        values: dict[str, Any] = (
            {"keys": [1, 0, 0, 1], "mouse": [3.0, -3.0]} if family == "world" else {"prompt": "snow at night"}
        )
        s.direct(over=0.0, **values)
        after = s.step(3)[-1].pixels
        s.cut(**{n: None for n in values})
        again = s.step(3)[-1].pixels
        assert before.shape == (m.frame.height, m.frame.width, 4) and before[..., :3].std() > 1
        assert np.abs(after.astype(int) - before).max() > 3 and again.shape == before.shape


@pytest.mark.timeout(600)
@pytest.mark.parametrize("similar", [False, True])
def test_a_game_directs_the_whole_of_stable_diffusion(
    similar: bool, checkpoints: Checkpoints, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A denoising batch over the game's view: with the similarity filter, or a ControlNet of its depth and an IP-adapter."""
    sd, out = checkpoints("sd-img2img"), tmp_path / "bundles" / "tiny"
    words = ["--size", "64x64", "--steps", "2", "--denoising-batch", "--view"]
    if similar:
        words += ["--similar", "0.01"]
    else:
        ip = tiny_models.ip_adapter(tmp_path / "ip", sd / "unet")
        words += ["--controlnet", str(sd / "control"), "--control", "depth"]
        words += ["--ip-adapter", str(ip / "ip-adapter.safetensors"), "--image-encoder", str(ip)]
    code, told, said = export("sd-img2img", sd, out, *ACCEPTED, *words, capsys=capsys)
    assert code == 0, said
    assert told["parity"]["frame"] <= 1 and told["parity"]["heard"] > 4 and "waiting" in told["parity"]["states"]
    monkeypatch.setenv("DREAMBRIDGE_BUNDLES", str(out.parent))

    def off(a: Any, b: Any) -> int:
        return int(np.abs(a.astype(int) - b).max())

    label, depth = np.full((64, 64, 3), (200, 190, 180), np.uint8), np.full((64, 64), 0.3, np.float32)
    label[:24] = 112, 176, 255
    with dreambridge.start() as d:
        s, other = (d.open("tiny", seed=7, paused=True, threads=1) for _ in range(2))
        if similar:
            s.view(label)
            first = s.step(4)[-1].pixels
            again = [f.pixels for f in s.step(3)]
            assert not any(off(a, first) for a in again), "the view is the same: the frame is shown again, though noise is fresh"
            s.direct(over=0.0, prompt="snow at night")
            assert off(s.step(2)[-1].pixels, first), "a direction is heard while the view stands"
            still = s.step(2)[-1].pixels
            assert not off(s.step(1)[-1].pixels, still)
            label[40:] = 0, 60, 220
            s.view(label)
            assert off(s.step(2)[-1].pixels, still), "so is another view"
        else:
            s.view(label, depth)
            other.view(label, depth * 0.1)
            # Seeds, noise and labels are the same.
            assert off(s.step(3)[-1].pixels, other.step(3)[-1].pixels), "the depth is heard"
            other.view(label, depth)
            s.cut(), other.cut(reference={"width": 2, "height": 2, "rgb": bytes(range(0, 240, 20))})
            assert off(s.step(3)[-1].pixels, other.step(3)[-1].pixels), "the reference is heard"


def test_clip_texts_are_padded_as_transformers_does(checkpoints: Checkpoints, tmp_path: Path) -> None:
    """The bundle's embedding of a prompt is that of the library's own tokenizer and model."""
    from dreambridge.bundle.manifest import Resource, TokensPart, TokensSpec
    from dreambridge.conditioning.text import TokensEncoder
    from dreambridge.export.families.clip import clip_text, fast_tokenizer
    from transformers import CLIPTextModel

    folder = checkpoints("sd-img2img")
    c = open_checkpoint(str(folder), tiny_models.LICENCE)
    text = clip_text(c)
    words, model = fast_tokenizer(folder / "tokenizer"), CLIPTextModel.from_pretrained(folder / "text_encoder").eval()

    class Session:
        """The module in place of its graph, which ``test_one_command`` compares with it."""

        def get_inputs(self) -> list[Any]:
            return [type("Input", (), {"name": "input_ids"})]

        def run(self, outputs: Any, feed: dict[str, Any], options: Any = None) -> list[Any]:
            with torch.inference_mode():
                return [text.graph.module(torch.from_numpy(feed["input_ids"])).numpy()]

    part = TokensPart("text", Resource(sha256=""), text.pad_to, text.width, text.pad_id)
    encoder = TokensEncoder(TokensSpec([part]), [Session()], [text.tokenizer])
    for prompt in (
        "a storm at night",
        "snow",
        "a calm meadow in spring over the coast and much more snow on a village at night again",
    ):
        ids = words(prompt, padding="max_length", truncation=True, max_length=text.pad_to, return_tensors="pt").input_ids
        with torch.inference_mode():
            wanted = model(ids).last_hidden_state.numpy()
        assert np.abs(encoder.encode(prompt) - wanted).max() < 1e-5, prompt


def test_samplers_are_those_of_diffusers() -> None:
    """LCM and flow matching against the library's schedulers, with the same noise."""
    from diffusers import FlowMatchEulerDiscreteScheduler, LCMScheduler

    torch.manual_seed(5)
    weights = torch.randn(8, 8) * 0.3

    def network(z: torch.Tensor, k: int) -> torch.Tensor:
        return torch.tanh(z @ weights)

    config = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000}
    for prediction in ("epsilon", "v_prediction", "sample"):
        plan = Discrete(config | {"prediction_type": prediction}, "lcm", 3, 1.0)
        library = LCMScheduler(**config, prediction_type=prediction, clip_sample=False, set_alpha_to_one=True)
        library.set_timesteps(timesteps=plan.times)
        z, noises = torch.randn(1, 8), [torch.randn(1, 8) for _ in range(2)]
        wanted = z
        for k, t in enumerate(plan.times):
            a = library.alphas_cumprod[t]
            step = library.step(network(wanted, k), t, wanted, return_dict=True)
            clean = step.denoised
            if k + 1 < len(plan.times):
                b = library.alphas_cumprod[plan.times[k + 1]]
                wanted = b.sqrt() * clean + (1 - b).sqrt() * noises[k]
            assert 0 < a < 1
        assert torch.allclose(plan.run(network, z, noises), clean, atol=2e-4), prediction
    flow = Flow(4, 5.0)
    scheduler = FlowMatchEulerDiscreteScheduler(shift=5.0)
    scheduler.set_timesteps(sigmas=[1.0, 0.75, 0.5, 0.25])
    assert np.allclose(flow.times, scheduler.timesteps.numpy(), atol=0.1)


def test_the_window_of_a_cache_turns(tmp_path: Path) -> None:
    """Against a list of frames: which are seen, at which places, and where the next one is written."""
    frames, chunk, sink, tokens = 6, 2, 2, 3
    angle = torch.arange(frames * tokens, dtype=torch.float32).reshape(1, -1, 1, 1)
    window = Window(frames, chunk, sink, tokens, angle, angle)
    slots: list[int | None] = [None] * frames  # which frame lies in each
    for count in range(0, 20, chunk):
        now = window.at(torch.tensor([count]))
        rows = now["rows"].reshape(chunk, tokens)
        written = [int(r) // tokens for r in rows[:, 0]]
        assert rows.tolist() == [[s * tokens + i for i in range(tokens)] for s in written]
        for k, s in enumerate(written):
            slots[s] = count + k
        seen = now["allowed"][0, 0, 0].reshape(frames, tokens)[:, 0].tolist()
        assert seen == [s is not None for s in slots]
        newest = sorted(f for f in slots if f is not None)
        assert newest == sorted(
            set(range(sink)) & set(newest) | set(range(max(0, count + chunk - (frames - sink)), count + chunk)) & set(newest)
        )
        places = (now["keys"][0].reshape(frames, tokens)[:, 0] / tokens).tolist()
        for s, f in enumerate(slots):
            if f is not None:
                assert places[s] == newest.index(f)
        assert (now["queries"][0].reshape(chunk, tokens)[:, 0] / tokens).tolist() == [
            newest.index(count + k) for k in range(chunk)
        ]


def test_a_lora_is_added_to_the_weights(checkpoints: Checkpoints, tmp_path: Path) -> None:
    from diffusers import UNet2DConditionModel
    from safetensors.torch import save_file

    unet = UNet2DConditionModel.from_pretrained(checkpoints("sd-img2img") / "unet")
    layer = next(n for n, _ in unet.named_modules() if n.endswith("attn2.to_q"))
    weight = unet.get_submodule(layer).weight
    before, down, up = weight.detach().clone(), torch.randn(2, weight.shape[1]), torch.randn(weight.shape[0], 2)
    save_file({f"unet.{layer}.lora_A.weight": down, f"unet.{layer}.lora_B.weight": up}, str(tmp_path / "a.safetensors"))
    assert fuse_lora(unet, tmp_path / "a.safetensors", 0.5) == 1
    assert torch.allclose(weight, before + 0.5 * up @ down, atol=1e-6)
    save_file({"unet.other.lora_A.weight": down, "unet.other.lora_B.weight": up}, str(tmp_path / "b.safetensors"))
    save_file({"x": down}, str(tmp_path / "c.safetensors"))
    (tmp_path / "d.safetensors").write_bytes(b"no")
    for name, told in (("b", "'other' does not fit"), ("c", "has no layers of a LoRA"), ("d", "cannot be read")):
        with pytest.raises(DreamError, match=told):
            fuse_lora(unet, tmp_path / f"{name}.safetensors")


def changed(checkpoint: Path, tmp_path: Path, edit: Callable[[Path], Any]) -> Path:
    copy = tmp_path / "changed"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(checkpoint, copy)
    edit(copy)
    return copy


def config(part: str, **values: Any) -> Callable[[Path], Any]:
    def edit(folder: Path) -> None:
        path = folder / part / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | values))

    return edit


def only_pickles(folder: Path) -> None:
    for path in (folder / "unet").glob("*.safetensors"):
        path.rename(path.with_suffix(".bin"))


def cut_short(folder: Path) -> None:
    """A download that was cut at 99 %."""
    path = next((folder / "unet").glob("*.safetensors"))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 99 // 100])


WRONG: dict[str, tuple[Callable[[Path], Any], str]] = {
    "another class": (config("unet", _class_name="SanaTransformer2DModel"), "unet of changed is a SanaTransformer2DModel"),
    "another width": (config("unet", cross_attention_dim=24), "does not have the layer 'down_blocks.0.attentions.0"),
    "more layers": (config("unet", layers_per_block=2), "does not have the layer"),
    "no part": (lambda f: shutil.rmtree(f / "vae"), "has no vae/config.json"),
    "no json": (lambda f: (f / "unet" / "config.json").write_text("{"), "cannot be read"),
    "pickles": (only_pickles, "has no *.safetensors (diffusion_pytorch_model.bin)"),
    "cut short": (cut_short, "unet of changed cannot be loaded"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_checkpoints_are_refused_by_name(
    name: str, checkpoints: Checkpoints, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit, told = WRONG[name]
    model = changed(checkpoints("sd-img2img"), tmp_path, edit)
    code, _, said = export("sd-img2img", model, tmp_path / "out", *ACCEPTED, *WORDS["sd-img2img"], capsys=capsys)
    assert code == 1 and told in said and len(said.splitlines()) <= 10, said
    assert not (tmp_path / "out").exists()


def test_a_licence_is_shown_and_must_be_accepted(
    checkpoints: Checkpoints, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, said = export("world", checkpoints("world"), tmp_path / "out", capsys=capsys)
    assert code == 1 and f"has the licence '{tiny_models.LICENCE}'" in said and f"--accept-licence {tiny_models.LICENCE}" in said
    code, _, said = export("world", checkpoints("world"), tmp_path / "out", "--accept-licence", "mit", capsys=capsys)
    assert code == 1 and "You accepted 'mit'" in said


def test_options_and_families_that_are_not_there(
    checkpoints: Checkpoints, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sd, out = checkpoints("sd-img2img"), tmp_path / "out"
    for family, words, told in (
        ("skyreels", (), "skyreels cannot be exported by its name: its diffusion"),
        ("sdxl-turbo", (), "it is exported as sd-img2img"),
        ("nonsense", (), "The families are: sd-img2img, wan-causal, helios, world"),
        ("sd-img2img", ("--size", "65x64"), "The width is 65; it must be a multiple of 16"),
        ("sd-img2img", ("--size", "wide"), "The size 'wide' is invalid"),
        ("sd-img2img", ("--sampler", "dpm"), "The sampler 'dpm' is unknown"),
        ("sd-img2img", ("--strength", "2"), "--strength is 2"),
        ("sd-img2img", ("--steps", "900"), "--steps is 900"),
        ("sd-img2img", ("--control", "depth"), "--control depth needs a ControlNet"),
        ("sd-img2img", ("--controlnet", str(sd / "control"), "--control", "depth"), "reads the game's view"),
        ("sd-img2img", ("--controlnet", str(sd / "control"), "--control", "smell"), "The control 'smell' is unknown"),
        ("sd-img2img", ("--denoising-batch",), "needs two steps or more"),
        ("sd-img2img", ("--similar", "0.1"), "compares the game's view"),
        ("sd-img2img", ("--similar", "7"), "--similar is 7"),
        ("sd-img2img", ("--similar", "0.1", "--view", "--controlnet", str(sd / "control")), "together with a ControlNet"),
        ("sd-img2img", ("--ip-adapter", "a.safetensors"), "--ip-adapter and --image-encoder need each other"),
        ("helios", ("--view",), "helios takes a prompt only"),
        ("sd-img2img", ("--lora", str(tmp_path / "none.safetensors")), "cannot be read"),
    ):
        code, _, said = export(family, sd, out, *ACCEPTED, *words, capsys=capsys)
        assert code == 1 and told in said, said
    code, _, said = export("world", Path("no/such/folder"), out, capsys=capsys)
    assert code == 1 and "There is no folder 'no/such/folder'" in said
    assert cli.main(["export", "world", "--out", str(out)]) == 1 and "needs --model" in capsys.readouterr().err
    assert cli.main(["export", "world", "--model", "x"]) == 1 and "--out is missing" in capsys.readouterr().err


def test_a_dry_run_writes_nothing(checkpoints: Checkpoints, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told, said = export("world", checkpoints("world"), None, *ACCEPTED, "--dry-run", "--gpu", "rtx-4090", capsys=capsys)
    assert code == 0, said
    weights = sum(p.stat().st_size for p in checkpoints("world").rglob("*.safetensors"))
    assert abs(told["graphs"]["step"] / weights - 1) < 0.2  # the files have a head, too
    assert told["state"] == 2 * 4 * 6 * 16 * 16 and told["operations"] > 1e6 and list(told["frame_ms"]) == ["rtx-4090"]
    code, _, said = export("world", checkpoints("world"), None, *ACCEPTED, "--dry-run", "--gpu", "voodoo", capsys=capsys)
    assert code == 1 and "The GPU 'voodoo' is unknown" in said
