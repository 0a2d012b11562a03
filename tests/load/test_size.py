"""What one worker holds follows from what it costs."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.load.size.capacity import BUSY, FULL, Costs, Habits, Stack, in_one_room, limits, per_person, worth
from tests.load.size.stack import in_bytes, read, stack_here
from tests.load.size.words import WIDTH, answer

COSTS = Costs(
    handshake={"ws": 0.001, "db": 0.0005},
    delivery={"ws": 16e-6, "nginx": 18e-6},
    post={"ws": 400e-6, "db": 500e-6, "redis": 100e-6},
    bytes_at_start=100 * 2**20,
    bytes_per_socket=30 * 2**10,
    posts=1500.0,
    posts_busy=0.9,
)
STACK = Stack(cores=2, memory=512 * 2**20, drain=10.0, connections=16_384)
HABITS = Habits(room=50, minutes=5)


def people(what: str, costs: Costs = COSTS, stack: Stack = STACK, habits: Habits = HABITS) -> float:
    return next(limit.people for limit in limits(costs, stack, habits) if limit.what == what)


def test_each_limit_is_reckoned_from_what_was_measured() -> None:
    assert people("memory") == pytest.approx((512 * FULL - 100) * 1024 / 34)
    assert people("time to come back in") == pytest.approx(10 * BUSY / 0.001)
    assert people("nginx's connections") == 16_384
    assert people("commits") == pytest.approx(750 * 300)
    # 50 deliveries and a post of each person in 300 s.
    assert people("its core") == pytest.approx(BUSY * 300 / (50 * 16e-6 + 400e-6))
    assert people("the machine's cores") == pytest.approx(2 * BUSY * 300 / (50 * 34e-6 + 1000e-6))


def test_the_first_limit_is_the_lowest() -> None:
    found = limits(COSTS, STACK, HABITS)
    assert found[0].what == "time to come back in"
    assert [limit.people for limit in found] == sorted(limit.people for limit in found)
    assert limits(COSTS, replace(STACK, memory=200 * 2**20), HABITS)[0].what == "memory"
    assert limits(COSTS, STACK, Habits(room=2000, minutes=1))[0].what == "the machine's cores"


def test_a_room_that_all_are_in_takes_what_a_core_has() -> None:
    number = in_one_room(COSTS, STACK, HABITS)
    assert number * per_person(COSTS, replace(HABITS, room=int(number)), "ws") == pytest.approx(BUSY, rel=0.001)
    small = replace(STACK, memory=200 * 2**20)
    assert in_one_room(COSTS, small, HABITS) == people("memory", stack=small)


def test_a_worker_that_waited_for_the_disk_is_not_helped_by_another() -> None:
    waiting = limits(replace(COSTS, posts=10.0, posts_busy=0.2), STACK, HABITS)[0]
    assert (waiting.what, waiting.shared, waiting.more) == ("commits", True, "a faster disk for PostgreSQL")
    busy = limits(replace(COSTS, posts=10.0), STACK, HABITS)[0]
    assert (busy.what, busy.shared) == ("commits", False)


def test_what_was_not_measured_is_not_in_the_sum() -> None:
    costs = replace(COSTS, delivery={"ws": 16e-6})
    [cores] = [limit for limit in limits(costs, STACK, HABITS) if limit.what == "the machine's cores"]
    assert cores.why == "70% of 2, for ws, Redis and PostgreSQL without nginx"
    said = "nginx is not installed here and was not measured"
    assert said in " ".join(answer(costs, STACK, HABITS).split())
    assert said not in " ".join(answer(COSTS, STACK, HABITS).split())


def test_numbers_are_rounded_down_to_what_they_are_worth() -> None:
    assert [worth(number) for number in (0.4, 7.9, 86.7, 149.9, 6999.0, 18_450.0)] == [0, 7, 86, 140, 6900, 18_000]


def test_the_answer_is_plain_words_that_fit_the_screen() -> None:
    text = answer(COSTS, STACK, HABITS)
    plain = " ".join(text.split())
    assert plain.startswith(
        "One ws worker holds about 7,000 people here, in 140 rooms of 50, each of whom writes once in 5 m"
    )
    assert "What runs out first: time to come back in. To hold more, add another ws worker" in plain
    assert "That helps up to 3 workers with about 16,000 people in all; there the end of nginx's connections" in plain
    assert max(map(len, text.splitlines())) <= WIDTH
    assert len(re.findall(r"^[a-z' ]+ +[\d,]+   \S", text, re.MULTILINE)) == 6


def test_where_a_second_worker_does_not_help_it_says_what_does() -> None:
    plain = " ".join(answer(COSTS, replace(STACK, connections=9000), HABITS).split())
    assert "A second worker alone helps little on this machine: at about 9,000 people" in plain
    shared = " ".join(answer(COSTS, replace(STACK, connections=6000), HABITS).split())
    assert "What runs out first: nginx's connections. To hold more, add NGINX_CONNECTIONS. If all" in shared


def test_the_knobs_are_those_of_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WS_MEMORY", "DRAIN_SECONDS", "NGINX_CONNECTIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WS_MEMORY", "1g")
    assert stack_here().memory == 2**30
    assert stack_here().drain > 0


def test_sizes_and_env_files_are_read_as_compose_reads_them(tmp_path: Path) -> None:
    assert [in_bytes(size) for size in ("512m", "1g", "64kb", "100")] == [512 * 2**20, 2**30, 64 * 2**10, 100]
    with pytest.raises(ValueError, match="no size"):
        in_bytes("much")
    (tmp_path / ".env").write_text("# WS_MEMORY=1g\nWS_MEMORY=256m\nother\n")
    assert read(tmp_path / ".env") == {"WS_MEMORY": "256m"}
