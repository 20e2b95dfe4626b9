"""Prompts: 200 held-out wordings, sent to the daemon, and whether the model then uses what they name."""

import json
import math
import zlib
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from dreambridge.bench.report import goal
from dreambridge.bench.vista.context import WORLDS, Context, Picture, Row
from dreambridge.bench.vista.painted import CLASSES, halved
from dreambridge.bench.vista.readers import Readers, read_scenes
from dreambridge.bundle.find import open_bundle
from dreambridge.client.stream import Stream
from dreambridge.system.onnx_runtime import import_onnxruntime
from dreambridge.vista.prompt.head import OUTPUTS, PARTS
from dreambridge.vista.prompt.scoring import HELD_OUT, right
from dreambridge.vista.prompt.words import ATTRIBUTES
from dreambridge.vista.world.names import BIOMES, SEASONS, STYLES, WEATHERS

STEPS = 8


def state(stream: Stream, name: str) -> NDArray[np.float32]:
    """A state tensor of a session, taken from a snapshot."""
    body = msgspec.msgpack.decode(zlib.decompress(stream.snapshot()[8:]))
    return np.frombuffer(body["state"][name], np.float32)


class Ears:
    """What the bundle's graph `said` makes of a session's prompt. No snapshot has its output, a condition of the model."""

    def __init__(self) -> None:
        bundle = open_bundle("vista")
        self.graph = import_onnxruntime().InferenceSession(
            str(bundle.file(bundle.manifest.graphs["said"])), providers=["CPUExecutionProvider"]
        )

    def said(self, stream: Stream) -> NDArray[np.float32]:
        """The 30 numbers; the prompt is that of the session, taken from a snapshot."""
        body = msgspec.msgpack.decode(zlib.decompress(stream.snapshot()[8:]))
        prompt = np.frombuffer(body["timeline"]["prompt"][0], np.float32)
        (said,) = self.graph.run(["said"], {"prompt": prompt[None], "present": np.ones((1, 1), np.float32)})
        return np.asarray(said, np.float32)


def heard(said: NDArray[np.float32]) -> dict[str, Any]:
    """What the 30 numbers of ``said`` name, by attribute; attributes that are not named are missing."""
    named, turn, season, weather, amount, biome, style, energy = np.split(
        said.reshape(OUTPUTS), np.cumsum(list(PARTS.values()))[:-1]
    )
    values: dict[str, Any] = {
        "hour": math.atan2(turn[0], turn[1]) * 12 / math.pi % 24, "season": SEASONS[int(season.argmax())],
        "weather": WEATHERS[int(weather.argmax())], "biome": BIOMES[int(biome.argmax())], "style": STYLES[int(style.argmax())],
        "energy": "high" if energy[0] > 0.5 else "low",
    }  # fmt: skip
    out = {a: values[a] for k, a in enumerate(ATTRIBUTES) if named[k] > 0.5}
    return out | ({"amount": float(amount[0])} if "weather" in out else {})


def marks(prompts: list[dict[str, Any]], answers: list[dict[str, Any]]) -> dict[str, Any]:
    """The share of prompts of which everything was heard, and of those of which nothing else was; shares by attribute."""
    all_right = only = 0
    by: dict[str, list[bool]] = {}
    wrong = []
    for p, h in zip(prompts, answers, strict=True):
        own = {a: right(a, w, h) for a, w in p["says"].items()}
        more = [a for a in ATTRIBUTES if a in h and a not in p["says"] and a not in p["free"]]
        for a, ok in own.items():
            by.setdefault(a, []).append(ok)
        all_right += all(own.values())
        only += all(own.values()) and not more
        if not all(own.values()):
            wrong.append([p["text"], {a: h.get(a) for a, ok in own.items() if not ok}])
    return {
        "all_said": all_right / len(prompts), "all_said_and_no_more": only / len(prompts),
        "by_attribute": {a: round(float(np.mean(v)), 4) for a, v in by.items()},
        "attributes": float(np.mean([x for v in by.values() for x in v])),
        "wrong": wrong,
    }  # fmt: skip


def measure(c: Context) -> Row:
    prompts = json.loads(HELD_OUT.read_text())[: c.few(6, 10_000)]
    prompts = prompts[:: c.few(1, 1, 2)]
    answers, small = list[dict[str, Any]](), list[Picture]()
    stream, ears = c.daemon.open("vista", seed=WORLDS + 200, paused=True), Ears()
    try:
        with c.bar("prompts", len(prompts)) as tick:
            for p in prompts:
                if c.late and len(answers) > 19:
                    break
                stream.cut(**{n: None for n in stream.conditions} | {"prompt": p["text"]})
                small.append(halved(stream.step(c.few(1, STEPS), 60.0)[-1].pixels[..., :3]))
                answers.append(heard(ears.said(stream)))
                tick()
    finally:
        stream.close()
    prompts = prompts[: len(answers)]
    got = marks(prompts, answers)
    share = got["all_said"]
    error = math.sqrt(share * (1 - share) / len(prompts))
    shuffled = marks(prompts, answers[len(answers) // 2 :] + answers[: len(answers) // 2])
    # What the picture shows of it, according to the reader that was trained on the painter's frames only.
    read = read_scenes(Readers(c.quick, c.folder, c.bar, c.short).scene(), np.stack(small))
    seen = {
        n: round(float(np.mean([
            right(n, p["says"][n], {n: CLASSES[n][int(r[k])]}) for p, r in zip(prompts, read, strict=True) if n in p["says"]
        ])), 4)
        for k, n in enumerate(CLASSES) if any(n in p["says"] for p in prompts)
    }  # fmt: skip
    return {
        "compared": f"{len(prompts)} prompts written by hand, each with what it says (synonyms, sentences, typos, several "
        "attributes), sent to the daemon. What was heard is read from the state `said`, which the bundle's prompt encoder writes "
        "and the step graph merges, in a snapshot. That is exact; a nearest picture could not tell a named default from nothing. "
        "A prompt is right if all that it says is",
        "control": {"answers_to_other_prompts": shuffled["all_said"]}, **got, "seen_in_the_picture_by_the_reader": seen,
        "goals": {"all_attributes_right": goal(share, "share of prompts", least=0.9, error=error)},
    }  # fmt: skip
