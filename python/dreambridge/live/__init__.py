"""Live shows: what arrives by OSC, MIDI, microphone and camera directs a stream, and its frames go out (docs/live.md).

Nothing here is imported by ``import dreambridge``; each library is imported by the module that needs it.
"""
