"""A run held against an earlier one, in ratios."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb

from tests.load.results import Figure, Results
from tests.load.rows import Section, name_of, sections, systems_of
from tests.load.statistics import Summary, range_said, ratio_said, said, summary
from tests.load.table import WIDTH, heading, in_columns, labels

MARK = "*"


@dataclass(frozen=True, slots=True)
class Change:
    figure: Figure
    now: Summary
    before: Summary

    @property
    def ratio(self) -> float:
        return self.now.value / self.before.value if self.before.value else float("inf")

    @property
    def known(self) -> bool:
        """Whether there is a spread to exceed."""
        return min(self.now.repetitions, self.before.repetitions) > 1

    @property
    def exceeds(self) -> bool:
        """Whether every repetition of the one run lies on the same side of every repetition of the other."""
        return self.known and not self.now.overlaps(self.before)

    @property
    def chance(self) -> float:
        """How likely that is where nothing has changed: two of all the orders in which they may lie."""
        return 2 / comb(self.now.repetitions + self.before.repetitions, self.now.repetitions)

    @property
    def better(self) -> bool:
        return (self.now.value > self.before.value) == self.figure.unit.startswith("/")  # so many a second

    @property
    def said(self) -> str:
        return f"{ratio_said(self.ratio)}{MARK if self.exceeds else ' '}"


def comparison(now: Results, before: Results) -> str:
    """All ratios, now to then; those that exceed the spread are marked, and listed with their figures."""
    found = {figure.key: change for figure, change in changes(now, before)}
    systems = systems_of(now)
    blocks = [
        "\n".join(warnings(now, before)),
        "\n".join([heading(systems), "-" * WIDTH]),
        *("\n".join(section_lines(section, systems, found)) for section in sections(now)),
        "\n".join(beyond(list(found.values()))),
        verdict(list(found.values())),
        alone(now, before),
    ]
    return "\n\n".join(block for block in blocks if block)


def changes(now: Results, before: Results) -> Iterator[tuple[Figure, Change]]:
    """Of the figures that both have."""
    for figure in now.figures:
        earlier = before.find(*figure.key)
        if earlier is not None:
            yield figure, Change(figure, summary(figure), summary(earlier))


def section_lines(
    section: Section, systems: Sequence[str], found: dict[tuple[str, str, str, str], Change]
) -> Iterator[str]:
    yield f"{section.title}: now / then"
    for row in section.rows:
        figures = {name: cell.figure.key for name, cell in row.cells.items()}
        texts = [found[figures[name]].said if figures.get(name) in found else "" for name in systems]
        first, *more = labels(row.variant)
        yield in_columns(first, texts)
        yield from more


def beyond(found: Sequence[Change]) -> Iterator[str]:
    for change in found:
        if change.exceeds:
            what = f"{MARK} {change.figure.measure}, {name_of(change.figure)}"
            both = f"{measured(change.before)} then, {measured(change.now)} now, {change.figure.unit}"
            word = "better" if change.better else "WORSE"
            yield textwrap.fill(f"{what}: {both}: {word}", WIDTH, subsequent_indent="  ")


def measured(of: Summary) -> str:
    between = range_said(of)
    return said(of.value) + (f" ({between})" if between else "")


def warnings(now: Results, before: Results) -> Iterator[str]:
    """Runs on two machines compare only in proportion to a peer of the same run."""
    for name in sorted(now.machine.keys() | before.machine.keys()):
        here, there = now.machine.get(name, "nothing"), before.machine.get(name, "nothing")
        if here != there:
            yield textwrap.fill(f"Another {name}: {there} then, {here} now.", WIDTH)


def verdict(found: Sequence[Change]) -> str:
    known = [change for change in found if change.known]
    if not known:
        return "One of the two runs was not repeated: there is no spread to exceed."
    differ = [change for change in known if change.exceeds]
    better = sum(change.better for change in differ)
    chance = sum(change.chance for change in known)
    return textwrap.fill(
        f"Of {len(known)} figures {len(differ)} differ by more than their spread ({MARK}: no repetition of the one run "
        f"lies within the range of the other): {better} better, {len(differ) - better} worse. Where nothing has "
        f"changed, chance alone makes about {chance:.0f} of them so.",
        WIDTH,
    )


def alone(now: Results, before: Results) -> str:
    keys, earlier = ({figure.key for figure in results.figures} for results in (now, before))
    number = len(keys ^ earlier)
    return f"{number} figures are in one of the two runs only." if number else ""
