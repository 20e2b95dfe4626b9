"""Messages, codec, limits and errors of the protocol (protocol/PROTOCOL.md). This package does no I/O."""

PROTOCOL_VERSION = "1.0"
