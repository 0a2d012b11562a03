"""A worker that ends TLS itself: nothing goes past the encryption, and all is as without it."""

import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from accounts.models import User
from chat.models import Room
from tests.event_streams import EventStream
from tests.people import browser_of
from tests.rooms import fill, say
from tests.waiting import DEADLINE
from tests.wire import TYPED, Chat
from tests.workers import ORIGIN, Worker


class Certificate:
    """For 127.0.0.1, signed by itself."""

    def __init__(self, folder: Path) -> None:
        self.key_file, self.file = folder / "key.pem", folder / "certificate.pem"
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
            .sign(key, hashes.SHA256())
        )
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        self.key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    @property
    def trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.file))


class TlsWorker(Worker):
    """`-e ssl:…`, as Daphne's manual has it."""

    def __init__(self, folder: Path) -> None:
        self.certificate = Certificate(folder)
        super().__init__(folder)

    @property
    def command(self) -> list[str]:
        files = f"privateKey={self.certificate.key_file}:certKey={self.certificate.file}"
        endpoint = f"ssl:{self.port}:interface=127.0.0.1:{files}"
        return [sys.executable, "-m", "realtime.server", "-e", endpoint]

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(
            f"https://127.0.0.1:{self.port}{path}", headers=headers, verify=self.certificate.trusted, trust_env=False
        )


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def started(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsWorker]:
    worker = TlsWorker(tmp_path_factory.mktemp("tls"))
    worker.wait_until_it_serves()
    yield worker
    assert worker.stop() == 0


@pytest.fixture
def worker(started: TlsWorker, transactional_db: None) -> Iterator[TlsWorker]:
    yield started
    assert started.complaints() == []


Open = Callable[[User], Chat]


@pytest.fixture
def open_as(worker: TlsWorker, stack: ExitStack) -> Open:
    """A typed socket, welcomed."""

    def open_as(user: User) -> Chat:
        connection = connect(
            f"wss://127.0.0.1:{worker.port}/ws/chat/",
            ssl=worker.certificate.trusted,
            origin=Origin(ORIGIN),
            subprotocols=[Subprotocol(TYPED)],
            additional_headers={"Cookie": browser_of(user).cookie},
            proxy=None,
            max_size=None,
            open_timeout=DEADLINE,
        )
        chat = Chat(stack.enter_context(connection))
        assert chat.next()["type"] == "welcome"
        return chat

    return open_as


def test_what_is_said_arrives_whole_and_in_order(open_as: Open, ana: User, berto: User, lobby: Room) -> None:
    chats = [open_as(user) for user in (ana, berto)]
    for chat in chats:
        assert chat.subscribe("lobby")["type"] == "subscribed"
    said = [say(ana, "lobby", f"{number} " + "x" * 3000) for number in range(20)]
    for chat in chats:
        assert [event["seq"] for event in chat.events(20)] == said
        assert chat.ask("ping")["type"] == "pong"


def test_a_frame_longer_than_any_record_of_tls_arrives_whole(open_as: Open, ana: User, lobby: Room) -> None:
    head = fill(lobby, ana, 50, body="x" * 4000)
    chat = open_as(ana)
    answer = chat.subscribe("lobby", since=head - 50)
    assert [event["seq"] for event in answer["events"]] == list(range(head - 49, head + 1))
    chat.close()
    assert chat.connection.close_code == 1000


def test_an_event_stream_too(worker: TlsWorker, stack: ExitStack, ana: User, lobby: Room) -> None:
    client = stack.enter_context(httpx.Client(verify=worker.certificate.trusted, trust_env=False))
    address = f"https://127.0.0.1:{worker.port}/sse/chat/lobby/"
    stream = EventStream(stack.enter_context(client.stream("GET", address, headers={"Cookie": browser_of(ana).cookie})))
    assert stream.next().type == "subscribed"
    seqs = [say(ana, "lobby", "x" * 3000) for _ in range(3)]
    assert [event.id for event in stream.events(3)] == seqs


def test_what_is_not_encrypted_is_answered_by_nobody(worker: TlsWorker, open_as: Open, ana: User) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{worker.port}/healthz", trust_env=False)
    assert open_as(ana).ask("ping")["type"] == "pong"
