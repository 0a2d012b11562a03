"""A gunicorn that is told to leave answers everything that it has let in."""

import http.client
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.servers.process import free_port
from tests.waiting import until
from tests.workers import APP

# It takes its time, so that requests wait in the kernel when the end comes.
APPLICATION = """
import time

def application(environ, start_response):
    environ["wsgi.input"].read()
    time.sleep(0.02)
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""
CLIENTS = 40


class Gunicorn:
    """As the image runs it, with an application of two lines. `ends` counts how requests ended."""

    def __init__(self, folder: Path, workers: int = 2) -> None:
        (folder / "slow.py").write_text(APPLICATION)
        self.port = free_port()
        options = [
            "--chdir",
            str(folder),
            "--bind",
            f"127.0.0.1:{self.port}",
            "--keep-alive",
            "75",
            "--no-control-socket",
        ]
        worker = ["--pythonpath", str(APP.parent / "deploy"), "--worker-class", "gunicorn_worker.Worker"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *options, *worker, "--workers", str(workers), "--threads", "4", "slow"],
            stderr=subprocess.DEVNULL,
        )
        self.ends: Counter[str] = Counter()
        until(lambda: self.post() == "answered")

    def post(self) -> str:
        with socket.socket() as connection:
            connection.settimeout(10)
            try:
                connection.connect(("127.0.0.1", self.port))
            except OSError:
                return "refused"
            try:
                connection.sendall(b"POST / HTTP/1.1\r\nHost: us\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody")
                return "answered" if connection.recv(4096).startswith(b"HTTP/1.1 200 ") else "lost"
            except OSError:
                return "lost"

    def takes_connections(self) -> bool:
        """The kernel does that at once, for as long as it may; it answers a SYN that is dropped a second later."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=0.3).close()
        except OSError:
            return False
        return True

    def end(self) -> None:
        self.process.kill()
        self.process.wait()

    def post_until_refused(self) -> None:
        while (end := self.post()) != "refused":
            self.ends[end] += 1
        self.ends[end] += 1


@pytest.fixture
def gunicorn(tmp_path: Path) -> Iterator[Gunicorn]:
    gunicorn = Gunicorn(tmp_path)
    yield gunicorn
    gunicorn.end()


@pytest.fixture
def lone_worker(tmp_path: Path) -> Iterator[Gunicorn]:
    """One that takes no connections any more is leaving, and no other one holds what was kept."""
    gunicorn = Gunicorn(tmp_path, workers=1)
    yield gunicorn
    gunicorn.end()


def test_of_those_that_wait_none_is_lost(gunicorn: Gunicorn) -> None:
    clients = [threading.Thread(target=gunicorn.post_until_refused) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    until(lambda: gunicorn.ends["answered"] > 2 * CLIENTS)
    gunicorn.process.send_signal(signal.SIGTERM)
    for client in clients:
        client.join()
    assert gunicorn.ends["lost"] == 0
    assert gunicorn.ends["refused"] == CLIENTS
    assert gunicorn.process.wait(30) == 0


def test_a_kept_connection_is_still_answered_once_and_told_to_close(lone_worker: Gunicorn) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", lone_worker.port, timeout=10)) as kept:
        kept.auto_open = False
        kept.connect()
        kept.request("POST", "/", b"body")
        answer = kept.getresponse()
        assert (answer.read(), answer.getheader("Connection")) == (b"ok", "keep-alive")
        lone_worker.process.send_signal(signal.SIGTERM)
        # It keeps the connection for two seconds more.
        until(lambda: not lone_worker.takes_connections())
        kept.request("POST", "/", b"body")
        answer = kept.getresponse()
        assert (answer.read(), answer.getheader("Connection")) == (b"ok", "close")
    assert lone_worker.process.wait(30) == 0
