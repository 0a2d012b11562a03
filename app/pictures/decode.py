"""Decodes one picture, in a process of its own, which ends with it.

    python -m pictures.decode SOURCE CLEANED THUMB WIDTH HEIGHT

What strangers send goes through decoders written in C. Here they have bounds that the kernel keeps, and nothing to take
along: no settings, no database, no secrets. Prints one JSON object (process.py reads it): `picture`, which is null
where browsers could not show it as one, or `problem`.
"""

import io
import json
import resource
import sys
from pathlib import Path
from typing import Any

from PIL import AvifImagePlugin, Image

from pictures.metadata import UPRIGHT, without_metadata

# What browsers show, and the only decoders that are tried.
TYPES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
}
# A picture of a phone has 12 to 50 million. WebP's decoder keeps its canvas several times over.
MAX_PIXELS = 50_000_000
MAX_PIXELS_OF = {"WEBP": 25_000_000}
# 50 megapixels with transparency are 200 MB, twice that while they are shrunk. Such a picture took 463 MB as a PNG of
# 18 MB and 604 as one of 95: the file is read whole.
MAX_MEMORY = 640 << 20
MAX_SECONDS = 15

QUALITY = 80
# Colours beyond sRGB need their profile, which has some 500 bytes; one that is much larger says other things as well.
MAX_PROFILE = 4096

ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
LIES_DOWN = {5, 6, 7, 8}


class TooLarge(Exception):
    """More pixels, or more memory, than a picture may take."""


def look(source: Path, cleaned: Path, thumb: Path, box: tuple[int, int]) -> dict[str, Any]:
    """Judges `source` and writes `thumb`; `cleaned` too, where that differs from `source`.

    Raises TooLarge, and whatever Pillow does.
    """
    data = source.read_bytes()
    kind, orientation = _judge(data)
    clean = without_metadata(data, kind, orientation)
    width, height, small = _shrink(clean, kind, orientation, box)
    if clean != data:
        cleaned.write_bytes(clean)
    small.save(thumb, "WEBP", quality=QUALITY, method=4, icc_profile=_profile(small))
    return {"type": TYPES[kind], "size": [width, height], "thumb": list(small.size)}


def _judge(data: bytes) -> tuple[str, int]:
    """The kind and which way is up, by the header alone: no pixel is decoded before it is known how many there are."""
    with Image.open(io.BytesIO(data), formats=list(TYPES)) as image:
        kind = "JPEG" if image.format == "MPO" else str(image.format)
        if image.width * image.height > MAX_PIXELS_OF.get(kind, MAX_PIXELS):
            raise TooLarge
        orientation = UPRIGHT if kind == "GIF" else image.getexif().get(ORIENTATION, UPRIGHT)
        return kind, orientation if orientation in TURNS else UPRIGHT


def _shrink(data: bytes, kind: str, orientation: int, box: tuple[int, int]) -> tuple[int, int, Image.Image]:
    """Width and height as they are shown, and a small one. Decodes all of it, so that none is taken that breaks off."""
    with Image.open(io.BytesIO(data), formats=[kind]) as image:
        size = image.size
        turned = orientation in LIES_DOWN
        bound = box[::-1] if turned else box
        if kind == "JPEG":
            image.draft(None, (bound[0] * 2, bound[1] * 2))  # libjpeg shrinks while it decodes
        image.load()
        profile = image.info.get("icc_profile")
        small = _plain(image)
        small = small.resize(_within(size, bound), reducing_gap=2.0)
        if orientation in TURNS:
            small = small.transpose(TURNS[orientation])
        small.info = {"icc_profile": profile}
        width, height = size[::-1] if turned else size
        return width, height, small


def _within(size: tuple[int, int], bound: tuple[int, int]) -> tuple[int, int]:
    """Of the whole picture: libjpeg may have rounded what it shrank. Never larger than it is."""
    scale = min(bound[0] / size[0], bound[1] / size[1], 1)
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)


def _plain(image: Image.Image) -> Image.Image:
    """As RGB or, where something shines through, RGBA."""
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _profile(image: Image.Image) -> bytes | None:
    profile = image.info["icc_profile"]
    return profile if profile and len(profile) <= MAX_PROFILE else None


def bound() -> None:
    """From now on the kernel refuses this process more than a picture may take."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Image.MAX_IMAGE_PIXELS = None  # `_judge` is stricter
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def main() -> None:
    source, cleaned, thumb, width, height = sys.argv[1:]
    bound()
    answer: dict[str, Any]
    try:
        answer = {"picture": look(Path(source), Path(cleaned), Path(thumb), (int(width), int(height)))}
    except (TooLarge, MemoryError):
        answer = {"problem": "too_large"}
    except Exception as error:  # noqa: BLE001 - there is no telling what a decoder raises at what is no picture
        answer = {"picture": None, "why": f"{type(error).__name__}: {error}"[:200]}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
