"""What one listener saw of one room, by seq."""

from collections.abc import Set as AbstractSet
from enum import Enum


class Arrival(Enum):
    """What an event's seq says about its arrival."""

    IN_ORDER = "in order"
    OUT_OF_ORDER = "out of order"
    DOUBLED = "doubled"


class Receipts:
    """Everything up to `since` counts as seen. `holes`: the seqs below the highest that were not."""

    def __init__(self, since: int) -> None:
        self.highest = since
        self.holes: set[int] = set()

    def take(self, seq: int) -> Arrival:
        """An event arrived."""
        if seq == self.highest + 1:
            self.highest = seq
            return Arrival.IN_ORDER
        if seq > self.highest:
            self.holes.update(range(self.highest + 1, seq))
            self.highest = seq
            return Arrival.OUT_OF_ORDER
        if seq in self.holes:
            self.holes.discard(seq)
            return Arrival.OUT_OF_ORDER
        return Arrival.DOUBLED

    def read(self, seqs: AbstractSet[int], head: int) -> int:
        """The room was read afresh up to `head`, and held `seqs`; how many of them are new."""
        fresh = {seq for seq in seqs if self.lacks(seq)}
        self.holes.update(range(self.highest + 1, head + 1))
        self.holes -= seqs
        self.highest = max(self.highest, head)
        return len(fresh)

    def lacks(self, seq: int) -> bool:
        return seq > self.highest or seq in self.holes
