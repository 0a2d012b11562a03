"""The Compose project that a run hurts: its own, from this checkout, with its own port, images and volumes."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.shell import accounts_of, to_populate
from tests.chaos.site import Account, Site
from tests.stack.checkout import copy_project
from tests.stack.progress import Say
from tests.stack.stack import Stack

PROJECT = "tertulia-chaos"

# All clients come from one address, which nginx would take for one office; and no run should measure its bounds.
KNOBS = {
    "NGINX_SOCKETS_PER_ADDRESS": "60000",
    "NGINX_HANDSHAKES_PER_SECOND": "10000",
    "NGINX_HANDSHAKES_BURST": "20000",
    "NGINX_CONNECTIONS_PER_ADDRESS": "10000",
    "NGINX_REQUESTS_PER_SECOND": "10000",
    "NGINX_REQUESTS_BURST": "20000",
    # What the workers say of every socket would be most of what the engine does.
    "LOG_LEVEL": "WARNING",
}


class AlreadyRunning(RuntimeError):
    """There is one project of this name: two runs at once would hurt each other's."""


@dataclass(frozen=True, slots=True)
class Project:
    """The stack, up and healthy."""

    stack: Stack

    @property
    def site(self) -> Site:
        return site_of(self.stack)

    def populate(self, clients: int, rooms: int) -> list[Account]:
        """The accounts, made by the application itself."""
        return accounts_of(self.stack.manage(*to_populate(clients, rooms)))


@contextmanager
def running_project(say: Say, *, keep: bool) -> Iterator[Project]:
    """Up from a copy of the checkout, as it stands; down in the end, whatever happened, unless it is to be kept."""
    with only_one():
        folder = Path(tempfile.gettempdir(), PROJECT)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        copy_project(folder)
        stack = Stack(folder, say, project=PROJECT, tag="chaos", **KNOBS)
        try:
            stack.down("--volumes", "--remove-orphans")  # what a run that was killed left behind
            stack.up("--build")
            yield Project(stack)
        finally:
            if keep:
                say(f"kept, at {stack.url}; to end it: docker compose -p {PROJECT} down --volumes")
            else:
                stack.down("--volumes", "--remove-orphans")
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def only_one() -> Iterator[None]:
    with Path(tempfile.gettempdir(), f"{PROJECT}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning("another run of this is going on; its stack is not for two") from error
        yield


def site_of(stack: Stack) -> Site:
    return Site(sockets=[f"ws://127.0.0.1:{stack.port}/ws/chat/"], api=f"http://127.0.0.1:{stack.port}/api/v1/")
