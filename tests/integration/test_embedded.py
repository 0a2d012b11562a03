"""The embedded default: one process, SQLite, a channel layer in memory, `runserver`."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.people import PASSWORD
from tests.wire import Chat, Sockets
from tests.workers import APP, Worker


class Embedded(Worker):
    """As `./run dev` starts it, on an empty database."""

    def __init__(self, folder: Path) -> None:
        database = f"sqlite:///{folder / 'db.sqlite3'}"
        super().__init__(folder, DEBUG="true", ORIGINS="", DATABASE_URL=database, REDIS_URL="")

    def _start(self) -> "subprocess.Popen[bytes]":
        self.manage("migrate", "--verbosity", "0")
        command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{self.port}"]
        with self._log.open("wb") as output:
            return subprocess.Popen(
                command, cwd=APP, env=self._environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    def manage(self, *command: str) -> str:
        """What a command of manage.py prints."""
        environment = {**self._environment, "FIRST_RUN_PASSWORD": PASSWORD}
        line = [sys.executable, "manage.py", *command]
        return subprocess.check_output(line, cwd=APP, env=environment, text=True).strip()

    def post(self, token: str, body: str) -> httpx.Response:
        """By the API."""
        return httpx.post(
            f"http://127.0.0.1:{self.port}/api/v1/rooms/lobby/messages/",
            headers={"Authorization": f"Bearer {token}"},
            json={"client_id": str(uuid4()), "body": body},
            timeout=30,
            trust_env=False,
        )


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    worker = Embedded(tmp_path_factory.mktemp("embedded"))
    try:
        worker.wait_until_it_serves()
        worker.manage("first_run", "ana")
        yield worker
    finally:
        worker.stop()
    assert "Traceback" not in worker.said()


@pytest.fixture(scope="module")
def token(embedded: Embedded) -> str:
    return embedded.manage("token", "bot", "--room", "lobby")


@pytest.fixture
def typed(embedded: Embedded, token: str) -> Iterator[Callable[[], Chat]]:
    with ExitStack() as stack:
        sockets = Sockets(embedded, stack)
        yield lambda: sockets.typed(token=token)


def test_it_can_do_its_work(embedded: Embedded) -> None:
    assert embedded.get("/readyz").json() == {"ok": True, "problems": {}}
    assert embedded.get("/sign-in/").status_code == 200


def test_a_file_is_brought_posted_fetched_and_dropped(embedded: Embedded, token: str) -> None:
    site = httpx.Client(
        base_url=f"http://127.0.0.1:{embedded.port}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
        trust_env=False,
    )
    with site:
        uploads = "/api/v1/rooms/lobby/uploads/"
        shown, dropped = (site.post(uploads, files={"file": ("notas.txt", b"hola")}).json() for _ in range(2))
        post = {"client_id": str(uuid4()), "body": "", "uploads": [shown["id"]]}
        assert site.post("/api/v1/rooms/lobby/messages/", json=post).status_code == 200
        assert site.get(shown["url"]).content == b"hola"
        assert site.get(shown["url"]).headers["Content-Disposition"] == 'attachment; filename="notas.txt"'
        assert site.delete(f"{uploads}{shown['id']}/").status_code == 409
        assert site.delete(f"{uploads}{dropped['id']}/").status_code == 204
        assert site.get(dropped["url"]).status_code == 404


def test_the_snippet_prints_the_message_back(embedded: Embedded) -> None:
    with ExitStack() as stack:
        echo = Sockets(embedded, stack).echo()
        echo.say("hola")
        assert echo.next() == {"message": "hola"}


def test_a_message_goes_round(typed: Callable[[], Chat]) -> None:
    one, other = typed(), typed()
    for chat in (one, other):
        assert chat.subscribe("lobby")["recovered"] is True
    ack = one.post("lobby", "hola")
    assert ack["type"] == "ack"
    assert one.event()["seq"] == other.event()["seq"] == ack["seq"]


def test_a_message_by_the_api_reaches_the_sockets(embedded: Embedded, token: str, typed: Callable[[], Chat]) -> None:
    chat = typed()
    chat.subscribe("lobby")
    answer = embedded.post(token, "by the API")
    assert answer.status_code == 200
    assert chat.event()["data"]["body"] == "by the API"


def test_who_posts_at_the_same_moment_leaves_no_gap(embedded: Embedded, token: str, typed: Callable[[], Chat]) -> None:
    chat = typed()
    before = chat.subscribe("lobby")["seq"]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda number: embedded.post(token, f"{number}"), range(24)))
    assert sorted(answer.json()["seq"] for answer in answers) == list(range(before + 1, before + 25))
    assert [event["seq"] for event in chat.events(24)] == list(range(before + 1, before + 25))


def test_what_was_said_is_found(embedded: Embedded, token: str) -> None:
    """By the FTS5 of SQLite, which the migration made and triggers keep."""

    def found(text: str) -> list[str]:
        answer = httpx.get(
            f"http://127.0.0.1:{embedded.port}/api/v1/search/",
            headers={"Authorization": f"Bearer {token}"},
            params={"q": text},
            timeout=30,
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text
        return [hit["body"] for hit in answer.json()["messages"]]

    for body in ("Un café con leche", "otro café solo"):
        assert embedded.post(token, body).status_code == 200
    assert found("CAFE") == ["otro café solo", "Un café con leche"]
    assert found('"con lech') == []
    assert found("cafe lech in:lobby from:me") == ["Un café con leche"]
    assert found("cafe -leche") == ["otro café solo"]
    assert found("before:2020-01-01 cafe") == []


def test_a_revocation_from_within_the_process_is_live(
    embedded: Embedded, token: str, typed: Callable[[], Chat]
) -> None:
    """The command line is another process: without Redis it cannot reach this one. A page can."""
    chat = typed()
    chat.subscribe("lobby")
    removed = httpx.delete(
        f"http://127.0.0.1:{embedded.port}/api/v1/rooms/lobby/members/bot/",
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
        trust_env=False,
    )
    assert removed.status_code == 204
    frame = chat.find(lambda frame: frame["type"] == "unsubscribed")
    assert frame == {"type": "unsubscribed", "room": "lobby", "reason": "removed"}
