"""The parts of a session know it, and do not keep it alive."""

import weakref
from typing import Generic, TypeVar

S = TypeVar("S")


class PartOf(Generic[S]):
    """``S`` is what the part needs of its session. A reference cycle would keep a closed session alive."""

    def __init__(self, session: S) -> None:
        self._session = weakref.ref(session)

    @property
    def session(self) -> S:
        session = self._session()
        assert session is not None
        return session
