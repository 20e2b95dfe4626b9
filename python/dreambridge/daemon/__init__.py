"""The daemon: connection file, control channel, sessions. Only this package combines protocol, ring and runtime."""
