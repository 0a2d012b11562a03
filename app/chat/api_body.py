"""The bodies of the API's requests."""

from typing import Any

import msgspec
from django.http import HttpRequest
from ninja.parser import Parser


class BodyParser(Parser):
    """As strict as the sockets: what Python's own JSON lets through, such as half a character, is refused (400)."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        body: dict[str, Any] = msgspec.json.decode(request.body)
        return body
