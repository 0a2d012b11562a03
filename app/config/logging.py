"""One line a record, as JSON for machines or as text for people, each with the id of the request it belongs to."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

# What a LogRecord has of itself; everything else on it was passed as `extra` and belongs into the line.
STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request_id", "taskName"}


JOIN_CODE = re.compile(r"(?<=/join/)[^/\s]+")


class SecretsLeftOut(logging.Filter):
    """A join link is a key: of its address, which Django logs when it refuses one, the code is left out."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if JOIN_CODE.search(message):
            record.msg, record.args = JOIN_CODE.sub("-", message), ()
        if hasattr(record, "request"):
            del record.request  # its text repeats the address
        return True


class JsonFormatter(logging.Formatter):
    """A record as one JSON object: time, level, logger, message, request_id, then what was passed as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", ""),
        }
        extra = {key: value for key, value in vars(record).items() if key not in STANDARD_FIELDS}
        if record.exc_info:
            extra["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line | extra, default=str, ensure_ascii=False)


def logging_config(*, level: str, style: str) -> dict[str, Any]:
    """Django's LOGGING: everything to standard output, which the container's runtime keeps and rotates."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "request_id": {"()": "ops.request_id.RequestIdFilter"},
            "secrets": {"()": "config.logging.SecretsLeftOut"},
        },
        "formatters": {
            "json": {"()": "config.logging.JsonFormatter"},
            "text": {"format": "%(asctime)s %(levelname)-7s %(name)s: %(message)s"},
        },
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": style,
                "filters": ["request_id", "secrets"],
            }
        },
        "root": {"handlers": ["stdout"], "level": level},
        # Django brings handlers of its own for these two; the root's is enough.
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
        },
    }
