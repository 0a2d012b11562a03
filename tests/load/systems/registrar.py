"""Makes people and rooms, in a process of its own that has Tertulia's settings.

    python -m tests.load.systems.registrar

reads orders from its standard input, a JSON list a line, ["people", NUMBER, PREFIX] or ["rooms", NUMBER, PREFIX, KEYS],
and answers each with a JSON list in a line.
"""

import sys
from typing import Any

import django
import msgspec


def main() -> None:
    django.setup()
    from tests.load.systems import population

    for line in sys.stdin:
        order, *arguments = msgspec.json.decode(line)
        made: Any = getattr(population, order)(*arguments)
        sys.stdout.write(f"{msgspec.json.encode(made).decode()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
