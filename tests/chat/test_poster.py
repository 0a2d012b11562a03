"""Which posts share a transaction, and that none holds up or loses another: on a clock of the test's own."""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.db import InterfaceError, OperationalError
from psycopg_pool import PoolTimeout

from accounts.models import User
from chat.errors import NotFound, Unavailable
from chat.first_run import first_run
from chat.poster import BATCH, BATCH_CHARACTERS, LOCK_SECONDS, RETRY_SECONDS, Poster
from chat.posting import LOCKED, Answer, Draft, Locked, Patience, Posted
from realtime.database import in_database, threads
from tests.people import PASSWORD
from tests.queries import queries_of_all_threads, table_of
from tests.realtime.stepped_loop import SteppedLoop
from tests.redis_probe import counted

ANA = User(pk=1, username="ana")


class Ledger:
    """Takes the place of the database: writes what it is given when the test says so."""

    def __init__(self, loop: SteppedLoop) -> None:
        self._loop = loop
        self._under_way: list[asyncio.Future[None]] = []
        self._open = False
        self._seq = 0
        # What was handed over in one go: how patiently, and the bodies.
        self.handed: list[tuple[Patience, list[str]]] = []
        # Rooms that something that hangs has locked.
        self.locked: set[str] = set()
        # Rooms that other workers queue for: who does not queue as well never finds them free.
        self.busy: set[str] = set()
        self.fails: Exception | None = None

    async def write(self, drafts: Sequence[Draft], patience: Patience) -> list[Answer | Locked]:
        self.handed.append((patience, [draft.body for draft in drafts]))
        if not self._open:
            self._under_way.append(self._loop.create_future())
            await self._under_way[-1]
        if self.fails is not None:
            raise self.fails
        if patience is Patience.SHORT and any(draft.slug in self.locked for draft in drafts):
            return [LOCKED] * len(drafts)
        return [self._answer(draft, patience) for draft in drafts]

    def _answer(self, draft: Draft, patience: Patience) -> Answer | Locked:
        if draft.slug in self.locked or (draft.slug in self.busy and patience is Patience.NONE):
            return LOCKED
        if draft.slug == "nowhere":
            return NotFound()
        self._seq += 1
        return Posted(seq=self._seq, duplicate=False)

    def open(self) -> None:
        """From now on a transaction takes no time."""
        self._open = True
        while self._under_way:
            self.finish_one()
        self._loop.let_pass()

    def finish_one(self) -> None:
        """What has been under way for longest is written."""
        self._under_way.pop(0).set_result(None)
        self._loop.let_pass()

    @property
    def batches(self) -> list[list[str]]:
        return [bodies for _, bodies in self.handed]


class Desk:
    """A poster, and people who post."""

    def __init__(self, loop: SteppedLoop) -> None:
        self.loop = loop
        self.ledger = Ledger(loop)
        self.poster = Poster(self.ledger.write)

    def post(self, *bodies: str, room: str = "lobby") -> "list[asyncio.Task[Posted]]":
        """One sender each, who wait for their answers."""
        drafts = [Draft(by=ANA, slug=room, client_id=uuid4(), body=body) for body in bodies]
        asked = [self.loop.create_task(self.poster.post(draft)) for draft in drafts]
        self.loop.let_pass()
        return asked


@pytest.fixture
def desk() -> Iterator[Desk]:
    loop = SteppedLoop()
    yield Desk(loop)
    left = loop.work()
    loop.finish()
    assert left == [], "something was left behind"
    assert loop.failures == []


def seqs(*asked: "asyncio.Task[Posted]") -> list[int]:
    return [task.result().seq for task in asked]


# --- who goes with whom ---


def test_a_lone_post_goes_at_once(desk: Desk) -> None:
    [asked] = desk.post("a")
    assert desk.ledger.batches == [["a"]]
    desk.ledger.open()
    assert asked.result() == Posted(seq=1, duplicate=False)
    assert desk.loop.time() == 0


def test_what_comes_while_one_is_under_way_goes_together_and_in_order(desk: Desk) -> None:
    first = desk.post("a")
    rest = [*desk.post("b"), *desk.post("c", room="patio"), *desk.post("d")]
    assert desk.ledger.batches == [["a"]]
    desk.ledger.finish_one()
    assert seqs(*first) == [1]
    assert desk.ledger.batches == [["a"], ["b", "c", "d"]]
    desk.ledger.open()
    assert seqs(*rest) == [2, 3, 4]


def test_so_many_go_together_at_the_most(desk: Desk) -> None:
    first = desk.post("a")
    rest = desk.post(*(str(number) for number in range(BATCH + 1)))
    desk.ledger.open()
    assert [len(batch) for batch in desk.ledger.batches] == [1, BATCH, 1]
    assert seqs(*first, *rest) == list(range(1, BATCH + 3))


def test_long_ones_are_fewer(desk: Desk) -> None:
    first = desk.post("a")
    rest = desk.post(*["x" * 15_000] * 3, "y" * 3_000, "z" * 70_000, "b", "c")
    desk.ledger.open()
    assert [[body[0] for body in batch] for batch in desk.ledger.batches] == [
        ["a"],
        ["x", "x"],
        ["x", "y"],
        ["z"],
        ["b", "c"],
    ]
    assert all(sum(map(len, batch)) <= BATCH_CHARACTERS for batch in desk.ledger.batches if len(batch) > 1)
    assert seqs(*first, *rest) == list(range(1, 9))


def test_one_task_carries_them_however_many_they_are(desk: Desk) -> None:
    asked = desk.post("a", "b", "c", "d")
    mine = [name for name in desk.loop.work() if "Poster.post" not in name]
    assert len(mine) == 1
    desk.ledger.open()
    assert seqs(*asked) == [1, 2, 3, 4]


# --- each its own answer ---


def test_an_error_reaches_its_sender_alone(desk: Desk) -> None:
    first = desk.post("a")
    [good], [bad], [better] = desk.post("b"), desk.post("c", room="nowhere"), desk.post("d")
    desk.ledger.open()
    assert seqs(*first, good, better) == [1, 2, 3]
    assert isinstance(bad.exception(), NotFound)


def test_what_fails_fails_for_those_who_went_together(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.ledger.fails = ValueError("a surprise")
    asked = desk.post("a", "b")
    waiting = desk.post("c")
    desk.ledger.finish_one()
    desk.ledger.fails = None
    desk.ledger.open()
    assert refused(*asked)
    assert asked[0].exception() is not asked[1].exception()
    assert seqs(*waiting) == [1]
    assert len(caplog.records) == 1, "a line a batch, not one a post"


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("gone"), PoolTimeout("gone")])
def test_without_the_database_all_who_wait_are_told_so_at_once(
    desk: Desk, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    desk.ledger.fails = error
    asked = [*desk.post("a"), *desk.post(*(str(number) for number in range(BATCH * 3)))]
    desk.ledger.finish_one()
    assert refused(*asked)
    assert desk.ledger.batches == [["a"]], "it was asked once"
    assert len(caplog.records) == 1
    desk.ledger.fails = None
    back = desk.post("b")
    desk.ledger.open()
    assert seqs(*back) == [1]


def test_without_the_database_those_who_wait_for_a_lock_are_told_so_at_once(desk: Desk) -> None:
    desk.ledger.locked = {"patio", "garden"}
    [patio], [garden] = desk.post("a", room="patio"), desk.post("b", room="garden")
    desk.ledger.finish_one()  # patio's: it goes to the second lane
    desk.ledger.finish_one()  # garden's, which comes after it there
    [attic] = desk.post("c", room="attic")
    desk.ledger.finish_one()  # patio goes to the third lane
    assert desk.ledger.handed[3:] == [(Patience.NONE, ["c"]), (Patience.SHORT, ["b"]), (Patience.SHORT, ["a"])]
    more = [*desk.post("d", room="garden"), *desk.post("e", room="patio")]
    desk.ledger.fails = OperationalError("gone")
    desk.ledger.open()
    assert refused(patio, garden, attic, *more)
    assert len(desk.ledger.handed) == 6, "what was under way in each lane"


def refused(*asked: "asyncio.Task[Posted]") -> bool:
    return all(task.done() and isinstance(task.exception(), Unavailable) for task in asked)


# --- who does not wait any more ---


def test_who_stops_waiting_takes_nothing_from_the_others(desk: Desk) -> None:
    [begun], [beside] = desk.post("a"), desk.post("b")
    [gone], [kept] = desk.post("c"), desk.post("d")
    for task in (begun, gone):
        task.cancel()
    desk.loop.let_pass()
    desk.ledger.open()
    # What had begun is written all the same; what had not is left out.
    assert desk.ledger.batches == [["a"], ["b", "d"]]
    assert seqs(beside, kept) == [2, 3]


def test_where_all_stop_waiting_nothing_is_asked(desk: Desk) -> None:
    first = desk.post("a")
    for task in desk.post("b", "c"):
        task.cancel()
    desk.ledger.open()
    assert desk.ledger.batches == [["a"]]
    assert seqs(*first) == [1]


# --- rooms that are locked ---


def test_a_room_that_is_locked_for_a_moment_is_waited_for_beside_the_others(desk: Desk) -> None:
    desk.ledger.locked = {"patio"}
    [locked] = desk.post("a", room="patio")
    desk.ledger.finish_one()
    others = desk.post("b", "c")
    assert desk.ledger.handed == [(Patience.NONE, ["a"]), (Patience.SHORT, ["a"]), (Patience.NONE, ["b", "c"])]
    # What is said in it meanwhile follows the first, and asks no more in vain.
    following = desk.post("d", "e", room="patio")
    desk.ledger.locked = set()
    desk.ledger.open()
    assert desk.ledger.handed[3:] == [(Patience.SHORT, ["d", "e"])]
    assert sorted(seqs(locked, *others, *following)) == [1, 2, 3, 4, 5]
    assert seqs(*following) == [2, 3]
    # When nobody waits there any more, it is a room like the others.
    again = desk.post("f", room="patio")
    assert desk.ledger.handed[4:] == [(Patience.NONE, ["f"])]
    assert seqs(*again) == [6]


def test_a_room_that_stays_locked_holds_up_no_other_that_was_locked_with_it(desk: Desk) -> None:
    desk.ledger.open()
    desk.ledger.locked = {"patio", "garden"}
    first = desk.post("a", room="lobby")
    [stuck] = desk.post("b", room="patio")
    [freed] = desk.post("c", room="garden")
    assert seqs(*first) == [1]
    desk.ledger.locked = {"patio"}
    desk.loop.let_pass(RETRY_SECONDS)
    assert seqs(freed) == [2]
    assert not stuck.done()
    desk.ledger.locked = set()
    desk.loop.let_pass(RETRY_SECONDS)
    assert seqs(stuck) == [3]


def test_rooms_that_were_waited_for_together_in_vain_are_waited_for_one_at_a_time(desk: Desk) -> None:
    """One of them hangs. The others are never free for who does not wait for them, and are not locked by who waits for
    that one."""
    first = desk.post("lobby")
    desk.ledger.locked = {"patio"}
    desk.ledger.busy = {"garden", "attic"}
    [stuck, garden, attic] = [task for room in ("patio", "garden", "attic") for task in desk.post(room, room=room)]
    desk.ledger.open()
    assert desk.ledger.handed == [
        (Patience.NONE, ["lobby"]),
        (Patience.NONE, ["patio", "garden", "attic"]),
        (Patience.SHORT, ["patio", "garden", "attic"]),
        (Patience.SHORT, ["patio"]),
        (Patience.SHORT, ["garden"]),
        (Patience.SHORT, ["attic"]),
    ]
    assert seqs(*first, garden, attic) == [1, 2, 3]
    assert desk.loop.time() == 0
    # The one that hangs is waited for again, and by nobody else.
    again = desk.post("b", room="garden")
    desk.loop.let_pass(RETRY_SECONDS)
    assert desk.ledger.handed[6:] == [(Patience.NONE, ["b"]), (Patience.SHORT, ["b"]), (Patience.SHORT, ["patio"])]
    assert seqs(*again) == [4]
    desk.ledger.locked, desk.ledger.busy = set(), {"patio"}
    desk.loop.let_pass(RETRY_SECONDS)
    assert seqs(stuck) == [5]


def test_what_is_said_in_a_room_that_is_set_apart_follows_it_there(desk: Desk) -> None:
    desk.ledger.locked = {"patio"}
    asked = desk.post("a", room="patio")
    desk.ledger.finish_one()
    desk.ledger.finish_one()
    assert desk.ledger.handed == [(Patience.NONE, ["a"]), (Patience.SHORT, ["a"]), (Patience.SHORT, ["a"])]
    asked += desk.post("b", *(str(number) for number in range(BATCH)), room="patio")
    desk.ledger.finish_one()  # in vain: those who came meanwhile are not tried in vain as well
    asked += desk.post("c", room="patio")
    assert len(desk.ledger.handed) == 3
    desk.ledger.locked = set()
    desk.loop.let_pass(RETRY_SECONDS)
    desk.ledger.open()
    assert [(patience, len(bodies)) for patience, bodies in desk.ledger.handed[3:]] == [
        (Patience.SHORT, BATCH),
        (Patience.SHORT, 3),
    ]
    assert seqs(*asked) == list(range(1, BATCH + 4))
    # It is a room like the others again.
    again = desk.post("d", room="patio")
    assert desk.ledger.handed[5:] == [(Patience.NONE, ["d"])]
    assert seqs(*again) == [BATCH + 4]


def test_rooms_that_are_set_apart_take_turns(desk: Desk) -> None:
    first = desk.post("lobby")
    desk.ledger.locked = {"patio", "garden"}
    asked = [*desk.post("patio", room="patio"), *desk.post("garden", room="garden")]
    for _ in range(3):
        desk.ledger.finish_one()
    assert desk.ledger.handed[3:] == [(Patience.SHORT, ["patio"])]
    asked += [*desk.post(*["garden"] * (BATCH + 1), room="garden"), *desk.post("patio", room="patio")]
    desk.ledger.locked = set()
    desk.ledger.open()
    assert [(bodies[0], len(bodies)) for bodies in desk.ledger.batches[4:]] == [
        ("garden", BATCH),
        ("patio", 1),
        ("garden", 2),
    ]
    assert sorted(seqs(*first, *asked)) == list(range(1, BATCH + 6))


def test_who_has_waited_long_enough_behind_other_rooms_is_told_so_untried(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    first = desk.post("lobby")
    desk.ledger.locked = {"patio", "garden"}
    [patio], [garden] = desk.post("patio", room="patio"), desk.post("garden", room="garden")
    for _ in range(3):
        desk.ledger.finish_one()
    assert desk.ledger.handed[3:] == [(Patience.SHORT, ["patio"])]
    desk.loop.let_pass(LOCK_SECONDS)
    desk.ledger.locked = set()
    desk.ledger.finish_one()
    assert seqs(*first, patio) == [1, 2]
    assert refused(garden)
    assert len(desk.ledger.handed) == 4
    assert [record.getMessage() for record in caplog.records] == ["a room stayed locked"]


def test_who_is_set_apart_takes_along_what_waits_for_its_room_beside_others(desk: Desk) -> None:
    desk.ledger.locked = {"patio"}
    desk.ledger.busy = {"garden"}
    patio = desk.post("a", room="patio")
    desk.ledger.finish_one()
    patio += desk.post("b", room="patio")
    garden = desk.post("c", room="garden")
    desk.ledger.finish_one()
    assert desk.ledger.handed[2:] == [(Patience.NONE, ["c"]), (Patience.SHORT, ["a", "b"])]
    desk.ledger.open()
    assert desk.ledger.handed[4:] == [(Patience.SHORT, ["c"])]
    assert seqs(*garden) == [1]
    desk.ledger.locked = set()
    desk.loop.let_pass(RETRY_SECONDS)
    assert seqs(*patio) == [2, 3]


def test_who_posts_to_a_room_that_stays_locked_is_answered_in_the_end(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.ledger.open()
    desk.ledger.locked = {"patio"}
    [early] = desk.post("a", room="patio")
    desk.loop.let_pass(LOCK_SECONDS / 2)
    [late] = desk.post("b", room="patio")
    desk.loop.let_pass(LOCK_SECONDS / 2 - RETRY_SECONDS * 1.5)
    assert not early.done()
    desk.loop.let_pass(RETRY_SECONDS * 2.5)
    assert isinstance(early.exception(), Unavailable)
    assert not late.done()
    assert [record.getMessage() for record in caplog.records] == ["a room stayed locked"]
    desk.ledger.locked = set()
    desk.loop.let_pass(RETRY_SECONDS)
    assert seqs(late) == [1]
    looks = [patience for patience, _ in desk.ledger.handed]
    assert looks[0] is Patience.NONE
    assert set(looks[1:]) == {Patience.SHORT}, "who does not wait for it does not get it"
    assert len(looks) <= 3 + (LOCK_SECONDS + RETRY_SECONDS) / RETRY_SECONDS, "with a pause between two tries"


def test_nobody_is_left_waiting_for_a_room_that_stays_locked(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.ledger.open()
    desk.ledger.locked = {"patio"}
    asked = [task for number in range(5) for task in desk.post(str(number), room="patio")]
    asked[0].cancel()
    desk.loop.let_pass(LOCK_SECONDS + RETRY_SECONDS * 2)
    assert all(isinstance(task.exception(), Unavailable) for task in asked[1:])
    looks = len(desk.ledger.handed)
    desk.loop.let_pass(60)
    assert len(desk.ledger.handed) == looks, "it is not asked for when nobody waits"


# --- in life ---


@pytest.mark.parametrize("posts", [1, 2, 50])
async def test_what_a_post_costs(
    transactional_db: None, redis_server: "redis.Redis", monkeypatch: pytest.MonkeyPatch, posts: int
) -> None:
    """However many go together: one change of threads, one transaction, one message to Redis for each."""
    ana = await in_database(owner)
    drafts = [Draft(by=ana, slug="lobby", client_id=uuid4(), body="hola") for _ in range(posts)]
    poster, hops, tasks = Poster(), Hops(threads()), len(asyncio.all_tasks())
    monkeypatch.setattr("realtime.database.threads", lambda: hops)
    with queries_of_all_threads() as queries, counted(redis_server) as commands:
        asked = [asyncio.ensure_future(poster.post(draft)) for draft in drafts]
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == tasks + posts + 1, "one for each sender of this test, and the lane's own"
        answers = await asyncio.gather(*asked)
    assert [answer.seq for answer in answers] == list(range(2, posts + 2))
    assert hops.number == 1
    assert [table_of(query) for query in queries] == [
        "chat_room",  # locked
        "chat_membership",  # who may, and what is known
        "chat_room",  # its head
        "chat_event",
        "chat_message",
    ]
    assert commands == {"publish": posts}


def owner() -> User:
    return first_run(name="ana", password=PASSWORD, room="Lobby")


class Hops(ThreadPoolExecutor):
    """The database threads, counted each time that work goes over to them."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        super().__init__(max_workers=1)
        self._pool = pool
        self.number = 0

    def submit(self, *work: Any, **options: Any) -> "Future[Any]":
        self.number += 1
        return self._pool.submit(*work, **options)
