"""What a client of docs/protocol.md keeps of a room: a page to begin with, and then what the events change."""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from tests.wire import Frame

V1 = "/api/v1/rooms"
# What a message keeps of itself when it is deleted is its place.
NOTHING: dict[str, Any] = {
    "body": "",
    "html": "",
    "mentions": [],
    "uploads": [],
    "reactions": [],
    "edited_at": None,
    "deleted": True,
}
POSTED = ("seq", "client_id", "by", "at", "body", "html", "reply_to", "mentions", "uploads")
MESSAGE = (*POSTED, "edited_at", "deleted", "reactions")


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
                posted = {name: {**event, **data}[name] for name in POSTED}
                self.messages[event["seq"]] = posted | {"edited_at": None, "deleted": False, "reactions": []}
            case "message.edited":
                edited = {name: data[name] for name in ("body", "html", "mentions")}
                self.messages[data["of"]] |= edited | {"edited_at": event["at"]}
            case "message.deleted":
                self.messages[data["of"]] |= deepcopy(NOTHING)
            case "reaction.added":
                react(self.messages[data["of"]]["reactions"], data["emoji"], event["by"])
            case "reaction.removed":
                take_back(self.messages[data["of"]]["reactions"], data["emoji"], event["by"])
            case "member.joined":
                self.members[data["user"]["id"]] = data["user"]["name"]
            case "member.left":
                del self.members[data["user"]["id"]]
            case "room.updated":
                self.name, self.topic = data["name"], data["topic"]
            case "member.changed":
                pass  # the picture holds no roles
            case kind:
                raise AssertionError(f"an event of the kind {kind}")


def react(reactions: list[dict[str, Any]], emoji: str, by: dict[str, Any]) -> None:
    """An emoji stands where it was first put, a person after those who put it before."""
    user = {"id": by["id"], "name": by["name"]}
    for reaction in reactions:
        if reaction["emoji"] == emoji:
            reaction["users"].append(user)
            return
    reactions.append({"emoji": emoji, "users": [user]})


def take_back(reactions: list[dict[str, Any]], emoji: str, by: dict[str, Any]) -> None:
    for reaction in reactions:
        if reaction["emoji"] == emoji:
            reaction["users"].remove({"id": by["id"], "name": by["name"]})
    reactions[:] = [reaction for reaction in reactions if reaction["users"]]


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
