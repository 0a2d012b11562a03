"""Good frames of each type, to start from."""

CLIENT_ID = "6f3bd1f6-0f5c-4d0e-8f63-9b6d2b0c3a11"

TYPED: list[dict[str, object]] = [
    {"type": "ping", "id": 1},
    {"type": "subscribe", "id": "a", "room": "lobby"},
    {"type": "subscribe", "id": 2, "room": "lobby", "since": 0},
    {"type": "unsubscribe", "id": 3, "room": "lobby"},
    {"type": "post", "id": 4, "room": "lobby", "client_id": CLIENT_ID, "body": "hola", "reply_to": 2},
    {"type": "post", "id": 8, "room": "lobby", "client_id": CLIENT_ID, "body": "@ana", "uploads": [CLIENT_ID]},
    {"type": "edit", "id": 9, "room": "lobby", "client_id": CLIENT_ID, "seq": 3, "body": "adiós"},
    {"type": "delete", "id": 10, "room": "lobby", "client_id": CLIENT_ID, "seq": 3},
    {"type": "react", "id": 11, "room": "lobby", "client_id": CLIENT_ID, "seq": 3, "emoji": "👍", "on": True},
    {"type": "typing", "room": "lobby"},
    {"type": "read", "id": 5, "room": "lobby", "seq": 1},
    {"type": "typing", "room": "lobby"},
]
PLAIN: list[dict[str, object]] = [{"message": "hola"}]
