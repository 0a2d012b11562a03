"""What a picture is, how large, which way up; and that nothing else passes for one."""

import multiprocessing
import os
import resource
import threading
from collections.abc import Callable
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pictures import decode, process
from pictures.process import Busy, Picture, TooLarge, Turns, look_at
from tests.fuzzing import effort
from tests.pictures.samples import KINDS, SECRETS, bomb, corners, drawing, file_of, moving, opened, photo

BOX = (720, 480)

Look = Callable[[bytes], Picture | None]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    def look(data: bytes) -> Picture | None:
        source = tmp_path / "source"
        source.write_bytes(data)
        for left in ("cleaned", "thumb"):
            (tmp_path / left).unlink(missing_ok=True)
        return look_at(source, cleaned=tmp_path / "cleaned", thumb=tmp_path / "thumb", box=BOX)

    return look


def thumb(tmp_path: Path) -> Image.Image:
    return opened(tmp_path / "thumb")


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_that_browsers_show_is_known_by_its_content(look: Look, tmp_path: Path, kind: str) -> None:
    picture = look(file_of(drawing(1440, 480), kind))
    assert picture == Picture(f"image/{kind.lower()}", 1440, 480, 720, 240)
    assert thumb(tmp_path).format == "WEBP"
    assert thumb(tmp_path).size == (720, 240)
    assert corners(thumb(tmp_path)) == ["red", "green", "blue", "white"]


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "ICO", "PPM", "TGA", "PDF", "EPS"])
def test_what_browsers_do_not_show_alike_is_no_picture(look: Look, kind: str) -> None:
    assert look(file_of(drawing(), kind)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hola",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"GIF89a<script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n",
    ],
)
def test_what_only_claims_to_be_one_is_none(look: Look, data: bytes) -> None:
    assert look(data) is None


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF"])
def test_a_picture_that_breaks_off_is_none(look: Look, kind: str) -> None:
    whole = file_of(drawing(400, 300), kind)
    assert look(whole[: len(whole) * 2 // 3]) is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_seen_the_right_way_up(look: Look, tmp_path: Path, kind: str, orientation: int) -> None:
    picture = look(photo(kind, orientation, 1600, 400))
    assert picture is not None
    lies = orientation >= 5
    assert (picture.width, picture.height) == ((400, 1600) if lies else (1600, 400))
    assert (picture.thumb_width, picture.thumb_height) == ((120, 480) if lies else (720, 180))
    assert thumb(tmp_path).size == (picture.thumb_width, picture.thumb_height)
    turned = {
        1: ["red", "green", "blue", "white"],
        2: ["green", "red", "white", "blue"],
        3: ["blue", "white", "red", "green"],
        4: ["white", "blue", "green", "red"],
        5: ["red", "white", "blue", "green"],
        6: ["white", "red", "green", "blue"],
        7: ["blue", "green", "red", "white"],
        8: ["green", "blue", "white", "red"],
    }
    assert corners(thumb(tmp_path)) == turned[orientation]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_where_it_was_taken_is_in_neither_file(look: Look, tmp_path: Path, kind: str) -> None:
    assert look(photo(kind, 6))
    for name in ("cleaned", "thumb"):
        data = (tmp_path / name).read_bytes()
        assert [secret for secret in SECRETS if secret in data] == []


def test_what_tells_nothing_is_left_as_it_is(look: Look, tmp_path: Path) -> None:
    assert look(file_of(drawing()))
    assert not (tmp_path / "cleaned").exists()


def test_a_small_picture_is_not_made_larger_and_a_thin_one_does_not_vanish(look: Look) -> None:
    assert look(file_of(drawing(30, 20))) == Picture("image/png", 30, 20, 30, 20)
    assert look(file_of(Image.new("RGB", (9000, 2)))) == Picture("image/png", 9000, 2, 720, 1)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_a_moving_picture_the_first_one_is_the_thumbnail(look: Look, tmp_path: Path, kind: str) -> None:
    assert look(moving(kind))
    assert corners(thumb(tmp_path)) == ["red", "green", "blue", "white"]
    assert getattr(thumb(tmp_path), "n_frames", 1) == 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_a_png_of_any_mode_has_a_thumbnail(look: Look, tmp_path: Path, mode: str) -> None:
    image = Image.new("I;16", (64, 48), 60_000) if mode == "I;16" else drawing(mode=mode)
    assert look(file_of(image))
    assert corners(thumb(tmp_path))[3] == "white"


def test_what_shines_through_does_so_in_the_thumbnail(look: Look, tmp_path: Path) -> None:
    image = drawing(mode="RGBA")
    image.putalpha(0)
    assert look(file_of(image))
    assert thumb(tmp_path).convert("RGBA").getchannel("A").getextrema() == (0, 0)


# --- bounds ---


@pytest.mark.parametrize(("width", "height"), [(50_001, 1000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_too_many_pixels_are_refused_before_one_is_decoded(look: Look, width: int, height: int) -> None:
    with pytest.raises(TooLarge):
        look(bomb(width, height))


def test_as_many_pixels_as_are_allowed_are_taken(look: Look) -> None:
    assert look(file_of(Image.new("L", (10_000, 5000)))) == Picture("image/png", 10_000, 5000, 720, 360)
    assert look(file_of(Image.new("RGBA", (5000, 5000)), "WEBP", lossless=True, method=0))


def test_a_webp_has_fewer_since_its_decoder_wants_more_for_each(look: Look) -> None:
    with pytest.raises(TooLarge):
        look(file_of(Image.new("RGB", (5001, 5000)), "WEBP", lossless=True, method=0))


def test_the_decoder_takes_no_more_memory_than_it_may(look: Look, tmp_path: Path) -> None:
    picture = file_of(Image.new("RGBA", (10_000, 5000)))

    def measure(answer: str) -> None:
        assert look(picture)
        # Of all its children, which are this one.
        Path(answer).write_text(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024))

    child = multiprocessing.get_context("fork").Process(target=measure, args=(str(tmp_path / "answer"),))
    child.start()
    child.join(60)
    assert 200_000_000 < int((tmp_path / "answer").read_text()) < decode.MAX_MEMORY


def test_the_kernel_refuses_it_more(tmp_path: Path) -> None:
    def spend(answer: str) -> None:
        decode.bound()
        try:
            bytearray(decode.MAX_MEMORY)
        except MemoryError:
            Path(answer).write_text("refused")

    child = multiprocessing.get_context("fork").Process(target=spend, args=(str(tmp_path / "answer"),))
    child.start()
    child.join(60)
    assert (tmp_path / "answer").read_text() == "refused"


def test_a_decoder_that_dies_or_hangs_has_said_that_it_is_no_picture(
    look: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "pictures").mkdir()
    monkeypatch.setattr(process, "APP", tmp_path)
    program = tmp_path / "pictures" / "decode.py"
    program.write_text("import os; os.abort()")
    assert look(file_of(drawing())) is None
    program.write_text("import threading; threading.Event().wait()")
    monkeypatch.setattr(process, "ANSWER_SECONDS", 0.2)
    assert look(file_of(drawing())) is None


def test_the_decoder_is_told_none_of_our_secrets(look: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "DATABASE_URL" in os.environ
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "decode.py").write_text(
        "import json, os, pathlib, sys\n"
        "pathlib.Path(sys.argv[1] + '.environment').write_text(json.dumps(dict(os.environ)))\n"
        "print('{}')\n"
    )
    monkeypatch.setattr(process, "APP", tmp_path)
    assert look(b"") is None
    assert "DATABASE" not in (tmp_path / "source.environment").read_text()


# --- one at a time ---


def test_too_many_who_wait_are_sent_away() -> None:
    turns = Turns()
    inside, enough = threading.Event(), threading.Event()

    def hold() -> None:
        with turns.one():
            inside.set()
            enough.wait(60)

    first = threading.Thread(target=hold)
    first.start()
    inside.wait(60)
    second = threading.Thread(target=hold)
    second.start()
    try:
        while turns._waiting.acquire(blocking=False):  # until the second waits
            turns._waiting.release()
        with pytest.raises(Busy), turns.one():
            pass
    finally:
        enough.set()
        first.join(60)
        second.join(60)
    with turns.one():
        pass


def test_forked_processes_take_turns_and_one_that_is_killed_gives_up_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns = Turns()
    monkeypatch.setattr(process, "TURN_SECONDS", 0.2)
    fork = multiprocessing.get_context("fork")

    def hold(inside: Event) -> None:
        with turns.one():
            inside.set()
            fork.Event().wait()

    inside = fork.Event()
    other = fork.Process(target=hold, args=(inside,))
    other.start()
    assert inside.wait(60)
    with pytest.raises(Busy), turns.one():
        pass
    other.kill()
    other.join(60)
    with turns.one():
        pass


# --- whatever comes ---


@effort(25)
@given(data=st.data(), kind=st.sampled_from(KINDS))
def test_a_damaged_picture_is_one_or_none(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, kind: str
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    damaged = bytearray(photo(kind) if kind in {"JPEG", "PNG", "WEBP"} else file_of(drawing(), kind))
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    (folder / "source").write_bytes(damaged)
    try:
        picture = look_at(folder / "source", cleaned=folder / "cleaned", thumb=folder / "thumb", box=BOX)
    except TooLarge:
        return
    if picture is not None:
        assert opened(folder / "thumb").size == (picture.thumb_width, picture.thumb_height)


@effort(25)
@given(data=st.binary(max_size=2000))
def test_random_bytes_are_never_a_picture(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("random")
    (folder / "source").write_bytes(data)
    assert look_at(folder / "source", cleaned=folder / "cleaned", thumb=folder / "thumb", box=BOX) is None
