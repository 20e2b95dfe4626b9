"""Bring your own model: python own_bundle.py OUT

Exports export_step.py as a bundle (needs the extra `train`), opens it by its folder, and directs every condition that it has.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

import dreambridge
from PIL import Image

MODEL = Path(__file__).with_name("export_step.py")


def another(c: dict[str, Any]) -> Any:
    """A value of a condition that is not its default."""
    if c["kind"] == "choice":
        return next(o for o in c["options"] if o != c.get("default"))
    if c["kind"] == "number":
        low, high = c["range"]
        return high if c.get("default") != high else low
    return None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("out", metavar="OUT", type=Path, help="folder of the results")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "dreambridge", "export", str(MODEL), "--out", str(out / "bundle")]
    subprocess.run(command, check=True)
    with dreambridge.start() as daemon, daemon.open(str(out / "bundle"), paused=True) as stream:
        print(stream.info.bundle, stream.info.version, sorted(stream.conditions))
        Image.fromarray(stream.step(15)[-1].pixels).save(out / "before.png")
        for name, schema in stream.conditions.items():
            stream.direct(over=0.0, **{name: another(schema)})
        Image.fromarray(stream.step(15)[-1].pixels).save(out / "after.png")
