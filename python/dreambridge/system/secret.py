"""A text whose comparison takes the same time wherever the other text differs."""

import hmac


class Secret(str):
    """For a library that compares with ``==``. Python asks the subclass, on whichever side of ``==`` it stands."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and hmac.compare_digest(self.encode(), other.encode("utf-8", "surrogatepass"))

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__
