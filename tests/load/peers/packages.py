"""Brings the peers on Node and Bun to this machine: the packages that package-lock.json names."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
# With the rest of what a developer's machine keeps and git ignores.
FOLDER = ROOT / "var" / "peers"

MANIFEST = ("package.json", "package-lock.json", ".npmrc")
SERVERS = ("socketio.mjs", "ws.mjs", "bun.mjs")

OLDEST_NODE = 20  # the oldest that `redis` supports
INSTALL_SECONDS = 300


class NotInstalled(Exception):
    """The peers are not to be had on this machine; the message says why."""


def missing() -> str | None:
    """Why the peers cannot be installed here; None where they can."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            return f"{program} is not installed"
    version = node_version()
    if int(version.partition(".")[0]) < OLDEST_NODE:
        return f"Node {version} is older than {OLDEST_NODE}"
    return None


def node_version() -> str:
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return answer.strip().removeprefix("v")


def install(say: Callable[[str], None], folder: Path = FOLDER) -> Path:
    """The folder with the servers and their packages, installed where that has not been done. Raises NotInstalled."""
    if reason := missing():
        raise NotInstalled(reason)
    folder.mkdir(parents=True, exist_ok=True)
    if not is_installed(folder):
        say("installing the peers' packages with npm; this takes a minute")
        for name in MANIFEST:
            shutil.copyfile(HERE / name, folder / name)
        run_npm(folder)
    # Beside node_modules, where Node and Bun look for packages.
    for name in SERVERS:
        shutil.copyfile(HERE / name, folder / name)
    return folder


def is_installed(folder: Path) -> bool:
    """npm notes what it installed in a file that it writes last."""
    done = folder / "node_modules" / ".package-lock.json"
    return done.exists() and all(
        (folder / name).exists() and (folder / name).read_bytes() == (HERE / name).read_bytes() for name in MANIFEST
    )


def run_npm(folder: Path) -> None:
    # No package's own scripts: Bun's would only move its program, which bun_program() finds where it lies.
    command = ["npm", "ci", "--ignore-scripts", "--no-progress", "--loglevel", "error"]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise NotInstalled(f"npm did not finish within {INSTALL_SECONDS} s") from error
    if done.returncode != 0:
        last = (done.stdout + done.stderr).strip().splitlines()[-1:]
        raise NotInstalled(f"npm could not install the peers: {''.join(last)}")


def bun_program(folder: Path = FOLDER) -> Path:
    """Bun's, of those packages that npm chose for this machine. Raises NotInstalled."""
    for program in sorted(folder.glob("node_modules/@oven/bun-*/bin/bun")):
        if os.access(program, os.X_OK) and runs(program):
            return program
    raise NotInstalled("there is no Bun for this machine")


def runs(program: Path) -> bool:
    try:
        return subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def versions(folder: Path = FOLDER) -> dict[str, str]:
    """Of Node, and of the packages that are installed."""
    lock = msgspec.json.decode((HERE / "package-lock.json").read_bytes())["packages"]
    names = lock[""]["dependencies"] if is_installed(folder) else ()
    return {"node": node_version(), **{name: lock[f"node_modules/{name}"]["version"] for name in names}}
