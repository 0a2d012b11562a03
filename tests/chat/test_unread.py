"""The keeper of what is unread: what it asks the database, and what it tells, look by look."""

import json
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any

import pytest

from accounts.models import User
from chat.models import Membership, Room
from chat.services import add_member, mark_read, remove_member
from chat.unread import Keeper
from realtime.database import in_database
from realtime.frames import Frame
from realtime.watches import Moved, Told
from tests.people import guest
from tests.queries import queries_of_all_threads, table_of
from tests.rooms import room_of, say


class QuietRelay:
    """A relay that says only what a test has it say."""

    def __init__(self) -> None:
        self.watched: dict[str, Moved] = {}
        self.heard: dict[str, Told] = {}

    def watch(self, seqs: Mapping[str, int], moved: Moved) -> None:
        self.watched.update(dict.fromkeys(seqs, moved))

    def unwatch(self, names: Iterable[str]) -> None:
        for name in names:
            del self.watched[name]

    def hear(self, groups: Iterable[str], told: Told) -> None:
        self.heard.update(dict.fromkeys(groups, told))

    def unhear(self, groups: Iterable[str]) -> None:
        for group in groups:
            del self.heard[group]

    def alongside(self, work: Coroutine[Any, Any, None]) -> object:
        """The test takes the looks."""
        work.close()
        return work

    def moves(self, room: Room) -> None:
        self.watched[room.stream](room.stream)


class Listener:
    """A socket that is told."""

    def __init__(self, *slugs: str) -> None:
        self.slugs = {*slugs}
        self.frames: list[Any] = []

    def listens_to(self, slug: str) -> bool:
        return slug in self.slugs

    def tell(self, frame: Frame) -> None:
        self.frames.append(json.loads(frame.text))

    def told(self) -> list[tuple[str, Any]]:
        """What it was told since it was asked last."""
        frames, self.frames = self.frames, []
        return [(frame["room"], frame.get("reason", (frame.get("unread"), frame.get("mentions")))) for frame in frames]


@pytest.fixture(autouse=True)
def _no_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.unread.ROUND_SECONDS", 1e9)


@pytest.fixture
def relay() -> QuietRelay:
    return QuietRelay()


@pytest.fixture
def keeper(relay: QuietRelay) -> Keeper:
    return Keeper(relay)  # type: ignore[arg-type]


@pytest.fixture
def members(transactional_db: None, lobby: Room) -> list[User]:
    """Fifty, for whom nothing is new."""
    members = [guest(f"guest{number}") for number in range(50)]
    Membership.objects.update(joined_at="2026-11-22T10:00:00Z")
    return members


async def looks(keeper: Keeper) -> list[str]:
    """What it asks for in one look, by the first table of each query."""
    with queries_of_all_threads() as statements:
        await keeper._look()
    return [table_of(statement) for statement in statements]


def come(keeper: Keeper, members: list[User], *slugs: str) -> list[Listener]:
    listeners = [Listener(*slugs) for _ in members]
    for listener, user in zip(listeners, members, strict=True):
        keeper.come(listener, user.pk)
    return listeners


async def test_however_many_come_it_is_two_queries(keeper: Keeper, members: list[User]) -> None:
    for number in (1, 50):
        come(keeper, members[:number])
        assert len(await looks(keeper)) == 2
        assert await looks(keeper) == []


async def test_a_room_that_moves_is_one_query_for_all_of_its_members(
    keeper: Keeper, relay: QuietRelay, members: list[User], ana: User, lobby: Room
) -> None:
    listeners = come(keeper, members)
    await looks(keeper)
    await in_database(say, ana, "lobby", "hola")
    for _ in range(3):
        relay.moves(lobby)
    assert len(await looks(keeper)) == 1
    assert [listener.told() for listener in listeners] == [[("lobby", (1, 0))]] * 50
    relay.moves(lobby)  # something that changes nothing
    assert len(await looks(keeper)) == 1
    assert [listener.told() for listener in listeners] == [[]] * 50


async def test_a_room_to_which_everybody_here_listens_asks_nothing(
    keeper: Keeper, relay: QuietRelay, members: list[User], ana: User, lobby: Room
) -> None:
    listeners = come(keeper, members, "lobby")
    assert len(await looks(keeper)) == 1
    await in_database(say, ana, "lobby", "hola")
    relay.moves(lobby)
    assert await looks(keeper) == []
    assert [listener.told() for listener in listeners] == [[]] * 50


async def test_nobody_else_is_told(keeper: Keeper, relay: QuietRelay, members: list[User], ana: User) -> None:
    patio = await in_database(room_of, ana, "patio")
    anas, outside = Listener(), Listener()
    keeper.come(anas, ana.pk)
    keeper.come(outside, members[0].pk)
    await looks(keeper)
    assert anas.told() == [("patio", (0, 0))]
    await in_database(add_member, by=ana, slug="patio", user=members[1])
    await in_database(say, members[1], "patio", "hola")
    relay.moves(patio)
    await looks(keeper)
    assert anas.told() == [("patio", (1, 0))]
    assert outside.told() == []


async def test_what_redis_lost_is_found_in_the_round(
    keeper: Keeper, members: list[User], ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Added, and read elsewhere; what the log of a room says is found by the relay's own look at the heads."""
    monkeypatch.setattr("chat.unread.ROUND_SECONDS", 2.0)
    listener = Listener()
    seq = await in_database(say, ana, "lobby", "hola")
    keeper.come(listener, members[0].pk)
    await looks(keeper)
    assert listener.told() == [("lobby", (1, 0))]
    await in_database(room_of, ana, "patio")
    await in_database(add_member, by=ana, slug="patio", user=members[0])
    await in_database(mark_read, by=members[0], slug="lobby", seq=seq)
    for _ in range(3):
        await looks(keeper)
    assert sorted(listener.told()) == [("lobby", (0, 0)), ("patio", (0, 0))]
    await in_database(remove_member, by=ana, slug="patio", user_id=members[0].pk)
    for _ in range(3):
        await looks(keeper)
    assert listener.told() == [("patio", "removed")]


async def test_who_is_gone_for_a_while_is_forgotten(
    keeper: Keeper, relay: QuietRelay, members: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.unread.ROUND_SECONDS", 2.0)
    user = members[0]
    [listener] = come(keeper, [user])
    await looks(keeper)
    assert (len(relay.watched), len(relay.heard)) == (1, 1)
    keeper.go(listener, user.pk)
    for _ in range(3):
        assert await looks(keeper) == []
    assert (relay.watched, relay.heard) == ({}, {})


async def test_a_look_takes_so_much_and_the_next_one_the_rest(
    keeper: Keeper, members: list[User], ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.unread.PAIRS_A_LOOK", 20)
    monkeypatch.setattr("chat.unread.PEOPLE_A_LOOK", 30)
    await in_database(say, ana, "lobby", "hola")
    listeners = come(keeper, members)
    told = 0
    for _ in range(5):
        await looks(keeper)
        told += sum(len(listener.told()) for listener in listeners)
    assert told == 50
