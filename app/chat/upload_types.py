"""What a file is that is no picture, by its content and, where that leaves a choice, its name.

It is only said, never obeyed: such a file is always downloaded.
"""

import re
from pathlib import Path

import puremagic

UNKNOWN = "application/octet-stream"
TEXT = "text/plain"

# What tells one kind from another stands in front.
HEAD = 8192
MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,80}")
CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")


# puremagic's for content that several kinds share: .docx, .odt and .zip begin alike. The name then has to agree.
SURE = 0.8


def type_of(path: Path, name: str) -> str:
    """The media type of a file that browsers cannot show as a picture."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if _is_text(head):
        return TEXT
    try:
        guesses = puremagic.magic_string(head, filename=name)
    except (puremagic.PureError, ValueError):
        return UNKNOWN
    types = [guess.mime_type for guess in guesses if guess.confidence >= SURE and MEDIA_TYPE.fullmatch(guess.mime_type)]
    # Pillow has looked at it: what begins like a picture is none that can be shown.
    return types[0] if types and not types[0].startswith(("image/", "text/")) else UNKNOWN


def _is_text(head: bytes) -> bool:
    """UTF-8 without control characters; the last character of the head may be cut."""
    text = None
    for cut in range(min(4, len(head)) if len(head) == HEAD else 1):
        try:
            text = head[: len(head) - cut].decode()
        except UnicodeDecodeError:
            continue
        break
    return bool(text) and CONTROL.search(text or "") is None
