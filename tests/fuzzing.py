"""How long Hypothesis looks."""

import os
from typing import Any

from hypothesis import settings


def effort(examples: int, **options: Any) -> settings:
    """So many examples, or FUZZ times as many where the environment has FUZZ.

    FUZZ=20 ./run test --timeout 0 tests/realtime/test_relay_model.py looks long. In continuous integration (CI=true)
    the examples are the same each time, elsewhere new ones.
    """
    times = int(os.environ.get("FUZZ", "1"))
    return settings(max_examples=examples * times, deadline=None, derandomize=os.environ.get("CI") == "true", **options)
