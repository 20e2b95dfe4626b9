"""What the picture of ``readable_bundle.py`` says, compared with what a story says at a line (tests/story/examples.json).

Standard library only, Python 3.9: it also runs inside Ren'Py.
"""

from __future__ import annotations

from typing import Any


def greys(pixels: bytes, begin: int, end: int) -> list[float]:
    return [pixels[4 * k] / 255 for k in range(begin, end)]


def said(pixels: bytes, place: dict[str, Any]) -> Any:
    """What the picture says of a condition: None (unset), True (a text), an option, or a number."""
    shares = greys(pixels, place["at"], place["presence"])
    if greys(pixels, place["presence"], place["presence"] + 1)[0] < 0.5:
        return None
    if place["kind"] == "text":
        return True
    if place["kind"] == "choice":
        return place["options"][shares.index(max(shares))] if max(shares) > 0.98 else "a mixture"
    low, high = place["range"]
    return low + shares[0] * (high - low)


class Seen:
    """``layout``: readable.json; ``lines``: those of the story in examples.json. ``out``: lines, agree, wrong."""

    def __init__(self, layout: dict[str, Any], lines: list[dict[str, Any]]) -> None:
        self.layout, self.lines = layout, lines
        self.out: dict[str, Any] = {"lines": 0, "agree": 0, "wrong": []}
        self.begin()

    def begin(self) -> None:
        """Another walk begins, in a stream whose conditions are unset."""
        self.expected: dict[str, Any] = {}
        self.flashes: dict[str, float] = {}
        self.before: set[str] = set()  # the events of the line before, which a fork that was made then shows once more

    def look(self, pixels: bytes) -> None:
        """A frame was made: the strength of each event."""
        place = self.layout["event"]
        for k, share in enumerate(greys(pixels, place["at"], place["presence"])):
            option = place["options"][k]
            self.flashes[option] = max(self.flashes.get(option, 0.0), share)

    def line(self, text: str, pixels: bytes) -> None:
        """The story says this now, and its transitions have ended in this frame."""
        found: dict[str, Any] = next((m for m in self.lines if text.strip().startswith(m["text"])), {})
        self.expected.update(found.get("sees", {}))
        wrong: list[Any] = []
        for name, place in self.layout.items():
            if place["kind"] == "event":
                continue
            wanted, got = self.expected.get(name), said(pixels, place)
            numbers = [v for v in (wanted, got) if isinstance(v, (int, float)) and not isinstance(v, bool)]
            near = len(numbers) == 2 and abs(numbers[0] - numbers[1]) <= (place["range"][1] - place["range"][0]) / 250
            if wanted != got and not near:
                wrong.append([name, wanted, got])
        told = {found["event"]} if "event" in found else set()
        flashed = {option for option, strength in self.flashes.items() if strength > 0.8}
        if not told <= flashed <= told | self.before:
            wrong.append(["event", sorted(told), sorted(flashed)])
        self.before, self.flashes = told, {}
        self.out["lines"] += 1
        if not wrong:
            self.out["agree"] += 1
        elif len(self.out["wrong"]) < 5:
            self.out["wrong"].append([text.strip(), wrong])
