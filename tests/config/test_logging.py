"""One line a record, for machines."""

import json
import logging
import sys

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
        raise ValueError("broken")
    except ValueError:
        record = logging.getLogger("chat").makeRecord("chat", logging.ERROR, "", 0, "failed", (), sys.exc_info())
    line = line_of(record)
    assert "ValueError: broken" in str(line["traceback"])


def test_everything_goes_to_standard_output_with_the_id_of_its_request() -> None:
    config = logging_config(level="INFO", style="json")
    assert config["handlers"]["stdout"]["stream"] == "ext://sys.stdout"
    assert config["root"]["handlers"] == ["stdout"]
    record = record_of("hola")
    reset = request_id.set("abc-123")
    try:
        for name in config["handlers"]["stdout"]["filters"]:
            assert config["filters"][name]["()"] == "ops.request_id.RequestIdFilter"
        from ops.request_id import RequestIdFilter

        assert RequestIdFilter().filter(record)
    finally:
        request_id.reset(reset)
    assert line_of(record)["request_id"] == "abc-123"
