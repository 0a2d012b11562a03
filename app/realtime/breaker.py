"""Does not ask again at once what has just failed to answer."""

from collections.abc import Callable
from time import monotonic


class Breaker:
    """Open for `seconds` after a failure: who would only wait for another one does something else instead."""

    def __init__(self, *, seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._until = -1.0

    @property
    def open(self) -> bool:
        return self._clock() < self._until

    def failed(self) -> None:
        self._until = self._clock() + self._seconds
