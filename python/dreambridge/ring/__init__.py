"""The ring: frames in a shared file, written by the daemon and read by any number of readers (protocol/PROTOCOL.md, part 3)."""
