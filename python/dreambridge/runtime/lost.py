"""A GPU that is lost for this process: its driver was reset or unloaded, or the GPU was unplugged."""

from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.providers import ProviderFailed

# What CUDA, DirectML, Vulkan and Dawn say.
_WORDS = (
    "CUDA failure 999",
    "CUDA failure 700",
    "CUDA failure 719",
    "CUDA failure 46:",
    "cudaErrorDevicesUnavailable",
    "driver shutting down",
    "unspecified launch failure",
    "an illegal memory access was encountered",
    "887A0005",
    "887A0006",
    "887A0007",
    "DXGI_ERROR_DEVICE_REMOVED",
    "VK_ERROR_DEVICE_LOST",
    "device is lost",
    "Device was lost",
    "GPU has fallen off the bus",
)
HINT = "Restart the daemon; if it happens again, look for errors of the GPU's driver in the system's log."
_lost: dict[str, str] = {}


def is_lost(e: BaseException) -> bool:
    """Whether ONNX Runtime says that the GPU is gone: no session of this process can use it again."""
    said = str(e).lower()
    return any(words.lower() in said for words in _WORDS)


def lost(provider: str, e: BaseException, what: str) -> DreamError:
    """The error for a step on it; later sessions are told at once."""
    _lost[provider] = f"the GPU or its driver was lost: {' '.join(str(e).split())[:200]}"
    return DreamError("session_failed", f"{what} failed, because {_lost[provider]}", HINT)


def check_not_lost(provider: str) -> None:
    """Raise ``ProviderFailed`` if this process has lost the provider's GPU."""
    if provider in _lost:
        raise ProviderFailed(provider, _lost[provider], hint=HINT)
