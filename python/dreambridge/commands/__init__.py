"""The command `dreambridge`."""
