"""Sessions that run a bundle; usable in-process, without sockets."""
