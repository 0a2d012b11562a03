"""Workers that hear of something at once or never."""

from collections.abc import Iterator

import pytest

from tests.counted_worker import CountedWorker


@pytest.fixture(scope="module")
def _started_without_a_sweep(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[CountedWorker]]:
    workers = [CountedWorker(tmp_path_factory.mktemp("no-sweep")) for _ in range(2)]
    for worker in workers:
        worker.wait_until_it_serves()
    yield workers
    for worker in workers:
        worker.stop()


@pytest.fixture
def without_a_sweep(
    _started_without_a_sweep: list[CountedWorker], transactional_db: None
) -> Iterator[list[CountedWorker]]:
    """Two workers that do not look, each second, for what Redis lost: what reaches them came through Redis. So a test
    need not measure how soon it did."""
    before = [len(worker.complaints()) for worker in _started_without_a_sweep]
    yield _started_without_a_sweep
    for worker, old in zip(_started_without_a_sweep, before, strict=True):
        assert worker.get("/readyz").status_code == 200
        assert worker.complaints()[old:] == []
