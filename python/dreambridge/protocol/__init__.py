"""Messages, codec, limits and errors of the protocol (protocol/PROTOCOL.md). Nothing here does input or output."""

PROTOCOL_VERSION = "1.0"
