"""The bench's nginx is the stack's, but for where things are."""

import shutil
from pathlib import Path

import pytest

from tests.load.systems import nginx
from tests.load.systems.nginx import SOURCES, configure, rendered

# What may differ: addresses, and paths of files.
PLACES = {"listen", "server", "resolver", "resolver_timeout", "pid"} | {
    f"{name}_temp_path" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
}
WORKERS = [("127.0.0.1", 8001), ("127.0.0.1", 8002)]


@pytest.fixture(autouse=True)
def _types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if an nginx were installed."""
    types = tmp_path / "mime.types"
    types.write_text("types {}\n")
    monkeypatch.setattr(nginx, "mime_types", lambda: types)


def directives(texts: list[str]) -> set[str]:
    """All lines, without comments."""
    lines = (line.partition("#")[0].strip() for text in texts for line in text.splitlines())
    return {line for line in lines if line}


def of_the_bench(folder: Path) -> set[str]:
    configure(folder, port=4711, ws=WORKERS)
    files = [folder / "nginx.conf", *(folder / "includes").iterdir(), *(folder / "conf.d").iterdir()]
    return directives([file.read_text() for file in files])


def of_the_stack() -> set[str]:
    files = [SOURCES / "nginx.conf", *(SOURCES / "includes").iterdir(), *(SOURCES / "templates").iterdir()]
    return directives([rendered(file.read_text()) for file in files])


def test_what_differs_from_the_stack_is_addresses_and_paths(tmp_path: Path) -> None:
    differ = of_the_bench(tmp_path / "nginx") ^ of_the_stack()
    assert {line.split()[0] for line in differ} <= PLACES


def test_it_listens_where_it_is_told_and_knows_the_workers(tmp_path: Path) -> None:
    found = of_the_bench(tmp_path / "nginx")
    assert "listen 127.0.0.1:4711 default_server backlog=4096;" in found
    assert {line for line in found if line.startswith("server 127")} == {
        "server 127.0.0.1:8001 max_fails=0;",
        "server 127.0.0.1:8002 max_fails=0;",
    }


def test_no_knob_is_left_open_and_no_bound_on_one_address_low(tmp_path: Path) -> None:
    found = of_the_bench(tmp_path / "nginx")
    assert not [line for line in found if "${" in line]
    assert "limit_conn sockets 60000;" in found


def test_a_configuration_in_which_an_address_is_said_otherwise_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(SOURCES, tmp_path / "sources")
    (tmp_path / "sources" / "includes" / "upstreams.conf").write_text("upstream elsewhere {}\n")
    monkeypatch.setattr(nginx, "SOURCES", tmp_path / "sources")
    with pytest.raises(ValueError, match=r"nginx/includes/upstreams\.conf has no"):
        configure(tmp_path / "nginx", port=4711, ws=WORKERS)
