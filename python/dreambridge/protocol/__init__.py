"""Messages, codec and errors of the protocol (protocol/PROTOCOL.md). No input or output happens here."""

PROTOCOL_VERSION = "0.9"
