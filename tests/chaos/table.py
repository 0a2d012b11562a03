"""The rows of a run as a table of text, and what it comes to in one sentence."""

from collections.abc import Sequence

from tests.chaos.crowd import Crowd
from tests.chaos.ledger import Counts
from tests.chaos.scenario import BACK_WITHIN, Row, Run

HEADINGS = (
    "fault",
    "lasted",
    "posted",
    "acked",
    "delivered",
    "lost",
    "doubled",
    "disorder",
    "silence",
    "slowest",
    "all back",
)
MEANINGS = {
    "lasted": "seconds from the blow to when it was taken back; a restart or a deploy lasts until its command returns",
    "posted": "messages that the clients wrote",
    "acked": "messages that the server acknowledged for the first time",
    "delivered": "arrivals of events at clients",
    "lost": "acknowledged, and not arrived at a client of that room a minute later (in the last row: not in the log)",
    "doubled": "came again to the same client, or under two seqs",
    "disorder": "came with a seq that is not the next one, or that is another event to somebody else",
    "silence": "the longest that a client waited for its next event, from when that was written or from the one before",
    "slowest": "the longest that one client took to be subscribed again, from when it was cut off or told to leave",
    "all back": "seconds from the end of the fault until every client was subscribed, lacked nothing that had been "
    "acknowledged a second before, and had no post unanswered for longer",
}


def cells(row: Row) -> tuple[str, ...]:
    back = f"{row.back:.1f}" if row.back is not None else f"not in {BACK_WITHIN:.0f}"
    lengths = (f"{row.silence:.1f}", f"{row.slowest:.1f}", back)
    return (row.name, f"{row.lasted:.1f}", *numbers(row.counts), *lengths)


def numbers(counts: Counts) -> tuple[str, ...]:
    return tuple(f"{getattr(counts, name):,}" for name in Counts.__slots__)


def total_cells(run: Run) -> tuple[str, ...]:
    silence = max(row.silence for row in run.rows)
    return ("in all", "", *numbers(run.total), f"{silence:.1f}", "", "")


def table(run: Run) -> str:
    rows = [HEADINGS, *map(cells, run.rows), total_cells(run)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = [line(row, widths) for row in rows]
    rule = "-" * len(lines[0])
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


def line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = [(cell, width) for cell, width in zip(row, widths, strict=True)]
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)])


def sentence(run: Run) -> str:
    """What it comes to."""
    total = run.total
    number = sum(not row.harmless for row in run.rows)
    faults = f"each of {number} faults" if number > 1 else "it"
    gone = [row.name for row in run.rows if row.back is None]
    if run.kept:
        return (
            f"Kept: of {total.acknowledged:,} acknowledged messages each arrived once and in order at every one of its "
            f"listeners, {total.delivered:,} times in all, and everybody was back after {faults}."
        )
    broken = [f"{getattr(total, name):,} {name.replace('_', ' ')}" for name in ("lost", "doubled", "out_of_order")]
    late = f"; not all were back after: {', '.join(gone)}" if gone else ""
    return f"BROKEN: {', '.join(broken)}{late}; {run.crowd.ledger.complained:,} complaints."


def notes(run: Run) -> list[str]:
    """What a reader of the table should know besides."""
    crowd: Crowd = run.crowd
    ledger = crowd.ledger
    found = [f"complaint: {complaint}" for complaint in ledger.complaints]
    if ledger.complained > len(ledger.complaints):
        found.append(f"and {ledger.complained - len(ledger.complaints):,} complaints more")
    if ledger.late:
        found.append(f"of what is counted as lost, {ledger.late:,} came later than that")
    if ledger.read_afresh:
        found.append(f"{ledger.read_afresh:,} times a client read its room afresh, too far behind for a replay")
    found.append(f"the crowd's own event loop was late by {crowd.longest_lag * 1000:.0f} ms at most")
    return found
