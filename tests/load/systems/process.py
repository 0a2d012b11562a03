"""The processes of a system, each in a folder of its own, where its log is."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.load.machine import take_all_files
from tests.servers.process import die_with_parent, stop

START_SECONDS = 60
ENOUGH = 300  # characters of what was said last


class DidNotStart(Exception):
    """A process of a system ended, or did not get ready in time; with what it said last."""


@dataclass(frozen=True, slots=True)
class Process:
    started: "subprocess.Popen[bytes]"
    log: Path

    @property
    def pid(self) -> int:
        return self.started.pid

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Raises DidNotStart."""
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if self.started.poll() is not None or time.monotonic() > deadline:
                raise DidNotStart(f"{self.log.stem} did not start: {self.said.strip()[-ENOUGH:] or 'it said nothing'}")
            time.sleep(0.02)

    def wait_until_it_says(self, line: str) -> None:
        self.wait_until(lambda: line in self.said.splitlines())


@contextmanager
def process(
    command: Sequence[str], folder: Path, *, name: str, environment: Mapping[str, str], cwd: Path
) -> Iterator[Process]:
    """Run a server, with as many open files as may be had, until the block is left; it dies with us in any case."""
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        started = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=cwd,
            start_new_session=True,  # out of reach of the terminal's Ctrl-C: we stop it
            preexec_fn=prepare,  # noqa: PLW1509 - the bench has one thread
        )
    try:
        yield Process(started, log)
    finally:
        stop(started, signal.SIGTERM)


def prepare() -> None:
    die_with_parent(signal.SIGTERM)  # nginx would leave its workers behind if it were killed
    take_all_files()
