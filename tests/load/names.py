"""The systems, in the order in which they are shown, and how they are called where there is little room."""

TERTULIA = "tertulia"
SYSTEMS = (TERTULIA, "tutorial, core layer", "tutorial, pub/sub layer", "socket.io", "ws", "bun")
# Measures of the client itself: whether it is what was measured.
BURST = "client's time to read a post"
CLIENT = ("client CPU per delivery", "busiest client process", BURST)


def short(system: str) -> str:
    return system.removesuffix(" layer")
