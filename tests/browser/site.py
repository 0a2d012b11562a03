"""The whole of Tertulia in one process, as `./run dev` starts it."""

import json
import subprocess
import sys
from typing import Any

from tests.workers import APP, Worker


class Site(Worker):
    """Django's `runserver`, taken over by Daphne: pages, static files and sockets."""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def _start(self) -> "subprocess.Popen[bytes]":
        self._environment |= {"DEBUG": "true", "ORIGINS": self.url}
        command = [sys.executable, "manage.py", "runserver", "--noreload", f"localhost:{self.port}"]
        with self._log.open("ab") as output:
            return subprocess.Popen(
                command, cwd=APP, env=self._environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    def records(self) -> list[dict[str, Any]]:
        """Without what runserver says when it starts, which is for people."""
        return [json.loads(line) for line in self.said().splitlines() if line.startswith("{")]

    def complaints(self) -> list[dict[str, Any]]:
        """But for the 503 of who comes while it leaves, which runserver's access log takes for an error."""
        said = [record["message"] for record in self.records()]
        answered = said[said.index("leaving") :] if "leaving" in said else []
        return [one for one in super().complaints() if not (one["message"] in answered and " 503 [" in one["message"])]

    def crashes(self) -> None:
        """As when the power fails: nobody is told."""
        self.process.kill()
        self.process.wait()

    def comes_back(self) -> None:
        """At the same address."""
        self.process = self._start()
        self.wait_until_it_serves()
