"""Gives a command a real Redis and a real PostgreSQL of its own, and takes them away after it.

    python -m tests.servers [--bundled] COMMAND...

REDIS_URL and DATABASE_URL, where given, are passed on as they are. Otherwise each is a private instance on a free port
of the loopback interface, its data in a temporary folder: of a server found on this machine, or else (with --bundled,
always) of the one that a pip package brings along.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tests.servers.postgres import postgres
from tests.servers.process import die_with_parent, say, stop
from tests.servers.redis import redis


def main() -> None:
    # Whoever started us may be killed without a word: then we leave as if told to.
    die_with_parent(signal.SIGTERM)
    signal.signal(signal.SIGTERM, leave)
    arguments = sys.argv[1:]
    bundled = arguments[:1] == ["--bundled"]
    command = arguments[1:] if bundled else arguments
    if not command:
        sys.exit(__doc__)
    with ExitStack() as stack:
        environment = dict(os.environ)
        for variable, server in (("REDIS_URL", redis), ("DATABASE_URL", postgres)):
            if environment.get(variable):
                say(f"{variable}: as given")
            else:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tertulia-")))
                environment[variable] = stack.enter_context(server(folder, bundled=bundled))
        sys.exit(run(command, environment))


def leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


def run(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run the command to its end; its exit code, as a shell would give it."""
    process = subprocess.Popen(command, env=environment, preexec_fn=lambda: die_with_parent(signal.SIGTERM))
    try:
        while True:
            try:
                code = process.wait()
            except KeyboardInterrupt:
                continue  # the terminal told the command as well: it decides
            return code if code >= 0 else 128 - code
    finally:
        stop(process, signal.SIGTERM)


if __name__ == "__main__":
    main()
