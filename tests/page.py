"""What a browser would make of a page."""

from html.parser import HTMLParser
from typing import Any

from django.contrib.messages import get_messages


class Elements(HTMLParser):
    """The elements of some HTML, each with its attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def tags(self) -> set[str]:
        return {tag for tag, _ in self.elements}

    @property
    def links(self) -> list[str]:
        return [attributes["href"] or "" for _, attributes in self.elements if "href" in attributes]


def said(response: Any) -> list[str]:
    """The notices that the next page shows."""
    return [str(message) for message in get_messages(response.wsgi_request)]
