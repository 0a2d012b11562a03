"""How much one socket may ask for."""

from collections.abc import Callable
from time import monotonic


class TokenBucket:
    """Allows `rate` a second on average and `burst` at once."""

    __slots__ = ("_at", "_burst", "_clock", "_rate", "_tokens")

    def __init__(self, *, rate: float, burst: int, clock: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._tokens = float(burst)
        self._at = clock()

    def take(self) -> bool:
        """Take one token; False when there is none."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    @property
    def wait(self) -> float:
        """Seconds until the next token."""
        return max(0.0, (1 - self._tokens) / self._rate)


class Patience:
    """Says when one that is over its rate has been told so often enough.

    It runs out after more than `refusals` refusals with no allowed request among them.
    """

    __slots__ = ("_bucket", "_refusals", "_refused")

    def __init__(self, bucket: TokenBucket, *, refusals: int) -> None:
        self._bucket = bucket
        self._refusals = refusals
        self._refused = 0

    def allows(self) -> bool:
        if self._bucket.take():
            self._refused = 0
            return True
        self._refused += 1
        return False

    @property
    def exhausted(self) -> bool:
        return self._refused > self._refusals

    @property
    def wait(self) -> float:
        """Seconds until the next request is allowed."""
        return self._bucket.wait
