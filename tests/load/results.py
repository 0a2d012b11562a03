"""What a run of the bench found, and the file that it is kept in."""

import zlib
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Self

import msgspec

PER_MS = 1000  # samples are kept to the microsecond


@dataclass(slots=True)
class Figure:
    """One figure of one system in one variant of a scenario: a value for each repetition.

    `samples` are raw, in milliseconds, where the measure is a percentile: those of each repetition. A percentile of all
    is taken of all of them together, never from percentiles.
    """

    scenario: str
    system: str
    variant: str
    measure: str
    unit: str
    values: list[float] = field(default_factory=list)
    samples: list[list[float]] = field(default_factory=list)
    note: str = ""  # what a reader must know, such as a client that was too busy

    @property
    def key(self) -> tuple[str, str, str, str]:
        return (self.scenario, self.system, self.variant, self.measure)


@dataclass(slots=True)
class Results:
    """`missing`: systems that could not be measured here, and why. `notes`: what concerns the run as a whole."""

    machine: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    began: str = ""  # ISO
    seconds: float = 0.0
    figures: list[Figure] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(
        self,
        scenario: str,
        system: str,
        variant: str,
        measure: str,
        unit: str,
        value: float,
        *,
        samples: Iterable[float] = (),
        note: str = "",
    ) -> Figure:
        """One repetition more of a figure, which the first one makes."""
        figure = self.find(scenario, system, variant, measure)
        if figure is None:
            figure = Figure(scenario, system, variant, measure, unit)
            self.figures.append(figure)
        if figure.unit != unit:
            raise ValueError(f"{figure.key} is in {figure.unit}, not in {unit}")
        figure.values.append(value)
        if raw := list(samples):
            figure.samples.append(raw)
        if note and note not in figure.note:
            figure.note = f"{figure.note}; {note}" if figure.note else note
        return figure

    def find(self, scenario: str, system: str, variant: str, measure: str) -> Figure | None:
        wanted = (scenario, system, variant, measure)
        return next((figure for figure in self.figures if figure.key == wanted), None)

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self._plain()), indent=1))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises msgspec.ValidationError (a ValueError) for a file that is not one of ours."""
        plain = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        for figure in plain.get("figures", []):
            figure["samples"] = [unpacked(text) for text in figure["samples"]]
        return msgspec.convert(plain, cls)

    def _plain(self) -> dict[str, Any]:
        plain: dict[str, Any] = msgspec.to_builtins(self)
        for figure in plain["figures"]:
            figure["samples"] = [packed(values) for values in figure["samples"]]
        return plain


def packed(samples: Sequence[float]) -> str:
    """Sorted, to the microsecond, each as its distance from the one before: small numbers compress well."""
    steps = array("Q", sorted(max(round(value * PER_MS), 0) for value in samples))
    deltas = array("Q", (after - before for before, after in pairwise([0, *steps])))
    return b64encode(zlib.compress(deltas.tobytes(), 9)).decode()


def unpacked(text: str) -> list[float]:
    deltas = array("Q")
    deltas.frombytes(zlib.decompress(b64decode(text)))
    return [value / PER_MS for value in accumulate(deltas)]
