"""A ws worker under another ASGI server: the application by ASGI's plain `send`."""

import json
import sys
from pathlib import Path
from typing import Any

from tests.workers import Worker

# Its lines in the form of ours, into the same place.
LOG_CONFIG = {"version": 1, "disable_existing_loggers": False}

# As docs/operating.md says to start it.
OPTIONS = ("--ws-max-size", "65536", "--ws-per-message-deflate", "false", "--timeout-graceful-shutdown", "10")


class UvicornWorker(Worker):
    """`python -m uvicorn config.asgi:application`, with `options` of its own."""

    def __init__(self, folder: Path, *, options: tuple[str, ...] = OPTIONS, **variables: str) -> None:
        self._options = options
        self._log_config = folder / "uvicorn.json"
        self._log_config.write_text(json.dumps(LOG_CONFIG))
        super().__init__(folder, **variables)

    @property
    def command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "uvicorn", "config.asgi:application"),
            *("--host", "127.0.0.1", "--port", str(self.port)),
            *("--log-config", str(self._log_config)),
            *self._options,
        ]

    def complaints(self) -> list[dict[str, Any]]:
        """Warnings too: nothing that a client or an operator does here is worth one."""
        return [record for record in self.records() if record["level"] not in {"DEBUG", "INFO"}]
