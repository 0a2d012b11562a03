"""How often Python looks for cycles of objects that nobody reaches any more."""

import gc

# How many more containers made than let go bring a look at the young ones, at those that outlived one, and at all.
# Python's own 700, 10 and 10 are for programs that have thousands of objects; 4,000 sockets are half a million, and a
# look at all of them took 130 ms, in the middle of a handshake or a delivery. With these, and what the start made put
# aside, 4,000 handshakes spent 25 µs each on it instead of 72 and never stood still for more than 40 ms; 400,000
# deliveries spent none instead of 190 ms. What waits longer for it is little: a connection leaves no cycle.
THRESHOLDS = (10_000, 10, 10)


def settle_in() -> None:
    """To be called once, when all code is loaded: modules and classes stay as long as the process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
