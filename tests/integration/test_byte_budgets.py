"""Who missed more bytes than a worker holds for them starts afresh, page by page, and has everything in the end."""

from accounts.models import User
from chat.models import Room
from realtime.replay import REPLAY_BYTES
from tests.people import browser_of
from tests.room_picture import fetch
from tests.rooms import fill, say
from tests.wire import Sockets

# Of one event of the longest message, as it is sent: body, html and what is around them.
LONGEST = 2 * 4000 + 500


def test_as_many_bytes_as_the_budget_holds_are_replayed(sockets: Sockets, ana: User, lobby: Room) -> None:
    number = REPLAY_BYTES // LONGEST
    head = fill(lobby, ana, number, body="x" * 4000)
    answer = sockets.typed(ana).subscribe("lobby", since=head - number)
    assert answer["recovered"]
    assert [event["seq"] for event in answer["events"]] == list(range(head - number + 1, head + 1))


def test_who_missed_more_bytes_than_that_loads_the_room_afresh(sockets: Sockets, ana: User, lobby: Room) -> None:
    head = fill(lobby, ana, 200, body="x" * 4000)
    browser = browser_of(ana)
    chat = sockets.typed(browser=browser)
    answer = chat.subscribe("lobby", since=head - 200)
    assert (answer["recovered"], answer["events"], answer["seq"]) == (False, [], head)
    picture = fetch(browser.client, "lobby")
    assert list(picture.messages) == list(range(head - 199, head + 1))
    seq = say(ana, "lobby", "hola")
    picture.apply(chat.event())
    assert picture.seq == seq
