"""What each scenario is, for a reader who has never seen the bench. Line ends mean nothing."""

from collections.abc import Collection
from dataclasses import dataclass

ABOUT = """Tertulia is a chat server in Python. Each of its ws workers is one process that holds the sockets of
thousands of people; a message that somebody posts is committed in PostgreSQL, published once through Redis, and
written to the socket of everybody in its room. That last step, the fan-out, is what a chat server mostly does, and
most of what it costs: 100 messages a second to 500 people are 50,000 deliveries a second. Here it is measured on one
machine, beside the way that the Channels tutorial shows, and servers on Node.js and Bun that do the same work."""

METHOD = """Every system runs as its own processes on this one machine, with the settings of a production and with
Redis between its processes; Tertulia exactly as its containers start it, with PostgreSQL that waits for its disk at
each commit, and with everybody signed in. CPU is what the kernel counted for the processes of a role, user and
system time, read before and after. The same client speaks to all of them: processes of its own with raw sockets,
which count every frame; what was measured while one was missing or came twice is thrown away. Systems take turns
within each repetition, so that whatever else the machine does strikes all alike. A figure is the median of its
repetitions, with their range; a percentile is taken of the samples of all repetitions together."""

CAVEATS = """Client and servers share the machine: figures rank, and their ratios hold; on other hardware the absolute
numbers differ. Memory and CPU of the client are nobody's figure here. The peers do less: they neither sign anybody in
nor keep what is said, number it, or repair what is missed, unless the text says so."""

CLIENT_TEXT = """A client that is slow makes every server look slow, and all of them alike. So it says what it used
itself: its CPU for each delivery, and the busiest of its processes in proportion to a core. Where one took more
than 80 % of a core, or more than 2 % of the posts left over 5 ms late, the figure says so. With ./run bench
--client-check the same is measured with one and with two processes of the client: they must agree."""


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
        above.""",
    ),
    "room size": Chapter(
        "Whether a large room costs more",
        """The same figure with 10 to 5,000 sockets in one room. A level curve says that a delivery costs the same in a
        room of any size. In a small room it bears more of what a message costs as such, which few sockets share: to
        wake up for it, to hear of it from Redis, and to make its frame. Every system has that.""",
    ),
    "rooms": Chapter(
        "Whether many rooms cost more",
        """The same figure with 1 to 1,000 rooms of 10 sockets each.""",
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
        arrive together share a transaction. Beside it the same with a transaction for each, and how long a message
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
        them; Socket.IO's sockets just come back. The database queries of a resume are counted with 500 and with
        5,000 sockets.""",
    ),
    "memory": Chapter(
        "What an idle socket holds",
        """What the worker's own memory grew by when 5,000 sockets connected, were in their room and said nothing,
        divided by their number.""",
    ),
    "nginx": Chapter(
        "What nginx adds",
        """CPU of nginx for each delivery that passes through it, as the stack configures it, and with single settings
        changed.""",
    ),
}


def in_order(scenarios: Collection[str]) -> list[str]:
    return [name for name in CHAPTERS if name in scenarios] + sorted(set(scenarios) - CHAPTERS.keys())


def chapter(scenario: str) -> Chapter:
    return CHAPTERS.get(scenario, Chapter(scenario, ""))
