"""Streams of models that run on another machine, by SGLang's realtime video protocol: msgpack over a WebSocket.

A bundle with `remote` in its bundle.json (protocol/BUNDLE.md) has an endpoint and no graphs. Was not run against a real server.
"""
