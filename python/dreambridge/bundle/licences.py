"""The part of ``bundle.json`` about licences."""

import msgspec


class Licences(msgspec.Struct, frozen=True):
    """SPDX names, or the names that the authors use. ``url``: where the text is that a user accepted."""

    weights: str
    code: str
    url: str = ""
