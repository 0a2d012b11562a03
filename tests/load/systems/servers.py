"""Redis and PostgreSQL for all systems, as the stack runs them."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from tests.servers.postgres import Cluster, postgres_programs
from tests.servers.redis import redis, redis_program

COMPOSE = Path(__file__).parents[3] / "docker-compose.yml"


@dataclass(frozen=True, slots=True)
class Servers:
    """Where they are, and the first process of each where it is ours."""

    redis_url: str
    database_url: str
    pids: dict[str, list[int]] = field(default_factory=dict)


@contextmanager
def servers() -> Iterator[Servers]:
    """Of our own. PostgreSQL puts each commit on the disk, as it does for those who use Tertulia."""
    with (
        TemporaryDirectory(prefix="tertulia-redis-") as redis_folder,
        TemporaryDirectory(prefix="tertulia-postgres-") as postgres_folder,
        redis(Path(redis_folder), bundled=False) as redis_url,
    ):
        cluster = Cluster(Path(postgres_folder), bundled=False)
        with cluster.running(*postgres_settings(COMPOSE.read_text())) as database_url:
            yield Servers(redis_url, database_url, {"redis": [redis_pid(redis_url)], "db": [cluster.pid]})


def postgres_settings(compose: str) -> list[str]:
    """What docker-compose.yml gives to PostgreSQL as -c NAME=VALUE, knobs at their defaults."""
    found = re.findall(r"^\s+- -c\n(?:\s+#.*\n)*\s+- (\w+=.+)$", compose, re.MULTILINE)
    return [at_default(setting) for setting in found]


def at_default(value: str) -> str:
    """A value of docker-compose.yml with ${NAME:-default} replaced."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


def redis_pid(url: str) -> int:
    there = urlsplit(url)
    with socket.create_connection((there.hostname or "", there.port or 0), timeout=5) as connection:
        connection.sendall(b"INFO server\r\n")
        answer = b""
        while not (pid := re.search(rb"process_id:(\d+)\r\n", answer)):
            answer += connection.recv(65_536)
    return int(pid[1])


@cache
def versions() -> dict[str, str]:
    return {"PostgreSQL": postgres_programs(bundled=False)[1], "Redis": redis_program(bundled=False)[1]}
