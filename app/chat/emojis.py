"""What an emoji is: Unicode's own list, as the library `emoji` has it."""

from functools import cache

from emoji import EMOJI_DATA, STATUS

from chat.errors import BadFrame

# Says that what it follows is to be shown as a picture. Keyboards leave it out or send it, for the same emoji.
SELECTOR = "\ufe0f"


def check_emoji(text: str) -> str:
    """The one emoji that `text` is, as Unicode recommends to write it. Raises BadFrame."""
    found = _emojis().get(text.replace(SELECTOR, ""))
    if found is None:
        raise BadFrame("A reaction is one emoji.")
    return found


@cache
def _emojis() -> dict[str, str]:
    """Not the parts, such as a colour of skin alone."""
    whole = STATUS["fully_qualified"]
    return {emoji.replace(SELECTOR, ""): emoji for emoji, about in EMOJI_DATA.items() if about["status"] == whole}
