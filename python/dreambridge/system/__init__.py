"""Facts of the operating system: paths, processes, priority, the connection file."""
