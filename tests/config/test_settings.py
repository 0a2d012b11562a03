"""A setting that is wrong stops the start, in words that say which and how to mend it."""

import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.workers import APP

KEY = "kE3-vQ9_zX1pLw7TnR5sYb2HdFg8JmCa4UoPiZt6eWqNxBrVh0"

PRODUCTION = {
    "SECRET_KEY": KEY,
    "ORIGINS": "https://chat.example.com",
    "DATABASE_URL": "postgresql://tertulia@db/tertulia",
    "REDIS_URL": "redis://redis/0",
}

Read = Callable[..., dict[str, Any]]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    """Reads settings.py anew, as if nothing but these variables were set."""

    def read(**variables: str) -> dict[str, Any]:
        for name in list(os.environ):
            monkeypatch.delenv(name)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(APP / "config" / "settings.py"))

    return read


def problems(read: Read, **variables: str) -> list[str]:
    """What the start is refused for, a line for each."""
    with pytest.raises(ImproperlyConfigured) as refusal:
        read(**variables)
    first, *lines = str(refusal.value).splitlines()
    assert "nothing was started" in first
    return [line.removeprefix("  - ") for line in lines]


def test_a_production_that_says_what_it_must_starts(read: Read) -> None:
    settings = read(**PRODUCTION)
    assert settings["DEBUG"] is False
    assert settings["LAB"] is False
    assert settings["ALLOWED_HOSTS"] == ["chat.example.com"]
    assert settings["LOGGING"]["handlers"]["stdout"]["formatter"] == "json"


def test_a_developer_needs_to_say_next_to_nothing(read: Read) -> None:
    settings = read(DEBUG="true", SECRET_KEY=KEY)
    assert settings["ORIGINS"] == ["http://localhost:8000", "http://127.0.0.1:8000"]
    assert settings["DATABASES"]["default"]["ENGINE"] == "django.db.backends.sqlite3"
    assert settings["CHANNEL_LAYERS"]["default"]["BACKEND"] == "channels.layers.InMemoryChannelLayer"
    assert settings["LAB"] is True
    assert settings["LOGGING"]["handlers"]["stdout"]["formatter"] == "text"


@pytest.mark.parametrize("name", PRODUCTION)
def test_what_is_missing_is_named(read: Read, name: str) -> None:
    without = {other: value for other, value in PRODUCTION.items() if other != name}
    [problem] = problems(read, **without)
    assert problem.startswith(f"{name} is missing")
    assert "Set it" in problem


@pytest.mark.parametrize("name", PRODUCTION)
def test_what_is_empty_is_missing(read: Read, name: str) -> None:
    [problem] = problems(read, **{**PRODUCTION, name: ""})
    assert problem.startswith(f"{name} is missing")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 64),
        ("SECRET_KEY", "django-insecure-" + KEY),
        ("ORIGINS", "chat.example.com"),
        ("ORIGINS", "https://"),
        ("ORIGINS", "*"),
        ("ORIGINS", "null"),
        ("ORIGINS", "https://chat.example.com/room"),
        ("ORIGINS", "https://chat.example.com:99999"),
        ("ORIGINS", "https://ana@chat.example.com"),
        ("ORIGINS", "ws://chat.example.com"),
        ("ORIGINS", "https://chat.example.com,elsewhere"),
        ("ORIGINS", "here,elsewhere"),
        ("DATABASE_URL", "tertulia"),
        ("DATABASE_URL", "carrier-pigeon://db/tertulia"),
        ("DATABASE_URL", "mysql://ana@db/tertulia"),
        ("REDIS_URL", "redis"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "redis://redis:port/0"),
        ("REDIS_URL", "redis://redis/0?socket_timeout=soon"),
        ("REDIS_URL", "http://redis:6379"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
        ("LANGUAGE_CODE", "tlh"),
        ("TIME_ZONE", "Mars/Olympus_Mons"),
        ("DEBUG", "perhaps"),
        ("LAB", "perhaps"),
        ("SESSION_DAYS", "many"),
        ("SESSION_DAYS", "0"),
        ("SESSION_DAYS", "3651"),
        ("HSTS_SECONDS", "-1"),
        ("DATABASE_POOL_SIZE", "1"),
        ("DATABASE_POOL_SIZE", "eight"),
        ("WEB_CONCURRENCY", "0"),
        ("FRAMES_PER_SECOND", "-5"),
        ("FRAMES_BURST", "1.5"),
        ("MAX_SUBSCRIPTIONS", "x"),
        ("MAX_SOCKETS_PER_USER", "0"),
        ("SLOW_READER_BYTES", "10"),
        ("WS_THREADS", "0"),
        ("DRAIN_SECONDS", "soon"),
    ],
)
def test_what_cannot_be_is_named_with_the_mend(read: Read, name: str, value: str) -> None:
    [problem] = problems(read, **{**PRODUCTION, name: value})
    assert problem.startswith(f"{name} ")
    assert any(mend in problem for mend in ("Set it", "Write", "Give it"))


def test_the_file_of_a_secret_stands_in_for_it(read: Read, tmp_path: Path) -> None:
    key, password = tmp_path / "key", tmp_path / "password"
    key.write_text(f"{KEY}\n")
    password.write_text("p@ss:/word\n")
    variables = {**PRODUCTION, "SECRET_KEY_FILE": str(key), "DATABASE_PASSWORD_FILE": str(password)}
    del variables["SECRET_KEY"]
    settings = read(**variables)
    assert settings["SECRET_KEY"] == KEY
    assert settings["DATABASES"]["default"]["PASSWORD"] == "p@ss:/word"


@pytest.mark.parametrize("content", [None, "", "short"])
def test_the_file_of_a_secret_is_looked_at_as_closely(read: Read, tmp_path: Path, content: str | None) -> None:
    key = tmp_path / "key"
    if content is not None:
        key.write_text(content)
    variables = {**PRODUCTION, "SECRET_KEY_FILE": str(key)}
    del variables["SECRET_KEY"]
    [problem] = problems(read, **variables)
    assert problem.startswith("SECRET_KEY")


def test_threads_leave_the_relay_a_connection(read: Read) -> None:
    [problem] = problems(read, **PRODUCTION, WS_THREADS="8")
    assert problem.startswith("WS_THREADS is 8")
    assert "DATABASE_POOL_SIZE, 8" in problem
    assert read(**PRODUCTION, WS_THREADS="8", DATABASE_POOL_SIZE="9")["WS_THREADS"] == 8
    assert read(**PRODUCTION)["WS_THREADS"] == 6


def test_threads_that_nobody_set_follow_a_smaller_pool(read: Read) -> None:
    assert read(**PRODUCTION, DATABASE_POOL_SIZE="4")["WS_THREADS"] == 3


def test_a_layer_in_memory_serves_one_process(read: Read) -> None:
    [problem] = problems(read, DEBUG="true", SECRET_KEY=KEY, WEB_CONCURRENCY="2")
    assert problem.startswith("WEB_CONCURRENCY is 2, but a channel layer in memory serves one process")
    assert read(DEBUG="true", SECRET_KEY=KEY, WEB_CONCURRENCY="2", REDIS_URL="redis://redis/0")


def test_several_mistakes_are_told_at_once(read: Read) -> None:
    found = problems(read, SECRET_KEY="short", ORIGINS="here", LOG_LEVEL="LOUD", FRAMES_BURST="x")
    named = {problem.split()[0] for problem in found}
    assert named == {"SECRET_KEY", "ORIGINS", "LOG_LEVEL", "FRAMES_BURST", "DATABASE_URL", "REDIS_URL"}


def test_no_secret_is_repeated(read: Read) -> None:
    variables = {**PRODUCTION, "SECRET_KEY": "hunter2", "DATABASE_URL": "pigeon://ana:hunter3@db/tertulia"}
    said = " ".join(problems(read, **variables))
    assert "hunter" not in said


# --- what follows from where people reach us ---


def test_cookies_are_secure_where_every_origin_is(read: Read) -> None:
    behind_tls = read(**{**PRODUCTION, "ORIGINS": "https://chat.example.com,https://tertulia.example.com"})
    assert behind_tls["SESSION_COOKIE_SECURE"] is True
    assert behind_tls["CSRF_COOKIE_SECURE"] is True
    without = read(**{**PRODUCTION, "ORIGINS": "https://chat.example.com,http://localhost:8080"})
    assert without["SESSION_COOKIE_SECURE"] is False
    assert without["CSRF_COOKIE_SECURE"] is False


def test_an_origin_gives_host_form_and_socket(read: Read) -> None:
    settings = read(**{**PRODUCTION, "ORIGINS": " https://chat.example.com:8443/ , http://localhost:8080"})
    assert settings["ORIGINS"] == ["https://chat.example.com:8443", "http://localhost:8080"]
    assert settings["ALLOWED_HOSTS"] == ["chat.example.com", "localhost"]
    assert settings["CSRF_TRUSTED_ORIGINS"] == settings["ORIGINS"]
    connect = settings["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["connect-src"]
    assert connect == ["'self'", "wss://chat.example.com:8443", "ws://localhost:8080"]


def test_an_origin_is_taken_as_browsers_write_it(read: Read) -> None:
    settings = read(**{**PRODUCTION, "ORIGINS": "HTTPS://Chat.Example.com"})
    assert settings["ORIGINS"] == ["https://chat.example.com"]
    assert settings["SESSION_COOKIE_SECURE"] is True
    assert settings["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["connect-src"] == ["'self'", "wss://chat.example.com"]


def test_an_ipv6_address_is_a_host_in_brackets(read: Read) -> None:
    settings = read(**{**PRODUCTION, "ORIGINS": "http://[::1]:8080"})
    assert settings["ALLOWED_HOSTS"] == ["[::1]"]


def test_the_policy_allows_nothing_inline(read: Read) -> None:
    policy = read(**PRODUCTION)["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert policy["default-src"] == ["'self'"]
    everything = {source for sources in policy.values() for source in sources}
    assert not everything & {"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:"}


# --- every way to start ---


@pytest.mark.parametrize(
    "command",
    [
        ["manage.py", "check"],
        ["manage.py", "migrate"],
        ["-m", "realtime.server"],
        ["-m", "gunicorn", "-c", "../deploy/gunicorn.conf.py", "config.wsgi:application"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_every_way_to_start_says_it_in_plain_words(command: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, *command],
        cwd=APP,
        env={"PATH": os.environ["PATH"], "SECRET_KEY": "short", "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1
    said = result.stdout + result.stderr
    assert "tertulia: the settings are wrong, so nothing was started:" in said
    for name in ("SECRET_KEY is too weak", "ORIGINS is missing", "DATABASE_URL is missing", "REDIS_URL is missing"):
        assert name in said
    assert "Traceback" not in said
