"""Pictures to 64 x 64 means of areas: of every format, shape and damage that a user may come with."""

import builtins
import io
import math
from typing import Any

import numpy as np
import pytest
from dreambridge.conditioning.image import decode, shrink
from dreambridge.protocol.errors import DreamError
from dreambridge.system import imports
from numpy.typing import NDArray
from PIL import Image

RED, BLUE = np.array([1.0, 0, 0]), np.array([0, 0, 1.0])


def corners(height: int = 300, width: int = 500) -> Image.Image:
    """Red top left, blue bottom right, black else."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2, 0], pixels[height // 2 :, width // 2 :, 2] = 255, 255
    return Image.fromarray(pixels)


def file(picture: Image.Image, kind: str, **more: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


def colour(tensor: NDArray[np.float32], row: int, column: int) -> NDArray[np.float32]:
    return tensor[0, :, row, column]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_formats(kind: str) -> None:
    out = decode("reference", file(corners(), kind))
    assert out.shape == (1, 3, 64, 64) and out.dtype == np.float32 and out.min() >= 0 and out.max() <= 1
    assert colour(out, 3, 3) == pytest.approx(RED, abs=0.03) and colour(out, 60, 60) == pytest.approx(BLUE, abs=0.03)
    assert colour(out, 3, 60) == pytest.approx([0] * 3, abs=0.03) and colour(out, 60, 3) == pytest.approx([0] * 3, abs=0.03)


@pytest.mark.parametrize("size", [(1, 1), (1, 64), (3, 2), (64, 64), (63, 65), (100, 7), (640, 480), (20_000, 3), (2, 20_000)])
def test_each_pixel_is_the_mean_of_its_area(size: tuple[int, int]) -> None:
    """Exactly: against pixels repeated until 64 divides both sides."""
    pixels = np.random.default_rng(5).integers(0, 256, (*size, 3), np.uint8)
    h, w = size
    y, x = 64 // math.gcd(64, h), 64 // math.gcd(64, w)
    wanted = pixels.repeat(y, 0).repeat(x, 1).reshape(64, h * y // 64, 64, w * x // 64, 3).mean((1, 3)) / 255
    assert np.abs(shrink(pixels)[0].transpose(1, 2, 0) - wanted).max() < 1e-5


def test_raw_pixels_and_files_agree() -> None:
    pixels = np.random.default_rng(6).integers(0, 256, (90, 120, 4), np.uint8)
    raw = decode("reference", {"width": 120, "height": 90, "rgba": pixels.tobytes()})
    assert np.abs(raw - decode("reference", file(Image.fromarray(pixels), "PNG"))).max() < 1e-6
    rgb = decode("reference", {"width": 120, "height": 90, "rgb": pixels[..., :3].tobytes()})
    assert np.abs(rgb - decode("reference", file(Image.fromarray(pixels[..., :3]), "PNG"))).max() < 1e-6
    assert np.abs(rgb - raw).max() > 0.05, "the control: alpha counts"


def test_alpha_lies_on_mid_grey() -> None:
    for alpha, wanted in ((0, [0.5, 0.5, 0.5]), (255, [1, 0, 0]), (128, [0.75, 0.25, 0.25])):
        out = decode("reference", file(Image.new("RGBA", (40, 40), (255, 0, 0, alpha)), "PNG"))
        assert colour(out, 9, 9) == pytest.approx(wanted, abs=0.005)
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([0, 0, 0, 0, 0, 255])
    assert colour(decode("reference", file(palette, "PNG")), 5, 5) == pytest.approx(BLUE)
    assert colour(decode("reference", file(palette, "PNG", transparency=1)), 5, 5) == pytest.approx([0.5] * 3, abs=0.005)
    assert colour(decode("reference", file(Image.new("LA", (8, 8), (255, 0)), "PNG")), 5, 5) == pytest.approx(
        [0.5] * 3, abs=0.005
    )


def test_other_modes() -> None:
    cmyk = decode("reference", file(corners().convert("CMYK"), "JPEG"))
    assert colour(cmyk, 3, 3) == pytest.approx(RED, abs=0.03) and colour(cmyk, 60, 60) == pytest.approx(BLUE, abs=0.03)
    assert colour(decode("reference", file(Image.new("L", (5, 5), 51), "JPEG")), 3, 3) == pytest.approx([0.2] * 3, abs=0.01)
    assert colour(decode("reference", file(Image.new("1", (5, 5), 1), "PNG")), 3, 3) == pytest.approx([1.0] * 3)
    deep = Image.fromarray(np.full((5, 5), 0x8080, np.uint16))
    assert colour(decode("reference", file(deep, "PNG")), 3, 3) == pytest.approx([0x8080 / 0xFFFF] * 3, abs=0.003)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_orientation_is_obeyed(kind: str) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # the camera was turned: to be shown turned by 90 degrees clockwise
    out = decode("reference", file(corners(), kind, exif=turned))
    assert colour(out, 3, 60) == pytest.approx(RED, abs=0.03) and colour(out, 60, 3) == pytest.approx(BLUE, abs=0.03)


def test_large_files() -> None:
    out = decode("reference", file(corners(4000, 6000), "JPEG"))
    assert colour(out, 3, 3) == pytest.approx(RED, abs=0.03) and colour(out, 60, 60) == pytest.approx(BLUE, abs=0.03)
    out = decode("reference", file(corners(2001, 3003).convert("RGBA"), "PNG"))
    assert colour(out, 3, 3) == pytest.approx(RED, abs=0.03) and colour(out, 60, 60) == pytest.approx(BLUE, abs=0.03)


@pytest.mark.parametrize(("side", "says"), [(20_000, "too large"), (9_900, "too large"), (6_400, "40,000,000")])
def test_what_unpacks_to_too_much_is_refused(side: int, says: str) -> None:
    with pytest.raises(DreamError) as e:
        decode("reference", file(Image.new("1", (side, side)), "PNG"))
    assert e.value.code == "bad_value" and says in e.value.message and "Scale" in e.value.hint


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_damaged_files(kind: str) -> None:
    whole = file(Image.fromarray(np.random.default_rng(2).integers(0, 256, (80, 80, 3), np.uint8)), kind)
    for length in (0, 1, 11, 40, len(whole) // 2, len(whole) * 9 // 10):
        with pytest.raises(DreamError) as e:
            decode("reference", whole[:length])
        assert e.value.code == "bad_value" and "reference" in e.value.message and e.value.hint
    rng = np.random.default_rng(9)
    refused = 0
    for _ in range(200):  # bytes changed at random: a picture or an error, and nothing else
        data = bytearray(whole)
        for at in rng.integers(0, min(len(data), 300), 4):
            data[at] = rng.integers(256)
        try:
            assert np.isfinite(decode("reference", bytes(data))).all()
        except DreamError as e:
            refused += e.code == "bad_value"
    assert refused > 20


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "PPM"])
def test_other_formats_are_not_read(kind: str) -> None:
    with pytest.raises(DreamError, match="PNG, JPEG or WebP"):
        decode("reference", file(corners(), kind))


def test_without_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *words: Any, **more: Any) -> Any:
        if name.split(".")[0] == "PIL":
            raise ModuleNotFoundError("no PIL", name="PIL")
        return real(name, *words, **more)

    data = file(corners(), "PNG")
    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.setattr(imports, "_is_installed", lambda package: package != "PIL")
    with pytest.raises(DreamError) as e:
        decode("reference", data)
    assert e.value.code == "missing_package" and "pip install 'pillow" in e.value.hint
    raw = {"width": 1, "height": 1, "rgb": b"\xff\x00\x00"}
    assert colour(decode("reference", raw), 0, 0) == pytest.approx(RED), "raw pixels need no Pillow"
