"""A client that was away, and clients that talk while others come: nothing is missing, nothing comes twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.db import connection

from accounts.models import User
from chat.models import Message, Room
from tests.rooms import say, seqs
from tests.wire import Chat, Frame, Sockets
from tests.workers import Worker


def talk(by: User, number: int) -> None:
    """Post so many messages, as fast as they are written."""
    try:
        for at in range(number):
            say(by, "lobby", f"{by} says {at}")
    finally:
        connection.close()


def heard_until(chat: Chat, head: int, answer: Frame) -> list[int]:
    """The seqs that a client has seen once it has reached `head`."""
    seen = [event["seq"] for event in answer["events"]]
    while not seen or seen[-1] < head:
        seen.append(chat.event()["seq"])
    return seen


def test_who_comes_while_others_talk_misses_nothing_and_hears_nothing_twice(
    sockets: Sockets, other_worker: Worker, ana: User, berto: User, lobby: Room
) -> None:
    everywhere = [sockets, sockets.on(other_worker)]
    chats: list[tuple[Chat, Frame]] = []
    with ThreadPoolExecutor(2) as threads:
        talking = [threads.submit(talk, by, 60) for by in (ana, berto)]
        while not all(future.done() for future in talking):
            chat = everywhere[len(chats) % 2].typed(berto if len(chats) % 3 else ana)
            chats.append((chat, chat.subscribe("lobby", since=1)))
            if len(chats) == 16:
                break
        for future in talking:
            future.result()
    head = say(ana, "lobby", "that was all")
    assert seqs(lobby) == list(range(1, head + 1))
    for chat, answer in chats:
        assert answer["recovered"] is True
        assert heard_until(chat, head, answer) == list(range(2, head + 1))


def test_who_reconnects_again_and_again_has_the_whole_log(
    sockets: Sockets, other_worker: Worker, ana: User, berto: User, lobby: Room
) -> None:
    everywhere = [sockets, sockets.on(other_worker)]
    lobby.refresh_from_db()
    seen = list(range(1, lobby.seq + 1))
    with ThreadPoolExecutor(1) as threads:
        talking = threads.submit(talk, ana, 80)
        for attempt in range(12):
            chat = everywhere[attempt % 2].typed(berto)
            seen += [event["seq"] for event in chat.subscribe("lobby", since=seen[-1])["events"]]
            seen += [frame["seq"] for frame in chat.before_pong()]
            chat.close()
        talking.result()
    head = say(ana, "lobby", "that was all")
    last = sockets.typed(berto)
    seen += [event["seq"] for event in last.subscribe("lobby", since=seen[-1])["events"]]
    assert seen == list(range(1, head + 1))


def test_two_workers_show_the_same_in_the_same_order(
    sockets: Sockets, other_worker: Worker, ana: User, berto: User, lobby: Room
) -> None:
    anas, bertos = sockets.typed(ana, room="lobby"), sockets.on(other_worker).typed(berto, room="lobby")

    def post(chat: Chat, who: str) -> None:
        for number in range(20):
            assert chat.post("lobby", f"{who} {number}")["type"] == "ack"

    calls: list[Callable[[], None]] = [partial(post, anas, "ana"), partial(post, bertos, "berto")]
    with ThreadPoolExecutor(2) as threads:
        for future in [threads.submit(call) for call in calls]:
            future.result()
    shown = [[(event["seq"], event["data"]["body"]) for event in chat.events(40)] for chat in (anas, bertos)]
    stored = list(Message.objects.order_by("seq").values_list("seq", "body"))
    assert shown == [stored, stored]
    assert [body for _, body in stored if body.startswith("ana")] == [f"ana {number}" for number in range(20)]
