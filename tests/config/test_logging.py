"""One line a record, for machines."""

import json
import logging
import sys
from typing import Any

import pytest
from django.utils.module_loading import import_string

from config.logging import JsonFormatter, logging_config
from ops.request_id import request_id


def line_of(record: logging.LogRecord) -> dict[str, object]:
    text = JsonFormatter().format(record)
    assert "\n" not in text
    line: dict[str, object] = json.loads(text)
    return line


def record_of(message: str, *args: object, **extra: object) -> logging.LogRecord:
    return logging.getLogger("chat").makeRecord("chat", logging.INFO, "", 0, message, args, None, extra=extra)


def test_a_record_is_one_object() -> None:
    line = line_of(record_of("%s said %s", "ana", "hola\n👋"))
    assert line["message"] == "ana said hola\n👋"
    assert line["level"] == "INFO"
    assert line["logger"] == "chat"
    assert str(line["time"]).endswith("+00:00")


def test_what_was_said_beside_it_is_in_it() -> None:
    line = line_of(record_of("socket opened", user="ana", error=ValueError("no"), codes={1012}))
    assert (line["user"], line["error"], line["codes"]) == ("ana", "no", "{1012}")


def test_a_traceback_is_in_it() -> None:
    try:
        int("broken")
    except ValueError:
        record = logging.getLogger("chat").makeRecord("chat", logging.ERROR, "", 0, "failed", (), sys.exc_info())
    line = line_of(record)
    assert "ValueError: invalid literal" in str(line["traceback"])


def test_everything_goes_to_standard_output_with_the_id_of_its_request() -> None:
    config = logging_config(level="INFO", style="json")
    assert config["handlers"]["stdout"]["stream"] == "ext://sys.stdout"
    assert config["root"]["handlers"] == ["stdout"]
    assert filtered(record_of("hola"), config, "abc-123")["request_id"] == "abc-123"


def filtered(record: logging.LogRecord, config: dict[str, Any], current: str = "") -> dict[str, object]:
    """The line of a record that passed the filters of standard output during a request."""
    reset = request_id.set(current)
    try:
        for name in config["handlers"]["stdout"]["filters"]:
            assert import_string(config["filters"][name]["()"])().filter(record)
    finally:
        request_id.reset(reset)
    return line_of(record)


@pytest.mark.parametrize("style", ["json", "text"])
def test_a_join_link_is_a_key_and_not_logged(style: str) -> None:
    config = logging_config(level="INFO", style=style)
    line = filtered(
        record_of("%s: %s", "Not Found", "/join/the-code-of-the-link/", request="/join/the-code-of-the-link/"), config
    )
    assert line["message"] == "Not Found: /join/-/"
    assert "the-code-of-the-link" not in str(line)


def test_a_line_of_text_names_the_request_and_what_was_said_beside_it() -> None:
    made = logging_config(level="INFO", style="text")["formatters"]["text"]
    formatter = import_string(made["()"])(made["format"])
    record = record_of("socket opened", user="ana", room='a "b"\nc=d', code=1000)
    record.request_id = "abc-123"
    line = formatter.format(record)
    assert line.endswith(r'chat: socket opened request_id=abc-123 user=ana room="a \"b\"\nc=d" code=1000')


def test_an_unknown_host_is_not_logged() -> None:
    refused = logging_config(level="INFO", style="json")["loggers"]["django.security.DisallowedHost"]
    assert refused == {"handlers": [], "level": "CRITICAL", "propagate": False}
