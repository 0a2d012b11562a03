"""The round face of a person: their picture, or their initials on a colour of their own."""

import re
from typing import Any

from django import template

register = template.Library()

# As many as tokens.css has.
HUES = 8


@register.inclusion_tag("chat/disc.html")
def disc(person: Any) -> dict[str, Any]:
    """Of a user. It is decoration: their name stands beside it."""
    return {
        "hue": person.pk % HUES,
        "initials": initials(person.username),
        "picture": getattr(person, "picture_url", None),
    }


def initials(name: str) -> str:
    """Two letters at most; text.js does the same."""
    words = [word for word in re.split(r"[\s._-]+", name) if word]
    return "".join(word[0] for word in words[:2]).upper()
