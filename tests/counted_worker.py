"""A ws worker that can be asked how often it has done what costs."""

import signal
import sys
from collections import Counter
from pathlib import Path

from tests.waiting import until
from tests.workers import Worker

ROOT = Path(__file__).parent.parent


class CountedWorker(Worker):
    """`python -m tests.counted_server`."""

    def __init__(self, folder: Path, **variables: str) -> None:
        super().__init__(folder, PYTHONPATH=str(ROOT), PING_INTERVAL="60", **variables)

    @property
    def command(self) -> list[str]:
        options = ["--bind", "127.0.0.1", "--port", str(self.port)]
        return [sys.executable, "-m", "tests.counted_server", *options]

    def counts(self) -> Counter[str]:
        """Since it started."""
        told = len(self._told())
        self.process.send_signal(signal.SIGUSR1)
        until(lambda: len(self._told()) > told)
        return self._told()[-1]

    def settled(self) -> Counter[str]:
        """The same, once nothing goes on any more that was begun before, such as joining a channel."""
        return until(lambda: counts if (counts := self.counts()) == self.counts() else None) or Counter()

    def _told(self) -> list[Counter[str]]:
        return [Counter(record["counts"]) for record in self.records() if record["message"] == "counts"]
