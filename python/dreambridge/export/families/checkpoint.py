"""Finds a checkpoint: a folder, or a name on the hub. Only safetensors are loaded, and only under a licence that was accepted."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.text import error_line
from dreambridge.system.imports import import_failed, install_command

PATTERNS = ["*.safetensors", "*.json", "*.txt", "*.model", "README.md", "LICENSE*"]
MAX_CARD = 2**20
Say = Callable[[str], None]


@dataclass(frozen=True)
class Checkpoint:
    """``card`` : the name under which it was published, or that of its folder."""

    folder: Path
    card: str
    licence: str

    @property
    def origin(self) -> dict[str, Any]:
        """What bundle.json says of it: name, version, licences and card."""
        return {
            "name": self.card.split("/")[-1],
            "version": "1.0.0",
            "license": self.licence,
            "licences": {"weights": self.licence, "code": "Apache-2.0"},
            "model_card": self.card,
        }

    def config(self, part: str, name: str = "config.json") -> dict[str, Any]:
        """``part/name``; DreamError ``bad_argument`` names what is missing."""
        path = self.folder / part / name
        try:
            found = json.loads(path.read_text())
        except FileNotFoundError as e:
            said = f"{self.folder} has no {part}/{name}."
            raise DreamError("bad_argument", said, "Give a folder in the layout of diffusers: one folder for each part.") from e
        except (OSError, ValueError) as e:
            raise DreamError("bad_argument", f"{path} cannot be read: {e}.", "Download the checkpoint again.") from e
        return dict(found)

    def load(self, kind: Any, part: str, dtype: str = "float32", **words: Any) -> Any:
        """A part by its class of diffusers or transformers, in ``dtype``; what its class keeps in float32 stays so.

        DreamError ``bad_argument``: it is another class, has no safetensors, or lacks a layer, which is named.
        """
        found = self.config(part)
        named = found.get("_class_name") or (found.get("architectures") or ["?"])[0]
        if named != kind.__name__:
            raise DreamError(
                "bad_argument", f"{part} of {self.card} is a {named}; this family takes a {kind.__name__}.", "See docs/models.md."
            )
        folder = self.folder / part
        if not list(folder.glob("*.safetensors")):
            other = (
                ", ".join(sorted(p.name for p in folder.iterdir() if p.suffix in (".bin", ".pt", ".pth", ".ckpt")))
                or "no weights"
            )
            raise DreamError(
                "bad_argument",
                f"{part} of {self.card} has no *.safetensors ({other}).",
                "Other files can run code when they are read. Convert them, or use a release with safetensors.",
            )
        try:
            words = {"use_safetensors": True, "local_files_only": True, "output_loading_info": True} | words
            model, about = kind.from_pretrained(folder, torch_dtype=getattr(library("torch"), dtype), **words)
        except Exception as e:  # the libraries raise any exception for a damaged file
            if layer := re.search(r"because ([\w.]+) expected shape", str(e)):
                raise self._misfit(part, layer.group(1)) from e
            lines = [line.strip() for line in str(e).splitlines() if line.strip()]
            raise DreamError(
                "bad_argument",
                f"{part} of {self.card} cannot be loaded: {' '.join(lines)[:300]}",
                "Download the checkpoint again.",
            ) from e
        wrong = sorted(about.get("mismatched_keys") or []) or sorted(about.get("missing_keys") or [])
        if wrong:
            raise self._misfit(part, wrong[0][0] if isinstance(wrong[0], tuple) else wrong[0])
        return model.eval().requires_grad_(False)

    def _misfit(self, part: str, layer: str) -> DreamError:
        return DreamError(
            "bad_argument",
            f"{part} of {self.card} does not have the layer {layer!r} as its configuration says.",
            "The weights belong to another configuration: download the checkpoint again.",
        )


def library(name: str) -> Any:
    """A library of the extra ``models``; DreamError ``missing_package``."""
    import importlib

    try:
        found = importlib.import_module(name)
    except ImportError as e:
        failed = import_failed(e)
        raise DreamError(
            "missing_package", f"The families need {name}. {failed.message}", f"Run: {install_command('dreambridge[models]')}"
        ) from e
    if name in ("diffusers", "transformers"):  # each fault is told by us, once
        logging = importlib.import_module(f"{name}.utils.logging")
        logging.set_verbosity_error()
        logging.disable_progress_bar()
    return found


def read_tensors(path: Path, what: str) -> dict[str, Any]:
    """The tensors of a ``*.safetensors`` file by name. DreamError ``bad_argument`` names ``what`` it was to be."""
    read = library("safetensors.torch").load_file
    try:
        return dict(read(str(path)))
    except Exception as e:  # the library raises exceptions of its own
        raise DreamError("bad_argument", f"{what} {path} cannot be read: {e}.", "Give a *.safetensors file.") from e


def licence_of(folder: Path) -> str:
    """What the head of its README.md says; "unknown"."""
    try:
        text = (folder / "README.md").read_text(errors="replace")[:MAX_CARD]
    except OSError:
        return "unknown"
    head = re.match(r"---\n(.*?)\n---", text, re.DOTALL)
    fields = dict(re.findall(r"^(license|license_name):[ \t]*['\"]?([^'\"\n]+)", head.group(1), re.MULTILINE)) if head else {}
    name = fields.get("license", "unknown").strip()
    return fields.get("license_name", name).strip() if name == "other" else name


def open_checkpoint(model: str, accepted: str | None, say: Say = lambda text: None) -> Checkpoint:
    """A folder, or a name such as "acme/turbo", which is downloaded, and goes on where an earlier download was cut.

    ``accepted`` : the licence that the user accepts, by the name that the checkpoint gives it.

    DreamError ``bad_argument`` (neither a folder nor a name; the licence was not accepted), ``no_access`` (the download failed).
    """
    folder = Path(model)
    if folder.is_dir():
        card, licence = folder.name, licence_of(folder)
        _accept(card, licence, accepted)
        return Checkpoint(folder, card, licence)
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", model):
        raise DreamError(
            "bad_argument", f"There is no folder {model!r}, and it is not a name such as owner/model.", "Check --model."
        )
    hub = library("huggingface_hub")
    try:
        head = Path(hub.hf_hub_download(model, "README.md")).parent
        licence = licence_of(head)
        _accept(model, licence, accepted)
        say(f"downloading {model}")
        folder = Path(hub.snapshot_download(model, allow_patterns=PATTERNS))
    except DreamError:
        raise
    except Exception as e:  # the client raises exceptions of its own, of requests and of the operating system
        raise DreamError(
            "no_access", f"{model} could not be downloaded: {error_line(e)}",
            "Check the name and the connection, and run the command again: it goes on where it stopped.",
        ) from e  # fmt: skip
    return Checkpoint(folder, model, licence)


def _accept(card: str, licence: str, accepted: str | None) -> None:
    if accepted != licence:
        given = f" You accepted {accepted!r}." if accepted else ""
        raise DreamError(
            "bad_argument",
            f"{card} has the licence {licence!r}.{given}",
            f"Read it in the model's card. If you accept it, add: --accept-licence {licence}",
        )
