"""What a client of docs/protocol.md keeps of a room: a page to begin with, and then what the events change."""

from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from tests.wire import Frame

V1 = "/api/v1/rooms"
MESSAGE = ("seq", "client_id", "by", "at", "body", "html", "reply_to")


@dataclass
class RoomPicture:
    """The room as one client knows it, up to `seq`."""

    seq: int
    name: str
    topic: str
    members: dict[int, str]
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)

    def apply(self, event: Frame) -> None:
        """What follows next; a client that sees anything else has been told wrongly."""
        assert event["seq"] == self.seq + 1, f"{event['seq']} after {self.seq}"
        self.seq, data = event["seq"], event["data"]
        match event["kind"]:
            case "message.posted":
                self.messages[event["seq"]] = {name: {**event, **data}[name] for name in MESSAGE}
            case "member.joined":
                self.members[data["user"]["id"]] = data["user"]["name"]
            case "member.left":
                del self.members[data["user"]["id"]]
            case "room.updated":
                self.name, self.topic = data["name"], data["topic"]
            case kind:
                raise AssertionError(f"an event of the kind {kind}")


def fetch(client: Client, slug: str) -> RoomPicture:
    """The room as the API gives it to whoever asks for the first time, page by page."""
    room, members = _get(client, f"{V1}/{slug}/"), _get(client, f"{V1}/{slug}/members/")
    picture = RoomPicture(
        seq=0,
        name=room["name"],
        topic=room["topic"],
        members={member["user"]["id"]: member["user"]["name"] for member in members},
    )
    page = _get(client, f"{V1}/{slug}/messages/?limit=200")
    picture.seq = page["seq"]
    found = page["messages"]
    while page["more"]:
        page = _get(client, f"{V1}/{slug}/messages/?limit=200&before={found[0]['seq']}")
        found = page["messages"] + found
    picture.messages = {message["seq"]: {name: message[name] for name in MESSAGE} for message in found}
    assert list(picture.messages) == sorted(picture.messages)
    return picture


def _get(client: Client, path: str) -> Any:
    response = client.get(path)
    assert response.status_code == 200, response.content
    return response.json()
