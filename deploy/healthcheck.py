"""Exits with 0 if the server on this port of this container can do its work, else with 1 and what it said.

    python -I -S healthcheck.py 8000

It runs every few seconds in every container, so it imports next to nothing.
"""

import socket
import sys

SECONDS = 4


def answer(port: int) -> bytes:
    """The first kilobytes of what /readyz says."""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        received = b""
        while len(received) < 4096 and (part := connection.recv(4096)):
            received += part
    return received


def main() -> None:
    try:
        said = answer(int(sys.argv[1]))
    except OSError as error:
        sys.exit(f"no answer: {error}")
    if said.split(b" ", 2)[1:2] != [b"200"]:
        sys.exit(said.decode(errors="replace"))


if __name__ == "__main__":
    main()
