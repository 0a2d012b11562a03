"""The ledger of a run: what was written, acknowledged and seen, and what of that is wrong.

Times are seconds of one clock, whichever the caller uses; the ledger has none of its own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf

from tests.chaos.receipts import Arrival, Receipts

# A complaint is the server's doing and fails the run; more than these say nothing new.
COMPLAINTS_KEPT = 20


@dataclass(slots=True)
class Post:
    """One message from when it was written; `seq` once the server named it."""

    room: str
    client_id: str
    sender: str
    at: float
    acknowledged_at: float | None = None
    seq: int | None = None


@dataclass(slots=True)
class Listener:
    """One client's ear in one room. `heard_at`: when it heard something last."""

    name: str
    room: str
    receipts: Receipts
    heard_at: float


@dataclass(slots=True)
class Counts:
    """Of the whole run so far, or of a part of it."""

    posted: int = 0
    acknowledged: int = 0
    delivered: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0

    def __sub__(self, before: "Counts") -> "Counts":
        return Counts(*(getattr(self, name) - getattr(before, name) for name in self.__slots__))

    def copy(self) -> "Counts":
        return self - Counts()

    @property
    def kept(self) -> bool:
        """Whether the promise was."""
        return self.lost == self.doubled == self.out_of_order == 0


@dataclass(slots=True)
class RoomBook:
    """One room: who listens, what was written, and under which seq each event is known."""

    listeners: list[Listener] = field(default_factory=list)
    by_seq: dict[int, str] = field(default_factory=dict)
    # (when, highest seq acknowledged by then), rising in both.
    heads: list[tuple[float, int]] = field(default_factory=list)
    acknowledged: dict[int, Post] = field(default_factory=dict)

    def head(self, by: float) -> int:
        """The highest seq that was acknowledged at `by`."""
        for at, seq in reversed(self.heads):
            if at <= by:
                return seq
        return 0


class Ledger:
    """`per_second` holds, by whole second, how many were posted, acknowledged and delivered."""

    def __init__(self) -> None:
        self.counts = Counts()
        self.rooms: dict[str, RoomBook] = defaultdict(RoomBook)
        self.posts: dict[str, Post] = {}
        # The first of them, and how many there were.
        self.complaints: list[str] = []
        self.complained = 0
        self.longest_silence = 0.0
        self.read_afresh = 0
        self.per_second: dict[str, Counter[int]] = {
            "posted": Counter(),
            "acknowledged": Counter(),
            "delivered": Counter(),
        }
        self._lost: set[tuple[str, str, int]] = set()

    # --- who ---

    def listen(self, name: str, room: str, *, since: int, at: float) -> Listener:
        """A client that is to see every event of `room` after `since`."""
        listener = Listener(name, room, Receipts(since), at)
        self.rooms[room].listeners.append(listener)
        return listener

    # --- what happens ---

    def written(self, post: Post) -> None:
        self.posts[post.client_id] = post
        self.counts.posted += 1
        self.per_second["posted"][int(post.at)] += 1

    def acknowledged(self, client_id: str, seq: int, at: float) -> None:
        """Of a post that is acknowledged again only the seq is looked at."""
        post = self.posts[client_id]
        self._known_as(post.room, seq, client_id)
        if post.acknowledged_at is not None:
            return
        post.acknowledged_at = at
        room = self.rooms[post.room]
        room.acknowledged[seq] = post
        if not room.heads or seq > room.heads[-1][1]:
            room.heads.append((at, seq))
        self.counts.acknowledged += 1
        self.per_second["acknowledged"][int(at)] += 1

    def delivered(self, listener: Listener, seq: int, client_id: str | None, at: float) -> None:
        """An event came by the stream, live or replayed. `client_id`: None where it is no message."""
        arrival = listener.receipts.take(seq)
        if arrival is Arrival.DOUBLED:
            self.counts.doubled += 1
            self.complain(f"{listener.name}: seq {seq} of {listener.room} came again")
            return
        if arrival is Arrival.OUT_OF_ORDER:
            self.counts.out_of_order += 1
            self.complain(f"{listener.name}: seq {seq} of {listener.room} came out of order")
        self.counts.delivered += 1
        self.per_second["delivered"][int(at)] += 1
        if client_id is not None:
            self._known_as(listener.room, seq, client_id)
            if post := self.posts.get(client_id):
                self.longest_silence = max(self.longest_silence, at - max(post.at, listener.heard_at))
        listener.heard_at = at

    def read(self, listener: Listener, page: dict[int, str], head: int, at: float) -> None:
        """The client was away too long for a replay and read the room from the API: seq and client_id, up to `head`."""
        for seq, client_id in page.items():
            self._known_as(listener.room, seq, client_id)
        new = listener.receipts.read(page.keys(), head)
        self.counts.delivered += new
        self.per_second["delivered"][int(at)] += new
        self.read_afresh += 1
        listener.heard_at = at

    def complain(self, what: str) -> None:
        self.complained += 1
        if len(self.complaints) < COMPLAINTS_KEPT:
            self.complaints.append(what)

    def raise_complaints(self) -> None:
        """Before the first fault nothing may go wrong: what does is a mistake of the set-up."""
        if self.complaints:
            raise RuntimeError(self.complaints[0])

    def _known_as(self, room: str, seq: int, client_id: str) -> None:
        """One post has one seq and one seq is one post, whoever says so."""
        known = self.rooms[room].by_seq.setdefault(seq, client_id)
        if known != client_id:
            self.counts.out_of_order += 1
            self.complain(f"{room}: seq {seq} is {known} to one and {client_id} to another")
        post = self.posts.get(client_id)
        if post is None:
            return
        if post.seq is None:
            post.seq = seq
        elif post.seq != seq:
            self.counts.doubled += 1
            self.complain(f"{room}: {client_id} is both {post.seq} and {seq}")

    # --- what is wrong ---

    def behind(self, listener: Listener, by: float) -> bool:
        """Whether something that was acknowledged at `by` has not come yet. A hole is lost, which is another matter."""
        return listener.receipts.highest < self.rooms[listener.room].head(by)

    def count_lost(self, by: float = inf) -> int:
        """What was acknowledged by then and has not come: how many more than were known. Each is counted once.

        Call it when everything had time to arrive.
        """
        before = self.counts.lost
        for room in self.rooms.values():
            for listener in room.listeners:
                for seq in self._missing(listener, room.head(by)):
                    if seq in room.acknowledged and (listener.name, listener.room, seq) not in self._lost:
                        self._lost.add((listener.name, listener.room, seq))
                        self.counts.lost += 1
                        self.complain(f"{listener.name}: seq {seq} of {listener.room} was acknowledged and never came")
        return self.counts.lost - before

    @property
    def late(self) -> int:
        """How many of those that were counted as lost have come since."""
        lacking = {
            (listener.name, listener.room, seq)
            for room in self.rooms.values()
            for listener in room.listeners
            for seq in self._missing(listener, room.head(inf))
        }
        return len(self._lost - lacking)

    def _missing(self, listener: Listener, head: int) -> list[int]:
        receipts = listener.receipts
        return [*sorted(seq for seq in receipts.holes if seq <= head), *range(receipts.highest + 1, head + 1)]

    def audit(self, room: str, log: Iterable[tuple[int, str | None]], *, since: int) -> None:
        """Compare with the room's log after `since` as the database has it: (seq, client_id) of each event."""
        last = since
        seqs: dict[str, int] = {}
        written_at: dict[str, float] = {}
        for seq, client_id in log:
            if seq != last + 1:
                self.counts.out_of_order += 1
                self.complain(f"the log of {room}: {seq} follows {last}")
            last = seq
            if client_id is None:
                continue
            if client_id in seqs:
                self.counts.doubled += 1
                self.complain(f"the log of {room}: {client_id} is in it as {seqs[client_id]} and as {seq}")
            seqs[client_id] = seq
            self._known_as(room, seq, client_id)
            if post := self.posts.get(client_id):
                if post.at < written_at.get(post.sender, post.at):
                    self.counts.out_of_order += 1
                    self.complain(f"the log of {room}: {seq} of {post.sender} was written before the one before it")
                written_at[post.sender] = post.at
        for seq, post in self.rooms[room].acknowledged.items():
            if seqs.get(post.client_id) is None:
                self.counts.lost += 1
                self.complain(f"the log of {room}: {seq} was acknowledged and is not in it")
