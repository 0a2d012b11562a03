"""What becomes of a picture that somebody chose of themselves."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from accounts.pictures import NoPicture, Squares, squares_of
from pictures.process import TooLarge


def file_of(image: Image.Image, kind: str, **more: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def flag(width: int, height: int) -> Image.Image:
    """Three equal fields across the longer side: teal, red, navy."""
    image = Image.new("RGB", (width, height), "teal")
    if width >= height:
        image.paste("red", (width // 3, 0, 2 * width // 3, height))
        image.paste("navy", (2 * width // 3, 0, width, height))
    else:
        image.paste("red", (0, height // 3, width, 2 * height // 3))
        image.paste("navy", (0, 2 * height // 3, width, height))
    return image


def is_red_all_over(content: bytes) -> bool:
    image = opened(content).convert("RGB")
    edge = image.width - 5
    found = [image.getpixel(place) for place in ((4, 4), (edge, 4), (4, edge), (edge, edge))]
    return all(isinstance(pixel, tuple) and pixel[0] > 200 and max(pixel[1:]) < 60 for pixel in found)


def squares(content: bytes) -> Squares:
    return squares_of([content[:100], content[100:]])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_it_is_two_squares_of_webp(kind: str) -> None:
    made = squares(file_of(flag(600, 400), kind))
    shown = [(opened(content).format, opened(content).size) for content in (made.small, made.large)]
    assert shown == [("WEBP", (128, 128)), ("WEBP", (256, 256))]


@pytest.mark.parametrize("size", [(900, 300), (300, 900), (3000, 1000), (90, 30), (9, 3)])
def test_the_middle_is_kept(size: tuple[int, int]) -> None:
    made = squares(file_of(flag(*size), "PNG"))
    if min(size) >= 30:
        assert is_red_all_over(made.small)
    assert opened(made.large).size == (256, 256)


def test_what_is_turned_is_put_upright_and_what_the_file_tells_is_left_out() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera"
    exif.get_ifd(0x8825)[1] = "N"
    image = Image.new("RGB", (400, 400), "teal")
    image.paste("red", (0, 0, 400, 200))  # above; turned by 90° it is on the right
    made = squares(file_of(image, "JPEG", exif=exif, comment=b"a comment"))
    for content in (made.small, made.large):
        shown = opened(content)
        assert not shown.getexif()
        assert not any(word in content for word in (b"camera", b"comment", b"EXIF", b"XMP"))
        rgb = shown.convert("RGB")
        right, left = rgb.getpixel((shown.width - 8, 8)), rgb.getpixel((8, 8))
        assert isinstance(right, tuple)
        assert isinstance(left, tuple)
        assert right[0] > 200 > left[0]


def test_what_shines_through_still_does() -> None:
    image = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    assert opened(squares(file_of(image, "PNG")).small).convert("RGBA").getpixel((64, 64))[3] == 0  # type: ignore[index]


def test_of_a_moving_picture_it_is_the_first() -> None:
    frames = [Image.new("RGB", (200, 200), colour) for colour in ("red", "teal", "navy")]
    assert is_red_all_over(squares(file_of(frames[0], "GIF", save_all=True, append_images=frames[1:])).small)


def test_it_is_small_enough_for_a_row() -> None:
    noise = Image.effect_noise((2000, 2000), 200).convert("RGB")
    made = squares(file_of(noise, "JPEG", quality=95))
    assert len(made.small) < 20_000
    assert len(made.large) < 80_000


def test_the_version_says_which_picture_it_is() -> None:
    teal, red = (file_of(Image.new("RGB", (300, 300), colour), "PNG") for colour in ("teal", "red"))
    assert squares(teal).version == squares(teal).version != squares(red).version
    assert len(squares(teal).version) == 16


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hola",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a",
        b"\xff\xd8\xff\xe0",
        file_of(flag(300, 300), "PNG")[:200],
        file_of(flag(300, 300), "BMP"),
        file_of(flag(300, 300), "TIFF"),
        file_of(flag(300, 300), "PDF"),
    ],
)
def test_what_is_no_picture_that_browsers_show_is_refused(content: bytes) -> None:
    with pytest.raises(NoPicture):
        squares(content)


def test_a_small_file_that_unfolds_into_gigabytes_is_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.png"
    Image.new("1", (20_000, 20_000)).save(bomb)
    assert bomb.stat().st_size < 100_000
    with pytest.raises(TooLarge):
        squares(bomb.read_bytes())
