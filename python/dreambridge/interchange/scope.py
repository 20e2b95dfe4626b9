"""The prompt timeline that Daydream Scope exports (its version 2.1): blocks of prompts with start and end.

Facts of the format: ``prompts`` is a list of blocks with ``startTime`` and ``endTime`` (seconds), ``prompts`` (texts and their
weights) or ``text``, ``transitionSteps`` and ``temporalInterpolationMethod``; ``settings`` holds pipeline, seed and resolution.
"""

import math
from typing import Any

from dreambridge.interchange.result import MAX_SECONDS, Imported, json_of, refused

STEP_SECONDS = 0.25  # of one `transitionSteps`: its length depends on the pipeline, and the file does not say it


def from_scope(name: str, data: bytes, title: str, condition: str = "prompt", step_seconds: float = STEP_SECONDS) -> Imported:
    """One shot with a lane of texts for ``condition``. DreamError ``bad_argument`` names the block that is invalid."""
    plain = json_of(name, data)
    blocks = plain.get("prompts") if isinstance(plain, dict) else None
    if not isinstance(blocks, list):
        raise refused(name, "the file has no list `prompts`.", "Export the timeline in Scope again, as JSON.")
    notes: list[str] = []
    rows = sorted((_block(name, k, b, notes) for k, b in enumerate(blocks)), key=lambda r: r[0])
    rows = [r for r in rows if r[1] > r[0]]  # Scope leaves out empty blocks, too
    if not rows:
        raise refused(name, "the timeline has no block that takes time.")
    keys: list[dict[str, Any]] = []
    for k, (start, end, text, steps) in enumerate(rows):
        until = rows[k + 1][0] if k + 1 < len(rows) else end
        over = min(steps * step_seconds, max(0.0, until - start)) if k else 0.0
        key: dict[str, Any] = {"at": round(start + over, 3), "value": text}
        key |= {"easing": "linear", "over": round(over, 3)} if over else {"easing": "hold"}
        if keys and key["at"] <= keys[-1]["at"]:
            notes.append(f"Block {k + 1} starts before the one before it has begun to show: it was left out.")
            continue
        keys.append(key)
    if any(steps for *_, steps in rows):
        notes.append(f"A transition step was taken as {step_seconds:g} s, because the file does not say how long it takes.")
    document: dict[str, Any] = {"format": "1.0", "name": title}
    settings = plain.get("settings")
    if isinstance(settings, dict):
        seed = settings.get("seed")
        if isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed < 2**63:
            document["seed"] = seed
        lost = sorted(k for k, v in settings.items() if k != "seed" and v not in (None, [], {}, ""))
        if lost:
            notes.append(f"Settings of Scope's pipeline were left out: {', '.join(lost)[:300]}.")
    document["shots"] = {"timeline": {"lanes": {condition: {"keys": keys}}, "length": round(max(end for _, end, *_ in rows), 3)}}
    return Imported(document, notes)


def _block(name: str, k: int, block: Any, notes: list[str]) -> tuple[float, float, str, int]:
    where = f"{name}: block {k + 1}"
    if not isinstance(block, dict):
        raise refused(where, "it is not an object.")
    start, end = (_seconds(where, block, field) for field in ("startTime", "endTime"))
    if end < start:
        raise refused(where, f"it ends at {end:g} s, before it starts at {start:g} s.")
    parts = block.get("prompts")
    if isinstance(parts, list) and parts:
        texts = [(_weight(p), str(p["text"]).strip()) for p in parts if isinstance(p, dict) and str(p.get("text") or "").strip()]
        texts.sort(key=lambda p: -p[0])
        text = ", ".join(t for _, t in texts)
        if len({w for w, _ in texts}) > 1:
            notes.append(f"Block {k + 1} mixes prompts by weight; they stand one after the other now, the heaviest first.")
    else:
        text = str(block.get("text") or "").strip()
    if not text and end > start:
        raise refused(where, "it has no text.")
    steps = block.get("transitionSteps") or 0
    if isinstance(steps, bool) or not isinstance(steps, (int, float)) or not 0 <= steps <= 10_000:
        raise refused(where, f"transitionSteps = {steps!r} is not a number from 0 to 10000.")
    return start, end, text, int(steps)


def _weight(prompt: dict[str, Any]) -> float:
    weight = prompt.get("weight", 100)
    return float(weight) if isinstance(weight, (int, float)) and math.isfinite(weight) else 100.0


def _seconds(where: str, block: dict[str, Any], field: str) -> float:
    value = block.get(field)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= MAX_SECONDS:
        raise refused(where, f"{field} = {value!r} is not a time from 0 to {MAX_SECONDS:g} s.")
    return float(value)
