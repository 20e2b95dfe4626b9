"""Says what the Python that runs this file is, and whether it can run the daemon.

    python -E probe.py OUT [doctor]

OUT becomes a JSON object. With `doctor` it also has what `dreambridge doctor` finds in this Python. Must run on any Python, also
on one that is far too old, so that its version can be told.
"""

import json
import os
import platform
import sys


def about():
    made = {
        "version": list(sys.version_info[:3]),
        "executable": sys.executable or "",
        "real": os.path.realpath(sys.executable or ""),
        "base": getattr(sys, "_base_executable", None) or sys.executable or "",
        "implementation": platform.python_implementation(),
        "machine": platform.machine(),
        "bits": 64 if sys.maxsize > 2**32 else 32,
        "missing": "",
    }
    for module in ("venv", "ensurepip"):
        try:
            __import__(module)
        except ImportError:
            made["missing"] = made["missing"] or module
    return made


def examined():
    """What `dreambridge doctor` finds, or the problem that keeps it from running."""
    try:
        from dataclasses import asdict

        import dreambridge
        from dreambridge.commands.doctor import findings
    except SyntaxError:
        return {"problem": "too_old"}
    except ImportError as e:
        has = "dreambridge" in sys.modules
        return {"problem": "broken" if has else "no_dreambridge", "said": str(e)}
    return {"dreambridge": dreambridge.__version__, "findings": [asdict(f) for f in findings()]}


def main():
    del sys.path[0]  # this folder
    out = sys.argv[1]
    made = about()
    if "doctor" in sys.argv[2:]:
        made["doctor"] = examined()
    part = out + ".part"
    with open(part, "w") as f:
        json.dump(made, f)
    os.rename(part, out)


main()
