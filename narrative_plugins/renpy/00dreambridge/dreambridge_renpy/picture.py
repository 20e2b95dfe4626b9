"""The displayable that shows the stream: the newest frame as a texture, and the game's own art until there is one."""

from __future__ import annotations

import io
import struct
from typing import Any

import pygame_sdl2
import renpy

from dreambridge_renpy import engine
from dreambridge_renpy.ring import PREMULTIPLIED, Frame

FIT = ("cover", "contain", "fill")
LOOK, IDLE = 1 / 120, 0.1  # seconds between two looks for a frame, with a stream and without
SHADER = "dreambridge.premultiplied"


def surface(width: int, height: int, pixels: bytes) -> Any:
    """RGBA bytes, top row first, as a surface. pygame_sdl2 takes pixels from files only: this is a BMP in memory."""
    begin = 14 + 108
    head = struct.pack("<2sIHHI", b"BM", begin + len(pixels), 0, 0, begin)
    masks = (0x000000FF, 0x0000FF00, 0x00FF0000, 0xFF000000)
    info = struct.pack("<IiiHHIIiiII4I", 108, width, -height, 1, 32, 3, len(pixels), 2835, 2835, 0, 0, *masks).ljust(108, b"\0")
    return pygame_sdl2.image.load(io.BytesIO(head + info + pixels), ".bmp")


class Shown:
    """The texture of the newest frame; all pictures of a game share it."""

    def __init__(self) -> None:
        self.frame: Frame | None = None
        self.size = (0, 0)
        self._draw: Any = None
        self._texture: Any = None

    def texture(self) -> Any:
        """A render of the frame's own size, or None before the first one. Only for the thread of the game."""
        stream, draw = engine.stream(), renpy.display.draw
        if stream:
            stream.poll()  # others poll too: what counts is whether this frame was drawn
        frame = stream.frame if stream else None
        if frame and draw and (frame is not self.frame or draw is not self._draw):
            self.frame, self.size, self._draw = frame, (frame.width, frame.height), draw
            self._texture = self._load(frame)
            engine.drawn(frame)
        return self._texture

    def _load(self, frame: Frame) -> Any:
        size, load = self.size, renpy.display.draw.load_texture
        rv = renpy.display.render.Render(*size)
        if frame.alpha != PREMULTIPLIED:
            rv.blit(load(surface(*size, frame.pixels)), (0, 0))
            return rv
        # Ren'Py multiplies colours by alpha as it loads them, which these are already: colour and alpha are loaded apart.
        colour, alpha = bytearray(frame.pixels), frame.pixels[3::4]
        colour[3::4] = b"\xff" * len(alpha)
        grey = bytearray(colour)
        for channel in range(3):
            grey[channel::4] = alpha
        rv.blit(load(surface(*size, bytes(colour))), (0, 0))
        rv.blit(load(surface(*size, bytes(grey))), (0, 0))
        rv.mesh = True
        rv.add_shader(SHADER)
        return rv


shown = Shown()


class DreamPicture(renpy.display.core.Displayable):
    """``size``: width and height in pixels; without it the picture takes all the room that it is given. ``fit``: as of Transform.

    ``fallback``: the game's own art, a displayable or a file, shown while there is no frame.
    """

    def __init__(self, size: Any = None, fit: str = "cover", fallback: Any = None, **properties: Any) -> None:
        super().__init__(**properties)
        if fit not in FIT:
            raise ValueError(f"fit = {fit!r} is unknown; it is one of {', '.join(FIT)}.")
        self.size, self.fit = size, fit
        self.fallback = renpy.easy.displayable(fallback) if fallback is not None else None

    def render(self, width: float, height: float, st: float, at: float) -> Any:
        width, height = self.size or (width, height)
        engine.start()
        texture = shown.texture()
        stream = engine.stream()
        renpy.display.render.redraw(self, LOOK if stream and stream.ring else IDLE)
        rv = renpy.display.render.Render(width, height)
        if texture is None:
            if self.fallback is not None:
                rv.place(self.fallback, 0, 0, width, height, st, at)
            return rv
        across, down = width / shown.size[0], height / shown.size[1]
        if self.fit != "fill":
            across = down = max(across, down) if self.fit == "cover" else min(across, down)
        wide, high = shown.size[0] * across, shown.size[1] * down
        scaled = renpy.display.render.Render(wide, high)
        scaled.forward = renpy.display.matrix.Matrix2D(1 / across, 0, 0, 1 / down)
        scaled.reverse = renpy.display.matrix.Matrix2D(across, 0, 0, down)
        scaled.blit(texture, (0, 0))
        rv.blit(scaled, ((width - wide) / 2, (height - high) / 2))
        if self.fit == "cover":
            rv.xclipping = rv.yclipping = True
        return rv

    def event(self, ev: Any, x: int, y: int, st: float) -> Any:
        if self.fallback is not None and shown.frame is None:
            return self.fallback.event(ev, x, y, st)
        return None

    def visit(self) -> list[Any]:
        return [] if self.fallback is None else [self.fallback]


class Waiter(renpy.display.core.Displayable):
    """Lasts as long as a `wait`: its event ends the interaction with the outcome."""

    focusable = False

    def __init__(self, wait: Any) -> None:
        super().__init__()
        self.wait = wait

    def render(self, width: float, height: float, st: float, at: float) -> Any:
        return renpy.display.render.Render(0, 0)

    def event(self, ev: Any, x: int, y: int, st: float) -> Any:
        if renpy.config.skipping or renpy.display.behavior.map_event(ev, "dismiss"):
            return "skipped"
        outcome = self.wait.outcome()
        if outcome is None:
            renpy.exports.timeout(LOOK)
        return outcome
