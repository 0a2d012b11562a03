"""A fault: what is done, for how long, and how it is taken back."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

HOLD_SECONDS = 10.0


def nothing() -> None:
    """What there is to mend after a blow."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`strike` and `mend` may block; they run on a thread. `lasts`: the seconds between them.

    `ready`: waits, beforehand, for what the fault needs.
    """

    name: str
    strike: Callable[[], None]
    mend: Callable[[], None] = nothing
    lasts: float = 0.0
    ready: Callable[[], None] = nothing
    # The part that it harms: two faults at once are of two parts.
    part: str = ""

    async def happen(self) -> None:
        """From the blow to when the harm is taken back, which is also done where somebody ends the run meanwhile."""
        striking = asyncio.ensure_future(asyncio.to_thread(self.strike))
        try:
            await asyncio.shield(striking)
            await asyncio.sleep(self.lasts)
        finally:
            await asyncio.wait({striking})
            await asyncio.shield(asyncio.to_thread(self.mend))


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Several faults, begun together."""

    faults: Sequence[Fault]

    @property
    def name(self) -> str:
        return " + ".join(fault.name for fault in self.faults)

    async def happen(self) -> None:
        results = await asyncio.gather(*(fault.happen() for fault in self.faults), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    def ready(self) -> None:
        for fault in self.faults:
            fault.ready()
