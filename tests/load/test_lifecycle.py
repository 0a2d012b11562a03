"""The scenarios around a socket's life (posts, handshakes, a worker killed, memory, nginx), with as little as will do.
Nothing here is timed."""

import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.load.crowd import Lost
from tests.load.names import TERTULIA
from tests.load.results import Results
from tests.load.running import carry_out, trouble_of
from tests.load.scenarios import Bench, Step
from tests.load.scenarios.handshakes import Handshakes
from tests.load.scenarios.memory import Memory
from tests.load.scenarios.nginx import AS_CONFIGURED, Nginx
from tests.load.scenarios.posters import TICK, Posters
from tests.load.scenarios.posts import ANY_PACE, ONE_EACH, Posts, seats_of
from tests.load.scenarios.resume import CaughtUp, Resume
from tests.load.scenarios.statements import of_a_resume, watched
from tests.load.systems import Seat, System
from tests.load.systems.nginx import nginx_missing
from tests.load.systems.peers import on_channels
from tests.load.systems.servers import Servers, servers
from tests.load.systems.tertulia import RunningTertulia, Tertulia, TertuliaDialect

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def place() -> Iterator[Servers]:
    """A Redis and a PostgreSQL whose log can be read."""
    with servers() as found:
        yield found


@pytest.fixture(scope="module")
def tertulia(place: Servers) -> System:
    return Tertulia(place)


@pytest.fixture
def bench(tertulia: System) -> Bench:
    return Bench([tertulia], Results(), look=0.1)


def values(bench: Bench) -> dict[tuple[str, str], list[float]]:
    """Of Tertulia, by variant and measure."""
    assert not bench.results.notes
    return {(one.variant, one.measure): one.values for one in bench.results.figures if one.system == TERTULIA}


def test_posts_are_counted_with_and_without_a_transaction_each(bench: Bench) -> None:
    assert carry_out(bench, [Posts(senders=4, seconds=0.2, alone=5)], 1), bench.results.notes
    found = values(bench)
    for how in ("", ", one transaction each"):
        for variant in (f"one room{how}", f"100 rooms{how}"):
            assert found[variant, "posts per second"][0] > 0
            assert found[variant, "ws CPU per post"][0] > 0
        assert found[f"alone{how}", "p50 of a lone post"][0] > 0
    [alone] = [one for one in bench.results.figures if one.variant == "alone"]
    assert [len(samples) for samples in alone.samples] == [5]


@pytest.mark.parametrize("shared", [True, False])
def test_one_transaction_each_is_what_it_says(tertulia: System, place: Servers, *, shared: bool) -> None:
    settings = ANY_PACE if shared else ANY_PACE | ONE_EACH
    with tertulia.start(settings=settings) as running:
        seats = seats_of(running, running.people(20), 1)
        began = time.monotonic()
        ticks: list[float] = []
        with Posters(running.dialect, seats, tick=lambda: ticks.append(time.monotonic())) as posters:
            posters.post(at_most=20)
            with watched(place.database_url) as statements:
                posted = posters.post(at_most=20)
        assert len(ticks) <= (time.monotonic() - began) / TICK + 1
    transactions = sum('INSERT INTO "chat_event"' in statement for statement in statements)
    assert len(posted.took) == 20
    # The first goes at once, the others together as soon as it is done.
    assert transactions < 10 if shared else transactions == 20


def test_a_sender_whose_post_is_refused_says_so(tertulia: System) -> None:
    with tertulia.start(settings=ANY_PACE) as running:
        [first, second] = seats_of(running, running.people(2), 2)
        stranger = Seat(first.address, second.room, first.credential, listens=False)
        with Posters(running.dialect, [stranger]) as posters, pytest.raises(Lost, match="not_found"):
            posters.post(at_most=1)


def test_handshakes_are_measured_beside_peers(bench: Bench, place: Servers) -> None:
    bench.systems = [*bench.systems, on_channels("tutorial, pub/sub layer", place, layer="pubsub")]
    bench.beside = [on_channels("daphne", place, layer="core", application="bare")]
    assert carry_out(bench, [Handshakes(sockets=6, warm_up=2)], 1), bench.results.notes
    assert {one.system for one in bench.results.figures} == {TERTULIA, "tutorial, pub/sub layer", "daphne"}
    assert min(values(bench)["", "handshakes per second of ws CPU"]) > 0


def test_memory_is_that_of_the_sockets(bench: Bench) -> None:
    assert carry_out(bench, [Memory(sockets=50, first=5)], 1), bench.results.notes
    assert values(bench)["50 sockets", "memory per socket"][0] > 0


def test_who_comes_back_is_told_what_was_missed(bench: Bench) -> None:
    assert carry_out(bench, [Resume(sockets=(6,), rooms=3, missed=4)], 1), bench.results.notes
    for one in bench.results.figures:
        assert [len(samples) for samples in one.samples] in ([], [6])
    # For each room where it stands and what was missed, beside who they are.
    assert values(bench)["6 sockets", "database queries"][0] >= 2 * 3


@pytest.mark.parametrize(
    ("statement", "counts"),
    [
        ('SELECT "django_session"."session_key" FROM "django_session" WHERE 1', True),
        ("\n\tWITH wanted (user_id, slug) AS (VALUES (1, 'a'))\n\tSELECT 1 FROM chat_membership", True),
        ("SELECT id, seq FROM chat_room WHERE id = ANY('{7}'::int2[])", True),
        ("SELECT id, seq FROM chat_room WHERE id = ANY('{7,8}'::int2[])", False),
        ('SELECT "accounts_revocation"."id" FROM "accounts_revocation" WHERE "accounts_revocation"."id" > 3', False),
        ("SELECT set_config('TimeZone', 'UTC', false)", False),
        ("BEGIN", False),
    ],
)
def test_what_is_asked_each_second_is_no_query_of_a_resume(statement: str, *, counts: bool) -> None:
    assert of_a_resume(statement) == counts


def test_a_registrar_that_has_gone_is_told_of(tertulia: System) -> None:
    with tertulia.start() as running:
        assert isinstance(running, RunningTertulia)
        running.registrar.kill()
        running.registrar.wait()

        def ask() -> None:
            running.people(1)

        assert trouble_of(Step("", ask)) == "BrokenPipeError: [Errno 32] Broken pipe"


def test_who_is_not_told_everything_has_not_come_in() -> None:
    dialect = CaughtUp(TertuliaDialect(), missed=2)
    seat = Seat(("127.0.0.1", 1), "lobby", since=0)
    told = '{"type":"subscribed","id":0,"room":"lobby","seq":2,"recovered":%s,"events":[%s]}'
    assert dialect.hear((told % ("true", "{},{}")).encode(), seat) is None
    for lacking in (told % ("true", "{}"), told % ("false", "")):
        with pytest.raises(ConnectionError, match="of the 2 posts"):
            dialect.hear(lacking.encode(), seat)


def test_each_nginx_is_measured_by_itself(bench: Bench) -> None:
    scenario = Nginx(sockets=3, posts=10, gap=0.01, changes=(AS_CONFIGURED, "multi_accept on"))
    assert carry_out(bench, [scenario], 1), bench.results.notes
    if nginx_missing():
        assert bench.results.missing.keys() == {"nginx"}
    else:
        assert {variant for variant, _ in values(bench)} == {AS_CONFIGURED, "multi_accept on"}


def test_statements_are_those_of_others_whole_and_not_empty(place: Servers) -> None:
    with psycopg.connect(place.database_url, autocommit=True) as other, watched(place.database_url) as statements:
        other.execute("SELECT 1\n + 2")
        other.execute("")
        other.execute("SELECT %s::int", [3])
    assert statements == ["SELECT 1\n\t + 2", "SELECT $1::int"]
    with psycopg.connect(place.database_url, autocommit=True) as other:
        assert other.execute("SHOW log_statement").fetchone() == ("none",)
