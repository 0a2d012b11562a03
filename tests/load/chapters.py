"""What each scenario is, for a reader who has never seen the bench. Line ends mean nothing."""

from collections.abc import Collection
from dataclasses import dataclass

ABOUT = """Tertulia is a chat server in Python. Each of its ws workers is one process that holds the sockets of
thousands of people; a message that somebody posts is committed in PostgreSQL, published once through Redis, and
written to the socket of everybody in its room. That last step, the fan-out, is what a chat server mostly does, and
most of what it costs: 100 messages a second to 500 people are 50,000 deliveries a second. Here it is measured on one
machine, beside the way that the Channels tutorial shows, and servers on Node.js and Bun that do the same work."""

METHOD = """Every system runs as its own processes on this one machine, with the settings of a production and with
Redis between its processes; Tertulia as its containers start it, with PostgreSQL that waits for its disk at each
commit, and with everybody signed in; but for two things: a worker that is stopped does not wait for its people to leave
(DRAIN_SECONDS=0), and some chapters name a setting of theirs. CPU is what the kernel counted for the processes of a
role, user and system time, read before and after. The same client speaks to all of them: processes of its own with raw
sockets, which count every frame; what was measured while one was missing or came twice is thrown away. Systems take
turns within each repetition, so that whatever else the machine does strikes all alike. A figure is the median of its
repetitions, with their range; a percentile is taken of the samples of all repetitions together."""

CAVEATS = """Client and servers share the machine: figures rank, and their ratios hold; on other hardware the absolute
numbers differ. Memory and CPU of the client are nobody's figure here. The peers do less: they neither sign anybody in
nor keep what is said, number it, or repair what is missed, unless the text says so."""

CLIENT_TEXT = """A client that is slow makes every server look slow, and all of them alike. So it says what it used
itself: its CPU for each delivery, and the busiest of its processes in proportion to a core. Where one took more
than 80 % of a core, or more than 2 % of the posts left over 5 ms late, the figure says so. With ./run bench
--client-check the same is measured with one and with two processes of the client: where a server's CPU is over 1.3x
apart it says so and exits with 1."""


@dataclass(frozen=True, slots=True)
class Chapter:
    heading: str
    text: str


CHAPTERS = {
    "fan-out": Chapter(
        "What a delivery costs",
        """500 sockets in one room; one message every 25 ms, with a body of 150 bytes. CPU of the worker divided by the
        frames that arrived: the less, the more a core can deliver. The messages are posted through a second worker,
        so that the one that is measured only delivers. "Posts included" is the same with one worker that takes the
        messages in as well, which for Tertulia alone means to check who writes, and to commit in PostgreSQL.""",
    ),
    "latency": Chapter(
        "How long a message takes",
        """500 sockets in one room, 10,000 deliveries a second. From the moment at which the client writes a message to
        the moment at which its frame arrives at a socket. The curves read from left to right: p50 is what half of
        the samples stay below, and p99 what all but one in a hundred do. What cannot keep up with that rate is far
        above. The time that the client takes to read the frames of one message is part of it, and stands beside.""",
    ),
    "room size": Chapter(
        "Whether a large room costs more",
        """The same figure with 10 to 5,000 sockets in one room, at 4,000 deliveries a second in each: 400 messages to
        10 sockets, or four in five seconds to 5,000. A level curve says that a delivery costs the same in a room of any
        size. In a small room it bears more of what a message costs as such, which few sockets share: to
        wake up for it, to hear of it from Redis, and to make its frame. Every system has that. Tertulia's sockets
        are pinged once a minute here instead of every 20 seconds (PING_INTERVAL=60), so that what 5,000 idle
        sockets cost, which is no matter of deliveries, stays out of the figure.""",
    ),
    "rooms": Chapter(
        "Whether many rooms cost more",
        """The same figure with 1 to 1,000 rooms of 10 sockets each, at 4,000 deliveries a second in all of them
        together, and with PING_INTERVAL=60 as well.""",
    ),
    "workers": Chapter(
        "Whether many workers cost more",
        """The same sockets spread over 1, 2 and 4 worker processes, each of which gets every message of the room once
        from Redis.""",
    ),
    "posts": Chapter(
        "How many messages are taken in",
        """Acknowledged messages a second of one worker with 200 senders, each of whom waits for one acknowledgement
        before the next message. Each message is committed in PostgreSQL before it is acknowledged; messages that
        arrive together share a transaction. The bound on what one socket may say is raised (FRAMES_PER_SECOND), since
        few senders stand for many. Beside it the same with a transaction for each, and how long a message
        takes that comes alone.""",
    ),
    "handshakes": Chapter(
        "How many people come in",
        """Handshakes a second of the worker's CPU, until the socket is in its room. With Tertulia every one of them
        has a session that is checked, a user, and a membership that is looked up; the peers let anybody in.""",
    ),
    "resume": Chapter(
        "How soon all are back when a worker is killed",
        """The 5,000 sockets of a worker that is killed come to another one, all at once. A sample is the time from the
        kill until a socket is in its room again, and, with Tertulia, has the messages that it missed and all of
        them; Socket.IO's sockets just come back. The database queries of a resume (sessions, users, memberships,
        where a room stands, missed events) are counted with 500 and with 5,000 sockets, by PostgreSQL's own log.""",
    ),
    "memory": Chapter(
        "What an idle socket holds",
        """What the worker's own memory grew by when 5,000 sockets connected, were in their room and said nothing,
        divided by their number. V8's garbage that nobody has collected yet counts against Socket.IO and ws.""",
    ),
    "nginx": Chapter(
        "What nginx adds",
        """CPU of nginx for each delivery that passes through it, as the stack configures it, and with single settings
        changed: 13 nginx before one worker, each with 500 sockets in a room of its own, and posts to one room after
        the other. Those who post do so past nginx, and the stack's bounds on one address are raised.""",
    ),
}


def in_order(scenarios: Collection[str]) -> list[str]:
    return [name for name in CHAPTERS if name in scenarios] + sorted(set(scenarios) - CHAPTERS.keys())


def chapter(scenario: str) -> Chapter:
    return CHAPTERS.get(scenario, Chapter(scenario, ""))
