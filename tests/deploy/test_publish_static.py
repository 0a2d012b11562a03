"""Static files of several releases lie side by side, for as long as pages may ask for them."""

import os
from pathlib import Path

import pytest

from deploy.publish_static import KEEP_DAYS, publish

DAY = 86_400.0
START = 1_700_000_000.0


@pytest.fixture
def published(tmp_path: Path) -> Path:
    folder = tmp_path / "published"
    folder.mkdir()
    return folder


def image(folder: Path, **files: str) -> Path:
    """A release's static files; double underscores stand for what a keyword cannot hold."""
    for name, content in {"staticfiles__json": "{}", **files}.items():
        path = folder / "chat" / name.replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_files_of_two_releases_are_there_and_the_newer_one_wins_a_name(tmp_path: Path, published: Path) -> None:
    one = image(tmp_path / "one", a__1__js="one", a__js="one")
    two = image(tmp_path / "two", a__2__js="two", a__js="two")
    assert publish(one, published, START) == (2, 0)
    assert publish(two, published, START + DAY) == (2, 0)
    assert names(published) == {"a.1.js", "a.2.js", "a.js"}
    assert (published / "chat" / "a.js").read_text() == "two"
    assert (published / "chat" / "a.1.js").read_text() == "one"


def test_publishing_again_changes_nothing_and_anyone_may_read(tmp_path: Path, published: Path) -> None:
    one = image(tmp_path / "one", a__1__js="one")
    publish(one, published, START)
    assert publish(one, published, START + 1) == (0, 0)
    assert (published / "chat" / "a.1.js").stat().st_mode & 0o777 == 0o644


def test_what_was_in_use_until_now_stays_however_old_it_is(tmp_path: Path, published: Path) -> None:
    one, two = image(tmp_path / "one", a__1__js="one"), image(tmp_path / "two", a__2__js="two")
    publish(one, published, START)
    assert publish(two, published, START + 3 * KEEP_DAYS * DAY) == (1, 0)
    assert names(published) == {"a.1.js", "a.2.js"}


def test_what_nothing_has_used_for_long_is_removed(tmp_path: Path, published: Path) -> None:
    one, two, three = (image(tmp_path / name, **{f"a__{name}__js": name}) for name in ("one", "two", "three"))
    publish(one, published, START)
    publish(two, published, START + DAY)
    later = START + DAY + (KEEP_DAYS - 1) * DAY
    publish(two, published, later)
    assert publish(three, published, later) == (1, 0), "not yet"
    assert publish(three, published, later + 3 * DAY) == (0, 1)
    assert names(published) == {"a.two.js", "a.three.js"}


def test_a_file_of_this_release_stays_even_if_it_was_unused_for_long(tmp_path: Path, published: Path) -> None:
    one, two = image(tmp_path / "one", a__1__js="one"), image(tmp_path / "two", a__2__js="two")
    publish(one, published, START)
    publish(two, published, START)
    os.utime(published / "chat" / "a.1.js", (0, 0))
    publish(one, published, START + DAY)
    assert names(published) == {"a.1.js", "a.2.js"}
