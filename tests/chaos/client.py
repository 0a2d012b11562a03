"""One client: a room, an outbox and a connection that is opened again, as the browser's client has them.

It differs from app/chat/static/chat/client/ where a proof must: it takes every event as it comes and mends no gap, so
that what the server lost stays lost and what it doubled shows.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from uuid import uuid4

from tests.chaos.connection import Connection, Ending, Frame
from tests.chaos.ledger import Ledger, Post
from tests.chaos.site import Account, Api, Refused, Site, Unavailable

# As in timers.js, connection.js and client.js, in seconds.
BACKOFF_BASE = 0.5
BACKOFF_CAP = 30.0
STEADY_AFTER = 10.0
ANSWER_WITHIN = 20.0
RETRY_AFTER = 2.0
COOL_DOWN = 30.0

FINAL = {4401, 4403, 4409}
TOO_MANY_FRAMES = 4429
# Asked again after a while; any other error is an answer.
NOT_NOW = {"rate_limited", "unavailable"}
# Connections that were left without a word are closed at last when there are more.
DARK_KEPT = 2


def backoff(attempt: int, rng: random.Random) -> float:
    """Exponential, with full jitter."""
    return rng.random() * min(BACKOFF_CAP, BACKOFF_BASE * 2.0 ** min(attempt, 20))


class Client:
    """`run()` until cancelled. `posts_by_api`: its posts go to the API, as those of a program or of a form would."""

    def __init__(
        self, account: Account, site: Site, api: Api, ledger: Ledger, rng: random.Random, *, posts_by_api: bool = False
    ) -> None:
        self.account = account
        self.posts_by_api = posts_by_api
        self.subscribed = False
        self.stopped = False
        # How long it was without its room, each time: from being told to leave, or cut off, to being subscribed again.
        self.absences: list[float] = []
        self._site = site
        self._api = api
        self._ledger = ledger
        self._rng = rng
        self._loop = asyncio.get_running_loop()
        self._listener = ledger.listen(account.name, account.room, since=account.since, at=self._loop.time())
        self._connection: Connection | None = None
        self._asked: dict[int, tuple[Callable[[Frame], None], asyncio.TimerHandle]] = {}
        self._last_id = 0
        self._outbox: deque[Post] = deque()
        self._sending = False
        self._paused_until = 0.0
        self._held: list[Frame] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: set[asyncio.TimerHandle] = set()
        self._away_since: float | None = None
        self._cut_until = 0.0
        self._dark: deque[Callable[[], None]] = deque()

    # --- what others ask ---

    def write(self, body: str) -> None:
        """Put a post into the outbox."""
        now = self._loop.time()
        post = Post(self.account.room, str(uuid4()), self.account.name, now)
        self._ledger.written(post)
        self._outbox.append(post)
        self._pump()

    def is_back(self, patience: float) -> bool:
        """Subscribed, with nothing that was acknowledged `patience` seconds ago missing and no post waiting longer."""
        by = self._loop.time() - patience
        waiting = bool(self._outbox) and self._outbox[0].at < by
        return self.subscribed and not waiting and not self._ledger.behind(self._listener, by)

    def cut(self, seconds: float, *, dark: bool) -> None:
        """Take its network away for so long; `dark`: the server does not learn of it."""
        self._cut_until = self._loop.time() + seconds
        if self._connection is None:
            return
        if not dark:
            self._connection.reset()
            return
        self._dark.append(self._connection.go_dark())
        if len(self._dark) > DARK_KEPT:
            self._dark.popleft()()

    # --- connections, one after the other ---

    async def run(self) -> None:
        attempt = 0
        try:
            while not self.stopped:
                ending = await self._connected()
                now = self._loop.time()
                if ending.online_at is not None and now - ending.online_at >= STEADY_AFTER:
                    attempt = 0
                wait = self._wait(ending, attempt, now)
                attempt += ending.come_back is None
                await asyncio.sleep(max(wait, self._cut_until - now + wait))
        finally:
            self._let_go()

    def _wait(self, ending: Ending, attempt: int, now: float) -> float:
        if ending.code in FINAL:
            self.stopped = True
            self._complain(f"closed for good with {ending.code}")
        if ending.code == TOO_MANY_FRAMES:
            return COOL_DOWN
        if ending.come_back is not None:
            return max(0.0, ending.come_back - now)
        return backoff(attempt, self._rng)

    async def _connected(self) -> Ending:
        connection = Connection(on_online=self._came_online, on_frame=self._receive)
        self._connection = connection
        try:
            return await connection.run(self._rng.choice(self._site.sockets), self.account.token)
        finally:
            self._went_offline(connection.leaving_since)

    def _came_online(self) -> None:
        self._subscribe()
        self._pump()

    def _went_offline(self, leaving_since: float | None) -> None:
        self._connection = None
        if self.subscribed:
            self._away_since = leaving_since or self._loop.time()
        self.subscribed = False
        for _, late in self._asked.values():
            late.cancel()
        self._asked.clear()
        self._held = None
        self._sending = self._sending and self.posts_by_api

    def _let_go(self) -> None:
        for task in self._tasks:
            task.cancel()
        for timer in self._timers:
            timer.cancel()
        for end in self._dark:
            end()

    # --- requests ---

    def _ask(self, frame: Frame, done: Callable[[Frame], None]) -> None:
        if self._connection is None:
            return
        self._last_id += 1
        late = self._loop.call_later(ANSWER_WITHIN, self._connection.abandon)
        self._asked[self._last_id] = (done, late)
        self._connection.send({**frame, "id": self._last_id})

    def _receive(self, frame: Frame) -> None:
        if (asked := self._asked.pop(frame.get("id", 0), None)) is not None:
            done, late = asked
            late.cancel()
            done(frame)
        elif frame["type"] == "event":
            self._take([frame])
        elif frame["type"] in {"unsubscribed", "error"}:
            self._complain(f"was told {frame}")

    # --- the room ---

    def _subscribe(self) -> None:
        since = self._listener.receipts.highest
        self._ask({"type": "subscribe", "room": self.account.room, "since": since}, self._answered)

    def _answered(self, answer: Frame) -> None:
        if answer["type"] == "error":
            if answer["code"] in NOT_NOW:
                self._later(answer.get("retry_after", RETRY_AFTER), self._subscribe_again(self._connection))
            else:
                self._complain(f"could not subscribe: {answer['code']}")
            return
        self.subscribed = True
        if self._away_since is not None:
            self.absences.append(self._loop.time() - self._away_since)
            self._away_since = None
        if answer["recovered"]:
            self._take(answer["events"])
        else:
            self._held = []
            self._start(self._read_afresh(self._held))

    def _subscribe_again(self, connection: Connection | None) -> Callable[[], None]:
        return lambda: self._subscribe() if self._connection is connection else None

    def _take(self, events: list[Frame]) -> None:
        if self._held is not None:
            self._held += events
            return
        for event in events:
            self.hear(event)

    def hear(self, event: Frame) -> None:
        """Enter one event into the ledger."""
        self._ledger.delivered(self._listener, event["seq"], event["data"].get("client_id"), self._loop.time())

    async def _read_afresh(self, held: list[Frame]) -> None:
        attempt = 0
        while self._held is held:
            try:
                page, head = await self._api.afresh(self.account, self._listener.receipts.highest)
            except Unavailable:
                await asyncio.sleep(1 + backoff(attempt, self._rng))
                attempt += 1
                continue
            if self._held is held:
                self._held = None
                self._ledger.read(self._listener, page, head, self._loop.time())
                self._take([event for event in held if event["seq"] > head])

    # --- the outbox: one post on its way at a time ---

    def _pump(self) -> None:
        if self._sending or not self._outbox or self._loop.time() < self._paused_until:
            return
        if self.posts_by_api:
            self._sending = True
            self._start(self._post_by_api())
        elif self._connection is not None and self._connection.online_at is not None:
            self._sending = True
            post = self._outbox[0]
            frame = {"type": "post", "room": post.room, "client_id": post.client_id, "body": body_of(post)}
            self._ask(frame, self._posted)

    def _posted(self, answer: Frame) -> None:
        self._sending = False
        if answer["type"] == "ack":
            self._acknowledged(answer["client_id"], answer["seq"])
        elif answer["code"] in NOT_NOW:
            wait = float(answer.get("retry_after", RETRY_AFTER))
            self._paused_until = self._loop.time() + wait
            self._later(wait, self._pump)
            return
        else:
            self._complain(f"could not post: {answer['code']}")
            self._outbox.popleft()
        self._pump()

    async def _post_by_api(self) -> None:
        attempt = 0
        while self._outbox:
            post = self._outbox[0]
            try:
                self._acknowledged(post.client_id, await self._api.post(self.account, post.client_id, body_of(post)))
                attempt = 0
            except Unavailable as error:
                await asyncio.sleep(error.retry_after or backoff(attempt, self._rng))
                attempt += 1
            except Refused as refusal:
                self._complain(str(refusal))
                self._outbox.popleft()
        self._sending = False

    def _acknowledged(self, client_id: str, seq: int) -> None:
        self._ledger.acknowledged(client_id, seq, self._loop.time())
        if self._outbox and self._outbox[0].client_id == client_id:
            self._outbox.popleft()

    # --- small things ---

    def _complain(self, what: str) -> None:
        self._ledger.complain(f"{self.account.name}: {what}")

    def _start(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _later(self, seconds: float, run: Callable[[], None]) -> None:
        def ring() -> None:
            self._timers.discard(timer)
            run()

        timer = self._loop.call_later(seconds, ring)
        self._timers.add(timer)


def body_of(post: Post) -> str:
    """What it says; the same each time that it is sent."""
    return f"{post.sender} at {post.at:.3f}"
