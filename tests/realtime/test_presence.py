"""Presence against a model, whatever happens to connections, processes and the Redis between them.

Nobody who comes back within ten seconds is ever said to have left, and once all is well again for a while everybody
knows who is here. No second of it is waited for: the loop's clock is the test's.
"""

from collections.abc import Iterator

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from realtime.leases import LEASE_SECONDS, LeasesGone
from realtime.presence import BEAT_SECONDS, GRACE_SECONDS, Presence
from tests.fuzzing import effort
from tests.realtime.shared_leases import Keeper, SharedLeases
from tests.realtime.stepped_loop import SteppedLoop

ROOM = "room.1"
PEOPLE = st.sampled_from("abcd")
# Until whatever was, is known: the grace or a lease, then the hold of who heard nothing meanwhile, and some beats.
A_WHILE = GRACE_SECONDS + 2 * LEASE_SECONDS + 6 * BEAT_SECONDS


class Process:
    """A worker with somebody who watches the room."""

    def __init__(self, scene: "Scene", number: int) -> None:
        self._scene = scene
        self.watcher = f"watcher-{number}"
        self.leases = SharedLeases(scene.keeper)
        self.presence = Presence(self.leases)
        self.here: list[str] = []
        self.shown: set[str] = set()
        scene.loop.do(lambda: self.come(self.watcher))
        self._follow()

    def _follow(self) -> None:
        """As a client does it: it asks again until it is told."""
        while True:
            asked = self._scene.loop.create_task(self.presence.follow(ROOM, self._moved))
            self._scene.let_pass(2.0)
            try:
                asked.result()
            except LeasesGone:
                self._scene.keeper.reachable = True
            else:
                break
        self.shown = set(self.presence.who(ROOM))

    def _moved(self, name: str) -> None:
        now_shown = set(self.presence.who(name))
        for person in self.shown - now_shown:
            self._scene.is_said_to_have_left(person)
        self.shown = now_shown

    def come(self, person: str) -> None:
        self.here.append(person)
        self._scene.is_back(person)
        self.presence.came(ROOM, person)

    def go(self, person: str) -> None:
        self.here.remove(person)
        self._scene.look_who_is_away()
        self.presence.went(ROOM, person)


class Scene:
    """Some processes and a Redis."""

    def __init__(self, number: int) -> None:
        self.loop = SteppedLoop()
        self.keeper = Keeper()
        self.away_since: dict[str, float] = {}
        # Who came back too late.
        self.late: set[str] = set()
        self.wrong: list[str] = []
        self.processes: list[Process] = []
        for one in range(number):
            self.processes.append(Process(self, one))

    def look_who_is_away(self) -> None:
        here = self.here
        everybody = {*"abcd", *(process.watcher for process in self.processes)}
        for person in everybody - here:
            self.away_since.setdefault(person, self.loop.time())
            self.late.discard(person)

    @property
    def here(self) -> set[str]:
        return {person for process in self.processes for person in process.here}

    def is_back(self, person: str) -> None:
        if self.loop.time() - self.away_since.pop(person, self.loop.time()) >= GRACE_SECONDS:
            self.late.add(person)

    def is_said_to_have_left(self, person: str) -> None:
        if person in self.late and person not in self.keeper.who(ROOM):
            return  # before it could be said that they are back
        away = self.loop.time() - self.away_since.get(person, self.loop.time())
        if away < GRACE_SECONDS:
            self.wrong.append(f"{person} was said to have left after {away} s")

    def kill(self, process: Process) -> None:
        self.processes.remove(process)
        self.look_who_is_away()
        self.away_since.setdefault(process.watcher, self.loop.time())
        # What it had no time to say it takes with it, or Redis could not be told: nobody knows that they were back.
        for person in process.presence._there(ROOM) - self.keeper.said_by(process.leases, ROOM):
            if person in self.away_since:
                self.away_since[person] = -A_WHILE
        self.loop.do(process.presence.stop)

    def let_pass(self, seconds: float) -> None:
        self.loop.let_pass(seconds)
        assert self.loop.failures == []

    def settles(self) -> None:
        self.keeper.reachable = True
        for process in self.processes:
            process.leases.reachable, process.leases.answers_lost = True, False
        self.let_pass(A_WHILE)
        for process in self.processes:
            assert process.shown == self.here

    def finish(self) -> None:
        self.loop.finish()


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene(2)
    yield scene
    scene.finish()
    assert scene.wrong == []


def test_what_was_said_in_an_answer_that_was_lost_is_said_again(scene: Scene) -> None:
    one, other = scene.processes
    one.leases.answers_lost = True
    scene.loop.do(lambda: other.come("a"))
    scene.let_pass(5 * BEAT_SECONDS)
    one.leases.answers_lost = False
    scene.let_pass(3 * BEAT_SECONDS)
    assert "a" in one.shown


def test_a_redis_that_forgets_shows_nothing(scene: Scene) -> None:
    one, other = scene.processes
    scene.loop.do(lambda: other.come("a"))
    scene.let_pass(3 * BEAT_SECONDS)
    for pause in (0.0, 5.0, LEASE_SECONDS + 5.0):
        scene.keeper.reachable = False
        scene.let_pass(pause)
        scene.keeper.lose_memory()
        scene.keeper.reachable = True
        scene.let_pass(5 * BEAT_SECONDS)
        assert one.shown == other.shown == scene.here
    scene.loop.do(lambda: other.go("a"))
    scene.let_pass(GRACE_SECONDS - 1)
    assert "a" in one.shown
    scene.settles()


def test_while_redis_is_away_who_asks_is_told_so(scene: Scene) -> None:
    one = scene.processes[0]
    scene.keeper.reachable = False
    scene.let_pass(2 * BEAT_SECONDS)
    assert one.presence.gone
    asked = scene.loop.create_task(one.presence.follow("room.2", print))
    scene.let_pass(BEAT_SECONDS)
    assert isinstance(asked.exception(), LeasesGone)
    scene.settles()
    assert not one.presence.gone


class PresenceModel(RuleBasedStateMachine):
    """People come and go on two or three processes, which die; Redis is away, or forgets."""

    def __init__(self) -> None:
        super().__init__()
        self.scene = Scene(2)

    @rule(person=PEOPLE, which=st.integers(0, 2))
    def somebody_comes(self, person: str, which: int) -> None:
        process = self._process(which)
        self.scene.loop.do(lambda: process.come(person))

    @rule(which=st.integers(0, 2), nth=st.integers(0, 5))
    def somebody_goes(self, which: int, nth: int) -> None:
        process = self._process(which)
        guests = [person for person in process.here if person != process.watcher]
        if guests:
            self.scene.loop.do(lambda: process.go(guests[nth % len(guests)]))

    @rule(which=st.integers(0, 2))
    @precondition(lambda self: len(self.scene.processes) > 1)
    def a_process_is_killed(self, which: int) -> None:
        self.scene.kill(self._process(which))

    @rule()
    @precondition(lambda self: len(self.scene.processes) < 3)
    def a_process_starts(self) -> None:
        self.scene.processes.append(Process(self.scene, 100 + len(self.scene.processes) + int(self.scene.loop.time())))

    @rule(reachable=st.booleans())
    def redis_goes_or_comes_back(self, reachable: bool) -> None:
        self.scene.keeper.reachable = reachable

    @rule()
    def redis_loses_its_memory(self) -> None:
        self.scene.keeper.lose_memory()

    @rule(which=st.integers(0, 2), lost=st.booleans())
    def answers_are_lost(self, which: int, lost: bool) -> None:
        self._process(which).leases.answers_lost = lost

    @rule(seconds=st.sampled_from([0.0, 0.3, 1.0, 4.0, 9.5, 13.0, 30.0]))
    def time_passes(self, seconds: float) -> None:
        self.scene.let_pass(seconds)

    @rule()
    def all_is_well_for_a_while(self) -> None:
        self.scene.settles()

    def _process(self, which: int) -> Process:
        return self.scene.processes[which % len(self.scene.processes)]

    def teardown(self) -> None:
        try:
            self.scene.settles()
            assert self.scene.wrong == []
        finally:
            self.scene.finish()


TestPresence = PresenceModel.TestCase
TestPresence.settings = effort(20, stateful_step_count=30)
