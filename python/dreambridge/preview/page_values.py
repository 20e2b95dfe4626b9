"""Values and bytes in the page's JSON: bytes are {"base64": text}."""

import base64
from typing import Any


def bytes_of(value: Any) -> bytes:
    """ValueError if it is not base64."""
    return base64.b64decode(value["base64"], validate=True)


def unpacked(values: Any) -> dict[str, Any]:
    """The page's values from JSON, with pictures as bytes. ValueError if one is not base64."""
    return {k: bytes_of(v) if isinstance(v, dict) and set(v) == {"base64"} else v for k, v in dict(values or {}).items()}
