"""The API's search."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from chat import schemas
from chat.api_auth import user_of
from chat.presentation import person_dict
from chat.search import Hit, search
from chat.times import wire_time

router = Router()


def hit_dict(hit: Hit) -> dict[str, Any]:
    message = hit.message
    return {
        "room": message.room.slug,
        "name": message.room.title,
        "seq": message.seq,
        "by": person_dict(message.author),
        "at": wire_time(message.at),
        "body": message.body,
        "snippet": [{"text": piece.text, "hit": piece.hit} for piece in hit.pieces],
    }


@router.get("/search/", response=schemas.SearchPage)
def search_messages(request: HttpRequest, asked: Query[schemas.Search]) -> dict[str, Any]:
    found = search(user=user_of(request), text=asked.q, before=asked.before, limit=asked.limit)
    return {"messages": [hit_dict(hit) for hit in found.hits], "before": found.before}
