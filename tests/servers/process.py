"""Starts and stops the process of a server, and knows its program and port."""

import ctypes
import importlib.util
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

START_SECONDS = 30
STOP_SECONDS = 10


def packaged(package: str, path: str) -> Path | None:
    """A file that a pip package brings along."""
    spec = importlib.util.find_spec(package)
    if not spec or not spec.submodule_search_locations:
        return None
    found = Path(spec.submodule_search_locations[0]) / path
    return found if found.exists() else None


def output_of(command: list[str], *, user: pwd.struct_passwd | None = None, cwd: Path | None = None) -> str:
    result: subprocess.CompletedProcess[str] = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=cwd, **as_user(user)
    )
    if result.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{result.stdout}{result.stderr}")
    return result.stdout


def as_user(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """What subprocess wants to know to change to this user."""
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


@contextmanager
def serving(
    command: list[str], folder: Path, *, stopped_by: signal.Signals, user: pwd.struct_passwd | None = None
) -> Iterator[Callable[[], None]]:
    """Run a server; yields a check that it has not ended by itself."""
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            start_new_session=True,  # out of reach of the terminal's Ctrl-C: the command may still need it
            preexec_fn=lambda: die_with_parent(stopped_by),  # after the change of user, which would undo it
            **as_user(user),
        )

    def check() -> None:
        if process.poll() is not None:
            sys.exit(f"{command[0]} did not start:\n{log.read_text(errors='replace')}")

    try:
        yield check
    finally:
        stop(process, stopped_by)


def stop(process: subprocess.Popen[bytes], with_signal: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(with_signal)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(ready: Callable[[], bool], check: Callable[[], None]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        check()
        if time.monotonic() > deadline:
            sys.exit(f"A server did not answer within {START_SECONDS} s.")
        time.sleep(0.05)


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def die_with_parent(with_signal: signal.Signals) -> None:
    """Have the kernel send this process a signal when its parent dies, however that happens. Linux only."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, int(with_signal))


def say(what: str) -> None:
    print(what, flush=True)  # noqa: T201 - a command line speaks
