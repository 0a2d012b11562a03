"""One line a record, as JSON for machines or as text for people, each with the id of the request it belongs to."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

# What a LogRecord has of itself; everything else on it was passed as `extra` and belongs into the line.
STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request_id", "taskName"}

# A value that can stand in a line of text without quotes.
PLAIN = re.compile(r"[^\s\"=\x00-\x1f\x7f]+")

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


def extras_of(record: logging.LogRecord) -> dict[str, Any]:
    """What stands beside the message: the id of the request, then what was passed as `extra`."""
    extra = {key: value for key, value in vars(record).items() if key not in STANDARD_FIELDS}
    return {"request_id": getattr(record, "request_id", "")} | extra


class TextFormatter(logging.Formatter):
    """A record as a line for people: time, level, logger, message, then what stands beside it as key=value."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        pairs = [f"{key}={_quoted(value)}" for key, value in extras_of(record).items() if value != ""]
        return " ".join([super().formatMessage(record), *pairs])


def _quoted(value: object) -> str:
    """In quotes where it would not read as one word: nobody's name can pass for another field or another line."""
    text = str(value)
    return text if PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


class JsonFormatter(logging.Formatter):
    """A record as one JSON object: time, level, logger, message, request_id, then what was passed as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        } | extras_of(record)
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


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
            "text": {
                "()": "config.logging.TextFormatter",
                "format": "%(asctime)s %(levelname)-7s %(name)s: %(message)s",
            },
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
            # It has a line for each person who comes and goes.
            "axes": {"handlers": [], "level": "ERROR" if level == "ERROR" else "WARNING", "propagate": True},
            # Anyone can send an unknown Host, with a traceback each: nginx's access log has the request.
            "django.security.DisallowedHost": {"handlers": [], "level": "CRITICAL", "propagate": False},
        },
    }
