"""The results file: one record for each row, stored under the digest of the bundle, so a stopped run can be resumed."""

import datetime
import json
import os
from pathlib import Path
from typing import Any

from dreambridge.bundle.find import open_bundle


class Results:
    """The rows measured on one bundle, in ``<folder>/<digest>/results.json``."""

    def __init__(self, folder: Path, quick: bool, short: bool = False) -> None:
        bundle = open_bundle("vista")
        self.about = {"bundle": bundle.digest, "version": bundle.manifest.version, "quick": quick}
        self.about |= {"short": True} if short else {}
        self.path = folder / f"{bundle.digest[:12]}{'-quick' if quick else '-short' if short else ''}" / "results.json"
        self.rows: dict[str, dict[str, Any]] = {}
        if self.path.exists():
            kept = json.loads(self.path.read_text())
            if kept["about"] == self.about:
                self.rows = kept["rows"]

    @property
    def folder(self) -> Path:
        """The folder of this bundle's results and figures."""
        return self.path.parent

    def add(self, name: str, row: dict[str, Any], seconds: float) -> None:
        load = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
        at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        self.rows[name] = {**row, "measured": {"seconds": round(seconds, 1), "load_after": load, "at": at}}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps({"about": self.about, "rows": self.rows}, indent=1))
        part.replace(self.path)
