"""How the peers get here, and what is changed for a measurement."""

import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.load.peers import packages
from tests.load.scenarios.memory import private
from tests.load.scenarios.nginx import AS_CONFIGURED, CHANGES, Change
from tests.load.systems import nginx
from tests.load.systems.peers import not_installed
from tests.load.systems.registry import all_systems
from tests.load.systems.servers import Servers

ROLLUP = """\
55d0c6a00000-7ffd3b5f7000 ---p 00000000 00:00 0                          [rollup]
Rss:               14000 kB
Pss:               12000 kB
Shared_Clean:       3000 kB
Private_Clean:       500 kB
Private_Dirty:     10500 kB
Locked:                0 kB
"""


def test_the_versions_are_pinned_and_the_lock_names_no_registry() -> None:
    wanted = msgspec.json.decode((packages.HERE / "package.json").read_bytes())["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    lock = msgspec.json.decode((packages.HERE / "package-lock.json").read_bytes())["packages"]
    assert lock[""]["dependencies"] == wanted
    assert not any("resolved" in package for package in lock.values())
    assert all("integrity" in package for name, package in lock.items() if name)


def test_nothing_is_installed_where_nothing_is(tmp_path: Path) -> None:
    assert not packages.is_installed(tmp_path)
    with pytest.raises(packages.NotInstalled):
        packages.bun_program(tmp_path)


def test_packages_of_another_lock_are_installed_anew(tmp_path: Path) -> None:
    for name in packages.MANIFEST:
        (tmp_path / name).write_bytes((packages.HERE / name).read_bytes())
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / ".package-lock.json").touch()
    assert packages.is_installed(tmp_path)
    (tmp_path / "package-lock.json").write_text("{}")
    assert not packages.is_installed(tmp_path)


def test_without_node_it_is_said_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert packages.missing() == "node is not installed"
    with pytest.raises(packages.NotInstalled, match="node is not installed"):
        packages.install(print, tmp_path / "peers")
    assert not (tmp_path / "peers").exists()


def test_what_cannot_be_installed_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def install(say: Callable[[str], None]) -> None:
        tried.append("npm")
        raise packages.NotInstalled("npm finds no registry")

    monkeypatch.setattr(packages, "install", install)
    not_installed.cache_clear()
    systems = [one for one in all_systems(Servers("", "")) if one.name in ("socket.io", "ws", "bun")]
    assert [one.missing() for one in systems] == ["npm finds no registry"] * 3
    assert tried == ["npm"]
    not_installed.cache_clear()


def test_memory_is_what_a_process_shares_with_nobody() -> None:
    assert private(ROLLUP) == 11_000


@pytest.fixture
def rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stack's configuration of nginx, which need not be installed."""
    types = tmp_path / "mime.types"
    types.touch()
    monkeypatch.setattr(nginx, "mime_types", lambda: types)
    nginx.configure(tmp_path / "nginx", port=1, ws=[("127.0.0.1", 2)])
    return tmp_path / "nginx"


def whole(folder: Path) -> str:
    return "".join(path.read_text() for path in sorted(folder.rglob("*.conf")))


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_of_nginx_is_one_of_the_stack_s_configuration(rendered: Path, name: str) -> None:
    before = whole(rendered)
    if change := CHANGES[name]:
        change(rendered)
    assert (whole(rendered) == before) == (name == AS_CONFIGURED)


def test_a_change_that_finds_nothing_to_change_says_so(rendered: Path) -> None:
    with pytest.raises(ValueError, match="no gzip on;"):
        Change("nginx.conf", "gzip on;", "gzip off;")(rendered)
