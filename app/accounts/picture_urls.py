"""Where somebody's picture is found."""

# Pixels, each way; the small one is the `picture` of docs/protocol.md.
SMALL, LARGE = 128, 256


def picture_url(user_id: int, version: str, size: int = SMALL) -> str | None:
    """None where `version` is empty: there is no picture. Written out, since a page asks for hundreds of them."""
    if not version:
        return None
    return f"/people/{user_id}/{version}{'' if size == SMALL else '-large'}.webp"
