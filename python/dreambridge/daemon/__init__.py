"""The daemon: connection file, control channel, sessions. The only place where protocol, ring and runtime meet."""
