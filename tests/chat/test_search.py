"""The search: who finds what, in whichever words, and what nobody finds."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

import chat.search
from accounts.models import User
from chat import search_index
from chat.directs import open_direct
from chat.editing import delete_message, edit_message
from chat.models import Message, Room
from chat.search import HITS, search
from chat.search_index import TooBroad, holds
from chat.search_query import MAX_QUERY, QueryWrong, parse
from chat.services import add_member, archive_room, remove_member
from tests.fuzzing import effort
from tests.people import browser_of
from tests.rooms import fill, room_of, say


def found(user: User, text: str, **options: int) -> list[str]:
    """The bodies of what the user finds."""
    return [hit.message.body for hit in search(user=user, text=text, **options).hits]


# --- words ---


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("cafe", True),
        ("CAFÉ", True),
        ("cafe\u0301", True),
        ("caf", True),
        ("caf solo", False),
        ("solo caf", True),
        ("solo café", True),
        ('"café solo"', True),
        ('"solo café"', False),
        ("café -leche", True),
        ("café -solo", False),
        ('café -"un café"', False),
        ("example.com", True),
        ("https://example.com/menu", True),
        ("menu 4.50", True),
        ('"4.5"', False),
        ("it's", True),
        ("snake_case", True),
        ("case", True),
        ("nothing", False),
        ("🎉", False),
    ],
)
def test_words_are_found_whatever_their_case_and_accents(ana: User, text: str, hits: bool) -> None:
    body = "Un café solo: https://example.com/menu?x=1 (4.50 €), it's in snake_case"
    say(ana, "lobby", body)
    assert found(ana, text) == ([body] if hits else [])


def test_other_scripts_are_found_too(ana: User) -> None:
    for body in ("Привет, мир", "καλημέρα κόσμε", "안녕하세요 여러분", "naïve İstanbul"):
        say(ana, "lobby", body)
    assert found(ana, "МИР") == ["Привет, мир"]
    assert found(ana, "καλημερα") == ["καλημέρα κόσμε"]
    assert found(ana, "안녕") == ["안녕하세요 여러분"]
    assert found(ana, "naive") == ["naïve İstanbul"]


def test_what_was_edited_is_found_as_it_is_now(ana: User) -> None:
    seq = say(ana, "lobby", "before")
    edit_message(by=ana, slug="lobby", client_id=uuid4(), seq=seq, body="afterwards")
    assert found(ana, "before") == []
    assert found(ana, "afterwards") == ["afterwards"]


def test_what_was_deleted_is_not_found(ana: User) -> None:
    seq = say(ana, "lobby", "secret")
    say(ana, "lobby", "secret, too")
    delete_message(by=ana, slug="lobby", client_id=uuid4(), seq=seq)
    assert found(ana, "secret") == ["secret, too"]
    assert found(ana, "from:ana in:lobby") == ["secret, too"]


# --- whose rooms ---


def test_an_outsider_finds_nothing(ana: User, carla: User) -> None:
    say(ana, "lobby", "hola")
    assert found(ana, "hola") == ["hola"]
    assert found(carla, "hola") == []
    assert found(carla, "from:ana") == []


def test_who_is_removed_finds_nothing_any_more_and_who_comes_back_everything(ana: User, berto: User) -> None:
    say(berto, "lobby", "hola")
    assert found(berto, "hola") == ["hola"]
    remove_member(by=ana, slug="lobby", user_id=berto.pk)
    assert found(berto, "hola") == found(berto, "from:me") == []
    add_member(by=ana, slug="lobby", user=berto)
    assert found(berto, "hola") == ["hola"]


def test_who_was_deactivated_finds_nothing(ana: User, berto: User) -> None:
    say(ana, "lobby", "hola")
    User.objects.filter(pk=berto.pk).update(is_active=False)
    assert found(berto, "hola") == []


def test_direct_messages_are_found_by_those_who_are_in_them_under_the_others_names(ana: User, berto: User) -> None:
    direct = open_direct(by=ana, people=[berto])
    say(ana, direct.slug, "between us")
    say(ana, direct.slug, "between us again")
    [first, second] = search(user=berto, text="between").hits
    assert [first.message.room.title, second.message.room.title] == ["ana", "ana"]
    assert search(user=ana, text="between").hits[0].message.room.title == "berto"


def test_archived_rooms_are_searched(ana: User, lobby: Room) -> None:
    say(ana, "lobby", "long ago")
    archive_room(room=lobby, by=ana, archived=True)
    assert found(ana, "ago") == ["long ago"]


# --- filters ---


@pytest.fixture
def talk(ana: User, berto: User) -> None:
    """Two people in two rooms on three days."""
    room_of(ana, "kitchen")
    add_member(by=ana, slug="kitchen", user=berto)
    for day, by, room in ((1, ana, "lobby"), (2, berto, "lobby"), (3, ana, "kitchen"), (3, berto, "kitchen")):
        body = f"{by} in {room} on day {day}"
        seq = say(by, room, body)
        Message.objects.filter(room__slug=room, seq=seq).update(at=datetime(2026, 11, day, 12, tzinfo=UTC))


@pytest.mark.usefixtures("talk")
def test_filters_narrow_what_is_found(ana: User, berto: User) -> None:
    lobby = ["berto in lobby on day 2", "ana in lobby on day 1"]
    kitchen = ["berto in kitchen on day 3", "ana in kitchen on day 3"]
    assert found(ana, "in:lobby") == found(ana, "in:#LOBBY day") == lobby
    assert found(ana, "from:BERTO") == found(berto, "from:me") == [kitchen[0], lobby[0]]
    assert found(ana, "before:2026-11-03") == lobby
    assert found(ana, "after:2026-11-02") == kitchen
    assert found(ana, "after:2026-11-01 before:2026-11-03") == [lobby[0]]
    assert found(ana, "day -kitchen from:berto") == [lobby[0]]


@pytest.mark.usefixtures("talk")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from:nobody", "There is nobody called “nobody”."),
        ("in:nowhere", "You are in no room with the address “nowhere”."),
        ("in:hidden", "You are in no room with the address “hidden”."),
        ("in:¡no!", "You are in no room with the address “¡no!”."),
    ],
)
def test_a_filter_that_fits_nothing_is_told(ana: User, berto: User, text: str, said: str) -> None:
    room_of(ana, "hidden", private=True)
    with pytest.raises(QueryWrong) as refused:
        search(user=berto, text=text)
    assert refused.value.message == said


def test_days_begin_where_the_place_is(ana: User, settings: Any) -> None:
    settings.TIME_ZONE = "America/Bogota"  # five hours behind
    seq = say(ana, "lobby", "late")
    Message.objects.filter(room__slug="lobby", seq=seq).update(at=datetime(2026, 11, 22, 4, 30, tzinfo=UTC))
    assert found(ana, "late before:2026-11-22") == ["late"]
    assert found(ana, "late after:2026-11-21") == []


# --- pages, bounds, costs ---


def test_pages_go_on_where_the_last_one_ended(ana: User, lobby: Room) -> None:
    fill(lobby, ana, 2 * HITS + 1)
    seqs: list[int] = []
    before = None
    for expected in (HITS, HITS, 1):
        page = search(user=ana, text="hola", before=before)
        assert len(page.hits) == expected
        seqs += [hit.message.seq for hit in page.hits]
        before = page.before
    assert before is None
    assert seqs == sorted(set(seqs), reverse=True)
    assert len(search(user=ana, text="hola", limit=3).hits) == 3


def test_an_empty_search_asks_nothing(ana: User) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert found(ana, "") == found(ana, "🎉 !") == []
    assert len(asked) == 0


def test_a_search_costs_few_queries_however_much_it_finds(ana: User, berto: User, lobby: Room) -> None:
    direct = open_direct(by=ana, people=[berto])
    fill(lobby, ana, 10)
    fill(direct, berto, 10)
    with CaptureQueriesContext(connection) as asked:
        assert len(found(ana, "hola")) == 20
    # A savepoint here, a transaction in life; its time limit; which is newest; the hits among the last ones, and all,
    # since that was no full page; who is in the direct messages.
    statements = [query["sql"].split()[0] for query in asked]
    assert statements == ["SAVEPOINT", "SELECT", "SELECT", "SELECT", "SELECT", "RELEASE", "SELECT"]


def test_what_is_no_full_page_among_the_last_messages_is_looked_for_in_all(
    ana: User, lobby: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat.search, "LOOKED_THROUGH", 5)
    say(ana, "lobby", "hola, rare")
    fill(lobby, ana, 20)
    assert found(ana, "rare") == ["hola, rare"]
    assert found(ana, "hola") == ["hola"] * 20 + ["hola, rare"]
    assert found(ana, "hola", limit=4) == ["hola"] * 4
    older = search(user=ana, text="hola", limit=18).before or 0
    assert found(ana, "hola", before=older) == ["hola", "hola", "hola, rare"]


def test_a_post_costs_no_query_more_for_being_found(ana: User) -> None:
    with CaptureQueriesContext(connection) as asked:
        say(ana, "lobby", "hola")
    assert not [query for query in asked if "search" in query["sql"] or "tsvector" in query["sql"]]


def test_the_index_is_used(ana: User) -> None:
    """An expression that differs from the index's in one character would go through every message."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Message.objects.filter(holds(parse("needle").terms), deleted_at=None).order_by().explain()
    assert "Bitmap Index Scan on chat_message_search" in plan


def test_a_search_that_takes_too_long_is_broken_off(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    say(ana, "lobby", "hola")
    with monkeypatch.context() as slow:
        slow.setattr(search_index, "SECONDS", 0.05)
        slow.setattr(search_index, "INDEXED", "(SELECT to_tsvector('hola') FROM pg_sleep(60))")
        with pytest.raises(TooBroad, match="Be more precise"):
            search(user=ana, text="hola")
        assert "Be more precise" in (page := browser_of(ana).client.get("/search/", {"q": "hola"})).content.decode()
        assert page.status_code == 422
    assert found(ana, "hola") == ["hola"]


# --- whatever is typed ---

SPECIAL = [
    '"',
    "'",
    "\\",
    "&",
    "|",
    "!",
    "(",
    ")",
    "<->",
    ":*",
    "*",
    "^",
    "NEAR(",
    "AND",
    "OR",
    "NOT",
    "-",
    "+",
    "{",
    "}",
    "%s",
    "''",
    ";--",
    "$$",
    "\x00",
]
MEANT = ["from:", "in:", "before:", "after:", "me", "lobby", "2026-11-22", "hola", "café", " "]


@pytest.mark.usefixtures("transactional_db")
@effort(200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.lists(st.sampled_from(SPECIAL + MEANT), max_size=12).map("".join), st.text(max_size=MAX_QUERY + 5)
    )
)
def test_whatever_is_typed_is_searched_for_or_refused_in_words(ana: User, text: str) -> None:
    client = browser_of(ana).client
    page = client.get("/search/", {"q": text})
    assert page.status_code in {200, 422}
    answer = client.get("/api/v1/search/", {"q": text})
    assert answer.status_code in {200, 400}
    assert page.status_code == 200 or answer.status_code == 400


# --- the API ---


@pytest.fixture
def anas(ana: User) -> Client:
    return browser_of(ana).client


def ask(client: Client, **asked: object) -> tuple[int, dict[str, Any]]:
    response = client.get(f"/api/v1/search/?{urlencode(asked)}")
    return response.status_code, json.loads(response.content)


def test_the_api_answers_with_hits_and_where_to_go_on(anas: Client, ana: User) -> None:
    say(ana, "lobby", "un café")
    seq = say(ana, "lobby", "otro café <b>")
    status, answer = ask(anas, q="cafe", limit=1)
    assert status == 200
    [hit] = answer["messages"]
    assert hit["at"].endswith("Z")
    assert {key: hit[key] for key in ("room", "name", "seq", "body")} == {
        "room": "lobby",
        "name": "Lobby",
        "seq": seq,
        "body": "otro café <b>",
    }
    assert hit["by"]["name"] == "ana"
    assert hit["snippet"] == [
        {"text": "otro ", "hit": False},
        {"text": "café", "hit": True},
        {"text": " <b>", "hit": False},
    ]
    status, answer = ask(anas, q="cafe", before=answer["before"])
    assert [hit["body"] for hit in answer["messages"]] == ["un café"]
    assert answer["before"] is None


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"q": "form:ana"}, "bad_frame"),
        ({"q": "x" * (MAX_QUERY + 1)}, "too_long"),
        ({"q": "hola", "before": "x"}, "bad_frame"),
        ({"q": "hola", "before": 2**63}, "bad_frame"),
        ({"q": "hola", "limit": HITS + 1}, "bad_frame"),
        ({"q": "hola", "limit": 0}, "bad_frame"),
        ({}, "bad_frame"),
    ],
)
def test_the_api_refuses_what_it_does_not_understand(anas: Client, asked: dict[str, object], code: str) -> None:
    status, answer = ask(anas, **asked)
    assert (status, answer["error"]["code"]) == (400, code)


def test_the_api_wants_somebody(client: Client, ana: User) -> None:
    assert ask(client, q="hola")[0] == 401


# --- the page ---


def test_the_page_shows_hits_that_lead_to_their_place(anas: Client, ana: User) -> None:
    seq = say(ana, "lobby", "a <script> & a café")
    page = anas.get("/search/", {"q": "café"}).content.decode()
    assert f'href="/rooms/lobby/?at={seq}"' in page
    assert "a &lt;script&gt; &amp; a <mark>café</mark>" in page
    assert 'value="café"' in page


def test_the_page_says_what_is_wrong_and_keeps_what_was_typed(anas: Client) -> None:
    response = anas.get("/search/", {"q": 'form:ana "x'})
    page = response.content.decode()
    assert response.status_code == 422
    assert "There is no filter “form:”" in page
    assert 'value="form:ana &quot;x"' in page


def test_the_page_tells_nothing_asked_from_nothing_found(anas: Client) -> None:
    assert "Nothing found" not in anas.get("/search/").content.decode()
    assert "Nothing found" in anas.get("/search/", {"q": "nothing"}).content.decode()
    assert anas.get("/search/", {"q": "hola", "before": "x"}).status_code == 200


def test_the_page_goes_on_to_older_hits(anas: Client, ana: User, lobby: Room) -> None:
    fill(lobby, ana, HITS + 1)
    page = anas.get("/search/", {"q": "hola & hola"}).content.decode()
    older = Message.objects.filter(room=lobby).order_by("-pk")[HITS - 1].pk
    assert f'href="?q=hola+%26+hola&amp;before={older}"' in page
    assert page.count('class="card-row hit"') == HITS
    assert anas.get("/search/", {"q": "hola & hola", "before": str(older)}).content.decode().count("card-row hit") == 1


def test_the_page_is_for_who_is_signed_in(client: Client, ana: User) -> None:
    assert client.get("/search/?q=hola").headers["Location"] == "/sign-in/?next=/search/%3Fq%3Dhola"
    assert browser_of(ana).client.post("/search/").status_code == 405


def test_an_outsider_sees_no_hit_on_the_page(ana: User, carla: User) -> None:
    say(ana, "lobby", "hola")
    assert "Nothing found" in browser_of(carla).client.get("/search/", {"q": "hola"}).content.decode()
