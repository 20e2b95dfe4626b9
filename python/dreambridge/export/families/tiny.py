"""Checkpoints with random weights, of the classes that real ones have, written as folders in seconds."""

import json
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import nn

from dreambridge.export.families.checkpoint import library

LICENCE = "acme-test"
WORDS = ["a storm over the coast at night", "a calm meadow in spring", "snow on a village"]


def card(folder: Path) -> None:
    (folder / "README.md").write_text(f"---\nlicense: other\nlicense_name: {LICENCE}\n---\n# Tiny\n")


def tokenizer(folder: Path, length: int, ends: tuple[str, str] | None) -> int:
    """A trained byte-pair tokenizer with these tokens around a text; its vocabulary."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    transformers: Any = library("transformers")

    t = Tokenizer(models.BPE(unk_token="<unk>"))
    t.normalizer, t.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.Whitespace()
    special = ["<pad>", "<unk>", *(ends or ("</s>",))]
    t.train_from_iterator(WORDS, trainers.BpeTrainer(vocab_size=96, special_tokens=special, show_progress=False))
    single = f"{ends[0]} $A {ends[1]}" if ends else "$A </s>"
    t.post_processor = processors.TemplateProcessing(single=single, special_tokens=[(s, t.token_to_id(s)) for s in special[2:]])
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=t, pad_token="<pad>", unk_token="<unk>", model_max_length=length)
    fast.save_pretrained(folder)
    return int(t.get_vocab_size())


def lively(module: nn.Module, by: dict[str, float]) -> None:
    """Larger weights where a fresh network would not hear its conditions."""
    with torch.no_grad():
        for name, p in module.named_parameters():
            for part, factor in by.items():
                if part in name:
                    p.mul_(factor)


def sd(folder: Path) -> Path:
    """Stable Diffusion with one block each way, 8 x 8 latents for 64 x 64 pixels."""
    diffusers: Any = library("diffusers")
    transformers: Any = library("transformers")

    torch.manual_seed(0)
    folder.mkdir()
    shape: dict[str, Any] = {
        "block_out_channels": (16, 16),
        "layers_per_block": 1,
        "norm_num_groups": 8,
        "cross_attention_dim": 16,
    }
    shape |= {"attention_head_dim": 8, "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D")}
    unet = diffusers.UNet2DConditionModel(sample_size=8, up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"), **shape)
    lively(unet, {"attn2.to_out": 8.0, "attn2.to_v": 4.0, "conv_out": 4.0})
    unet.save_pretrained(folder / "unet")
    vae = diffusers.AutoencoderTiny(encoder_block_out_channels=(8,) * 4, decoder_block_out_channels=(8,) * 4)
    vae.save_pretrained(folder / "vae")
    vocabulary = tokenizer(folder / "tokenizer", 12, ("<s>", "</s>"))
    text = transformers.CLIPTextModel(
        transformers.CLIPTextConfig(
            vocab_size=vocabulary, hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
            max_position_embeddings=12, bos_token_id=2, eos_token_id=3, pad_token_id=0,
        )
    )  # fmt: skip
    lively(text, {"embedding": 40.0})
    text.save_pretrained(folder / "text_encoder")
    diffusers.DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear").save_pretrained(
        folder / "scheduler"
    )
    control = diffusers.ControlNetModel(conditioning_embedding_out_channels=(8, 8, 8, 8), **shape)
    with torch.no_grad():  # of a fresh one these are zero
        for m in (*control.controlnet_down_blocks, control.controlnet_mid_block):
            nn.init.normal_(m.weight, std=0.5)
        nn.init.normal_(control.controlnet_cond_embedding.conv_out.weight, std=0.5)
    control.save_pretrained(folder / "control")
    card(folder)
    card(folder / "control")
    return folder


def sdxl(folder: Path) -> Path:
    """SDXL with its two text encoders, the pooled text and the sizes; 64 x 64 pixels are 8 x 8 latents."""
    diffusers: Any = library("diffusers")
    transformers: Any = library("transformers")

    torch.manual_seed(0)
    folder.mkdir()
    unet = diffusers.UNet2DConditionModel(
        sample_size=8, block_out_channels=(16, 16), layers_per_block=1, norm_num_groups=8, cross_attention_dim=28,
        attention_head_dim=(2, 4), down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), use_linear_projection=True, addition_embed_type="text_time",
        addition_time_embed_dim=4, projection_class_embeddings_input_dim=6 * 4 + 10,
    )  # fmt: skip
    lively(unet, {"attn2.to_out": 8.0, "attn2.to_v": 4.0, "add_embedding": 4.0, "conv_out": 4.0})
    unet.save_pretrained(folder / "unet")
    vae = diffusers.AutoencoderKL(
        block_out_channels=(8,) * 4, norm_num_groups=4, down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4, scaling_factor=0.13025,
    )  # fmt: skip
    lively(vae, {"decoder.conv_out": 6.0})
    vae.save_pretrained(folder / "vae")
    for end, kind, width in (("", transformers.CLIPTextModel, 16), ("_2", transformers.CLIPTextModelWithProjection, 12)):
        vocabulary = tokenizer(folder / f"tokenizer{end}", 12, ("<s>", "</s>"))
        text = kind(
            transformers.CLIPTextConfig(
                vocab_size=vocabulary, hidden_size=width, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
                max_position_embeddings=12, bos_token_id=2, eos_token_id=3, pad_token_id=0, projection_dim=10,
            )
        )  # fmt: skip
        lively(text, {"embedding": 40.0})
        text.save_pretrained(folder / f"text_encoder{end}")
    diffusers.EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear").save_pretrained(
        folder / "scheduler"
    )
    card(folder)
    return folder


def pipeline(folder: Path) -> Any:
    """diffusers' own image-to-image pipeline of an ``sd`` or ``sdxl`` checkpoint, which have no model_index.json."""
    diffusers: Any = library("diffusers")
    transformers: Any = library("transformers")

    def tokens(end: str) -> Any:
        return transformers.AutoTokenizer.from_pretrained(folder / f"tokenizer{end}", local_files_only=True)

    large = (folder / "text_encoder_2").is_dir()
    vae = diffusers.AutoencoderKL if large else diffusers.AutoencoderTiny
    scheduler = diffusers.EulerDiscreteScheduler if large else diffusers.DDIMScheduler
    parts = {
        "unet": diffusers.UNet2DConditionModel.from_pretrained(folder / "unet").eval(),
        "vae": vae.from_pretrained(folder / "vae").eval(),
        "scheduler": scheduler.from_pretrained(folder / "scheduler"),
        "text_encoder": transformers.CLIPTextModel.from_pretrained(folder / "text_encoder").eval(),
        "tokenizer": tokens(""),
    }
    if large:
        second = transformers.CLIPTextModelWithProjection.from_pretrained(folder / "text_encoder_2").eval()
        made = diffusers.StableDiffusionXLImg2ImgPipeline(**parts, text_encoder_2=second, tokenizer_2=tokens("_2"))
    else:
        made = diffusers.StableDiffusionImg2ImgPipeline(
            **parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False
        )
    made.set_progress_bar_config(disable=True)
    return made


def ip_adapter(folder: Path, unet: Path) -> Path:
    """An IP-Adapter for the network in ``unet``, as its authors' files are laid out, and its image encoder."""
    diffusers: Any = library("diffusers")
    transformers: Any = library("transformers")
    from safetensors.torch import save_file

    torch.manual_seed(1)
    folder.mkdir()
    net = diffusers.UNet2DConditionModel.from_pretrained(unet)
    vision = transformers.CLIPVisionModelWithProjection(
        transformers.CLIPVisionConfig(
            hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2, image_size=32, patch_size=8,
            projection_dim=12,
        )
    )  # fmt: skip
    vision.save_pretrained(folder / "image_encoder")
    width = net.config.cross_attention_dim
    tensors = {
        "image_proj.proj.weight": torch.randn(4 * width, 12),
        "image_proj.proj.bias": torch.zeros(4 * width),
        "image_proj.norm.weight": torch.ones(width),
        "image_proj.norm.bias": torch.zeros(width),
    }
    for k, name in enumerate(n for n in net.attn_processors if "attn2" in n):
        layer = net.get_submodule(name.removesuffix(".processor"))
        for part in ("k", "v"):  # the numbers of all attention layers are counted, and every second one has such weights
            tensors[f"ip_adapter.{2 * k + 1}.to_{part}_ip.weight"] = torch.randn(layer.inner_dim, width)
    save_file(tensors, str(folder / "ip-adapter.safetensors"))
    card(folder)
    return folder


def wan(folder: Path, layers: int = 1) -> Path:
    """Wan with one layer, or more, and a VAE of 8 channels; 64 x 64 pixels are 8 x 8 latents."""
    diffusers: Any = library("diffusers")

    torch.manual_seed(0)
    folder.mkdir()
    net = diffusers.WanTransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=4, out_channels=4, text_dim=16,
        freq_dim=16, ffn_dim=32, num_layers=layers, rope_max_seq_len=64,
    )  # fmt: skip
    lively(net, {"attn2.to_out.0.weight": 6.0, "attn1.to_out.0.weight": 6.0, "proj_out.weight": 6.0})
    net.save_pretrained(folder / "transformer")
    _wan_vae_and_text(folder)
    return folder


def helios(folder: Path) -> Path:
    """Helios with one layer, with Wan's VAE; 64 x 64 pixels are 8 x 8 latents, and the smallest of the pyramid 2 x 2."""
    diffusers: Any = library("diffusers")

    torch.manual_seed(0)
    folder.mkdir()
    net = diffusers.HeliosTransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=4, out_channels=4, text_dim=16,
        freq_dim=16, ffn_dim=32, num_layers=1, rope_dim=(4, 4, 4), is_amplify_history=True,
    )  # fmt: skip
    lively(net, {"attn2.to_out.0.weight": 6.0, "attn1.to_out.0.weight": 6.0, "proj_out.weight": 6.0})
    net.save_pretrained(folder / "transformer")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it mixes NumPy and PyTorch in an old way
        diffusers.HeliosDMDScheduler(use_dynamic_shifting=True).save_pretrained(folder / "scheduler")
    _wan_vae_and_text(folder)
    return folder


def _wan_vae_and_text(folder: Path) -> None:
    diffusers: Any = library("diffusers")
    transformers: Any = library("transformers")

    vae = diffusers.AutoencoderKLWan(
        base_dim=8, z_dim=4, dim_mult=[1, 2, 2, 2], num_res_blocks=1, temperal_downsample=[False, True, True],
        latents_mean=[0.1] * 4, latents_std=[1.5] * 4,
    )  # fmt: skip
    lively(vae, {"decoder.conv_out.weight": 8.0})
    vae.save_pretrained(folder / "vae")
    vocabulary = tokenizer(folder / "tokenizer", 8, None)
    text = transformers.UMT5EncoderModel(
        transformers.UMT5Config(vocab_size=vocabulary, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2)
    )
    lively(text, {"shared": 4.0})
    text.save_pretrained(folder / "text_encoder")
    card(folder)


def world(folder: Path) -> Path:
    """A network over two pictures of 16 x 16, four keys and a mouse."""
    diffusers: Any = library("diffusers")
    from safetensors.torch import save_file

    torch.manual_seed(0)
    folder.mkdir()
    unet = diffusers.UNet2DModel(
        sample_size=16, in_channels=9, out_channels=3, block_out_channels=(8, 8), layers_per_block=1, norm_num_groups=4,
        down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"), attention_head_dim=4,
        class_embed_type="identity",
    )  # fmt: skip
    lively(unet, {"conv_out.weight": 5.0})
    unet.save_pretrained(folder / "unet")
    actions = nn.Sequential(nn.Linear(6, 16), nn.SiLU(), nn.Linear(16, 32))
    lively(actions, {"2.weight": 8.0})
    save_file(actions.state_dict(), str(folder / "actions.safetensors"))
    about = {"keys": ["forward", "back", "left", "right"], "mouse": 2, "past": 2, "per_step": 2, "sigmas": [5.0, 0.5]}
    (folder / "world.json").write_text(json.dumps(about))
    card(folder)
    return folder
