"""A ws worker as the stack runs it: a process of its own, against the database and the Redis of the tests."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from tests.servers.process import free_port
from tests.waiting import until

APP = Path(__file__).parent.parent / "app"

# Where the pages come from, as far as a worker of the tests knows.
ORIGIN = "http://localhost:8000"


class Worker:
    """`python -m realtime.server` with the settings of a production, but for what is given by name."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.port = free_port()
        self._log = folder / f"worker-{self.port}.log"
        self._environment = {
            **os.environ,
            "DEBUG": "false",
            "LAB": "true",
            "LOG_FORMAT": "json",
            "DRAIN_SECONDS": "1",
            "ORIGINS": f"{ORIGIN},http://127.0.0.1:8000",
            "DATABASE_URL": url_of_test_database(),
            **variables,
        }
        self.process = self._start()

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "realtime.server", "--bind", "127.0.0.1", "--port", str(self.port)]

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._log.open("wb") as output:
            return subprocess.Popen(
                self.command, cwd=APP, env=self._environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    def wait_until_it_serves(self) -> None:
        until(self._serves)

    def _serves(self) -> bool:
        assert self.process.poll() is None, f"the worker ended:\n{self.said()}"
        try:
            return self.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def get(self, path: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", headers=named, timeout=30, trust_env=False)

    def stop(self) -> int:
        """Its exit code, once it has gone by itself."""
        self.process.terminate()
        return self.wait()

    def wait(self) -> int:
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    # --- what it logged ---

    def said(self) -> str:
        return self._log.read_text()

    def records(self) -> list[dict[str, Any]]:
        """Its log, a JSON object a line; what it is writing at this moment is left for the next time."""
        whole, _, _ = self.said().rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]

    def complaints(self) -> list[dict[str, Any]]:
        """What it logged as an error: a mistake of ours, for nothing a client does is one."""
        return [record for record in self.records() if record["level"] in {"ERROR", "CRITICAL"}]


def url_of_test_database() -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{settings.DATABASES['default']['NAME']}").geturl()
