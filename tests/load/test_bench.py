"""The bench itself, from its command to its figures, with as little as will do. Nothing here is timed."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from tests.load import running
from tests.load.results import Results
from tests.load.scenarios import Bench, Scenario
from tests.load.scenarios.fan_out import CPU, WITH_POSTS, FanOut, Load
from tests.load.scenarios.latency import P99, Latency
from tests.load.scenarios.sizes import Sizes
from tests.load.systems.servers import COMPOSE, Servers, postgres_settings
from tests.load.systems.tertulia import Tertulia
from tests.workers import url_of_test_database

LITTLE = Load(5, gap=0.02, seconds=0.2)
ROOMS = Sizes("rooms", "", [("2 rooms of 3", replace(LITTLE, sockets=6, rooms=2))])


@pytest.fixture
def bench(transactional_db: None) -> Bench:
    """With Tertulia alone, over the Redis and the PostgreSQL of the tests."""
    return Bench([Tertulia(Servers(settings.REDIS_URL, url_of_test_database()))], Results())


def test_a_run_measures_what_it_says(bench: Bench, tmp_path: Path) -> None:
    scenarios: list[Scenario] = [FanOut(load=LITTLE), Latency(load=LITTLE), ROOMS]
    assert running.carry_out(bench, scenarios, 1), bench.results.notes
    figures = {(figure.scenario, figure.variant, figure.measure): figure for figure in bench.results.figures}
    for key in (
        ("fan-out", "5 sockets", CPU),
        ("fan-out", "5 sockets", WITH_POSTS),
        ("latency", "5 sockets", P99),
        ("rooms", "2 rooms of 3", CPU),
    ):
        [value] = figures[key].values
        assert value > 0
    # Each post reached the last of its room.
    assert [len(samples) for samples in figures["latency", "5 sockets", P99].samples] == [LITTLE.posts]
    bench.results.save(tmp_path / "results.json")
    assert Results.load(tmp_path / "results.json").figures[0].values == bench.results.figures[0].values


def test_the_database_is_set_as_the_stack_sets_it() -> None:
    found = dict(setting.split("=", 1) for setting in postgres_settings(COMPOSE.read_text()))
    assert found["shared_buffers"] == "128MB"
    assert found["idle_in_transaction_session_timeout"] == "5s"
    # Nothing there makes a commit cheaper than it is.
    assert not found.keys() & {"fsync", "synchronous_commit", "full_page_writes"}
