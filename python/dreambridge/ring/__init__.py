"""The ring: frames in a shared file, written by the daemon and read by whoever wants them (protocol/PROTOCOL.md, part 3)."""
