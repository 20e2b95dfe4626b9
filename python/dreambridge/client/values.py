"""Values of a direction as they are sent, and those that last."""

from typing import Any

from dreambridge.protocol.conditions import MOMENTARY


def plain(values: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Arrays and tensors as lists, and pictures as bytes, for msgpack. Only the schema tells whether a str is a path."""
    from dreambridge.client.pictures import is_picture, to_send

    return {
        k: to_send(k, v) if is_picture(v) or schema.get(k, {}).get("kind") == "image" else _listed(v) for k, v in values.items()
    }


def _listed(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_listed(v) for v in value]
    return value.tolist() if hasattr(value, "tolist") else value


def lasting(values: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The lasting part of ``values``: all except events and deltas, which must not happen again when the daemon is back."""
    return {k: v for k, v in values.items() if schema.get(k, {}).get("kind") not in MOMENTARY}
