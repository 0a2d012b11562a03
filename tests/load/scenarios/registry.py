"""All scenarios, in the order in which they are run and shown."""

from tests.load.scenarios import Scenario
from tests.load.scenarios.fan_out import FanOut
from tests.load.scenarios.handshakes import Handshakes
from tests.load.scenarios.latency import Latency
from tests.load.scenarios.memory import Memory
from tests.load.scenarios.nginx import Nginx
from tests.load.scenarios.posts import Posts
from tests.load.scenarios.resume import Resume
from tests.load.scenarios.sizes import numbers_of_rooms, room_sizes
from tests.load.scenarios.workers import Workers


def all_scenarios() -> list[Scenario]:
    return [
        FanOut(),
        Latency(),
        room_sizes(),
        numbers_of_rooms(),
        Workers(),
        Posts(),
        Handshakes(),
        Resume(),
        Memory(),
        Nginx(),
    ]
