"""nginx with the stack's configuration, before workers on this machine instead of containers."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.project import KNOBS
from tests.load.systems import Address, Edit
from tests.load.systems.process import Process, process
from tests.load.systems.servers import COMPOSE, at_default
from tests.servers.process import free_port

SOURCES = COMPOSE.parent / "nginx"


@dataclass(frozen=True, slots=True)
class Front:
    process: Process
    address: Address


def nginx_missing() -> str | None:
    return None if shutil.which("nginx") else "nginx is not installed"


def nginx_version() -> str:
    said = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=True).stderr
    return said.strip().rpartition("/")[2]


@contextmanager
def run_nginx(folder: Path, *, ws: Sequence[Address], edit: Edit | None) -> Iterator[Front]:
    place = folder / "nginx"
    port = free_port()
    configure(place, port=port, ws=ws)
    if edit:
        edit(place)
    command = ["nginx", "-p", str(place), "-c", str(place / "nginx.conf"), "-g", "daemon off;", "-e", "stderr"]
    with process(command, folder, name="nginx", environment={}, cwd=folder) as started:
        started.wait_until((place / "tmp" / "nginx.pid").exists)
        yield Front(started, ("127.0.0.1", port))


def configure(place: Path, *, port: int, ws: Sequence[Address]) -> None:
    """The files of nginx/ as the image has them, but for addresses and paths."""
    shutil.copytree(SOURCES, place)
    (place / "tmp").mkdir()
    (place / "conf.d").mkdir()
    shutil.copyfile(mime_types(), place / "mime.types")
    for template in (place / "templates").iterdir():
        (place / "conf.d" / template.name.removesuffix(".template")).write_text(rendered(template.read_text()))
    servers = "\n".join(f"    server {host}:{number} max_fails=0;" for host, number in ws)
    replaced = [
        # Docker's DNS, which this nginx may be too old to ask again and again, and which is not there.
        ("includes/upstreams.conf", r"resolver.*\n", ""),
        ("includes/upstreams.conf", r" *server ws:8001.*", servers),
        ("includes/upstreams.conf", r" *server web:8000.*", servers),
        ("conf.d/server.conf", r"listen 8080", f"listen 127.0.0.1:{port}"),
        ("includes/health.conf", r"listen 127.0.0.1:8081", f"listen 127.0.0.1:{free_port()}"),
        ("nginx.conf", r"pid /", f"pid {place}/"),
        ("includes/temporary-files.conf", r"_path /", f"_path {place}/"),
        ("conf.d/server.conf", r"_path /srv/tertulia/", f"_path {place / 'tmp'}/"),
    ]
    for name, pattern, after in replaced:
        before = (place / name).read_text()
        text, found = re.subn(pattern, after.replace("\\", r"\\"), before)
        if not found:
            raise ValueError(f"nginx/{name} has no {pattern}")
        (place / name).write_text(text)


def rendered(template: str) -> str:
    """As the image's entrypoint does it, knobs as docker-compose.yml has them, but the bounds on one address raised,
    since all of a bench comes from one."""
    knobs = dict(re.findall(r"^ +(NGINX_\w+): (.+)$", COMPOSE.read_text(), re.MULTILINE))
    values = {name: KNOBS.get(name, at_default(value)) for name, value in knobs.items()}
    return re.sub(r"\$\{(NGINX_\w+)\}", lambda found: values[found[1]], template)


def mime_types() -> Path:
    """Of the nginx that is installed."""
    said = subprocess.run(["nginx", "-V"], capture_output=True, text=True, check=True).stderr
    found = re.search(r"--conf-path=(\S+)/nginx\.conf", said)
    return Path(found[1] if found else "/etc/nginx") / "mime.types"
