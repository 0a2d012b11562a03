"""Pictures as people bring them, made on the spot."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

from PIL import Image

KINDS = ["PNG", "JPEG", "GIF", "WEBP", "AVIF"]

# Where it was taken, by whom, with what: none of it may remain.
SECRETS = [b"Calle Mayor 5", b"ana's telephone", b"41.40338"]


def drawing(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """Its corners differ, so that one can tell which way it was turned: red, green, blue and white, clockwise."""
    image = Image.new("RGB", (width, height), "white")
    half = (width // 2, height // 2)
    image.paste("red", (0, 0, *half))
    image.paste("green", (half[0], 0, width, half[1]))
    image.paste("white", (0, half[1], half[0], height))
    image.paste("blue", (*half, width, height))
    return image.convert(mode)


def file_of(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def photo(kind: str, orientation: int = 1, width: int = 64, height: int = 48) -> bytes:
    """As a telephone makes it: it says where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = SECRETS[0].decode()
    exif[0x0110] = SECRETS[1].decode()
    exif.get_ifd(0x8825)[29] = SECRETS[2].decode()
    image = drawing(width, height)
    options: dict[str, Any] = {"quality": 90} if kind != "PNG" else {}
    return file_of(image, kind, exif=exif.tobytes(), **options)


def moving(kind: str, frames: int = 3) -> bytes:
    pictures = [drawing().rotate(90 * number) for number in range(frames)]
    return file_of(pictures[0], kind, save_all=True, append_images=pictures[1:], duration=100, loop=0)


def opened(file: Path | bytes) -> Image.Image:
    """Read to its end, and closed."""
    image = Image.open(io.BytesIO(file if isinstance(file, bytes) else file.read_bytes()))
    image.load()
    return image


def corners(image: Image.Image) -> list[str]:
    """Clockwise from above on the left, by name."""
    width, height = image.size
    rgb = image.convert("RGB")
    names = {"red": (255, 0, 0), "green": (0, 128, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}
    found = []
    for at in ((4, 4), (width - 5, 4), (width - 5, height - 5), (4, height - 5)):
        pixel: Any = rgb.getpixel(at)
        found.append(min(names, key=lambda name: sum(abs(a - b) for a, b in zip(names[name], pixel, strict=True))))
    return found


def bomb(width: int, height: int) -> bytes:
    """The beginning of a PNG that says it has so many pixels; there are none."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header
    return content + struct.pack(">I", zlib.crc32(header)) + b"\0\0\0\0IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
