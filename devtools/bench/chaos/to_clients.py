"""Messages that are nearly right, to each client: none ends it, none holds it up, and it plays on afterwards."""

import json
from typing import Any

from dreambridge.bench.report import goal, spread
from dreambridge.protocol.errors import DreamError

from devtools.bench.chaos.chopped_clients import to_a_client
from devtools.bench.chaos.mutator import Mutator, replies
from devtools.bench.chaos.rude_daemon import SESSION, Victim
from devtools.bench.chaos.stage import Stage

FULL, QUICK, BATCH = 200_000, 1500, 250
LATE_MS = 100.0


def one(stage: Stage, client: str) -> dict[str, Any]:
    mutator, times, total, problems = Mutator(stage.seed, replies()), list[float](), 0, list[str]()
    v = Victim(stage, client, 5001)
    first = last = v.memory_mb()
    try:
        known = {"session": SESSION, "epoch": v.daemon.epoch, "ring": lambda: str(v.daemon.rings[SESSION].path)}
        for k in stage.rounds(FULL // BATCH, QUICK // BATCH, 0.25):
            batch = [mutator.message(mutator.random.randrange(1, 50), known) for _ in range(BATCH)]
            try:
                for data in batch:
                    v.daemon.send_bytes(data)
                told, ms = v.look()
                times.append(ms)
                total += len(batch)
                if k % 20 == 19:
                    v.again()
                if (told["state"] in ("closed", "failed", "searching") or k % 20 == 19) and not v.plays():
                    problems.append(f"no longer plays: {v.look()[0]}")
                    break
            except DreamError as e:
                problems.append(str(e))
                (stage.folder / f"found-{client}.json").write_text(json.dumps([d.hex() for d in batch]))
                problems += [d.hex()[:300] for d in batch[:3]]
                break
            if k == (0 if stage.quick else 40):
                first = v.memory_mb()
        last = v.memory_mb() if not problems else first
        if not problems and not v.plays():
            problems.append("does not play at the end")
    finally:
        v.close()
    return {
        "messages": total,
        "look_ms": spread(times),
        "times": times,
        "memory_more_mb": round(last - first, 1),
        "problems": problems,
    }


def measure(stage: Stage) -> tuple[dict[str, Any], dict[str, Any]]:
    out: dict[str, Any] = {}
    goals: dict[str, Any] = {}
    for c in stage.clients(("python",)):
        got = one(stage, c)
        late = sum(t > LATE_MS for t in got.pop("times"))
        out[c] = got | {"chopped": to_a_client(stage, c, 64 if stage.quick else 1)}
        goals |= {
            f"{c}_ended_or_stopped": goal(float(bool(got["problems"])), f"in {got['messages']} messages", most=0),
            f"{c}_later_than_100_ms": goal(late, f"of {got['messages'] // BATCH} looks", most=0),
            f"{c}_chopped": goal(len(out[c]["chopped"]["failed"]), f"of {out[c]['chopped']['cuts']} cuts", most=0),
            f"{c}_memory_more": goal(got["memory_more_mb"], "MB", most=24),
        }
    return out, goals
