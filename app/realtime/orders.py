"""Which orders (to close somebody's sockets) this process has heard of, each once, and since when."""

from collections.abc import Callable, Iterable
from time import monotonic

from realtime.log import Order, Orders
from realtime.shared_look import SharedLook

# Numbers are given before the commit: an order may appear after one with a higher number, but not by more than this.
OVERLAP_SECONDS = 60.0
# How old the last look may be for the first one who comes: others may have come to nothing meanwhile.
FRESH_SECONDS = 3.0


class StandingOrders:
    """Each order once, whether the channel layer brought it or a look into where orders are kept.

    `obey` carries out one that is new. `concerned` says whether there is anybody here whom one could concern.
    """

    def __init__(self, kept: Orders, *, obey: Callable[[Order], None], concerned: Callable[[], bool]) -> None:
        self._kept = kept
        self._obey = obey
        self._concerned = concerned
        self._looks: SharedLook[None, None] = SharedLook(self._look, rest_seconds=0)
        self._looked: float | None = None
        # When each was heard of first: by its number, and by the key that it names.
        self._known: dict[int, float] = {}
        self._heard: dict[str, float] = {}

    def hear(self, order: Order) -> None:
        """Carry out `order`, if nothing was heard of it before."""
        now = monotonic()
        new = order.number not in self._known
        self._known[order.number] = now
        if new:
            self._heard[order.key] = now
            self._obey(order)

    def heard(self, keys: Iterable[str], *, since: float) -> bool:
        """Whether an order about one of `keys` was heard of from the moment `since` (of `monotonic`) on.

        If not, what the database said about these keys after `since` is still so, or an order is yet to come.
        """
        return any(self._heard.get(key, -1.0) >= since for key in keys)

    async def keep_up(self) -> None:
        """What was ordered until now concerns nobody who comes later; called before who comes is looked up.

        While anyone is here the sweep looks, and there is nothing to do. Many who come first share one look.
        """
        looked = self._looked
        if looked is None or (not self._concerned() and monotonic() - looked > FRESH_SECONDS):
            await self.look()

    async def look(self) -> None:
        """Hear what was given since the last look, with an overlap."""
        await self._looks.ask(None)

    def rest(self) -> None:
        """Nobody is here any more: what is given from now on is nobody's business."""
        self._looked = None

    async def _look(self, _: list[None]) -> dict[None, None]:
        now = monotonic()
        since = now if self._looked is None or not self._concerned() else self._looked
        for order in await self._kept.given_within(now - since + OVERLAP_SECONDS):
            self.hear(order)
        self._looked = now
        self._forget(now - 2 * OVERLAP_SECONDS)
        return {}

    def _forget(self, oldest: float) -> None:
        """What is in no look any more, and was heard of before any handshake that is under way began."""
        self._known = {number: at for number, at in self._known.items() if at > oldest}
        self._heard = {key: at for key, at in self._heard.items() if at > oldest}
