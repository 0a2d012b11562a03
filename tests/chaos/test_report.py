"""What is printed and drawn says what was found, and asks nobody else for anything."""

import random
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from tests.chaos.__main__ import deploy_sentence
from tests.chaos.crowd import Crowd, Look
from tests.chaos.jitter import delivered_percent
from tests.chaos.ledger import Counts, Ledger, Post
from tests.chaos.report import page
from tests.chaos.scenario import Row, Run
from tests.chaos.site import Account, Site
from tests.chaos.table import sentence, table
from tests.chaos.timeline import timeline

ACCOUNTS = [Account(name, "", "plaza", since=0) for name in ("ana", "berto")]


def row(name: str, started: float, counts: Counts, *, back: float | None = 1.5, harmless: bool = False) -> Row:
    return Row(name, started, started + 10, counts, 2.5, back, (1.0, 3.5, 2.0), harmless)


def heard(ledger: Ledger, number: int, *, lost: int = 0) -> None:
    """So many messages that ana heard, and berto but for the last few."""
    ears = [ledger.listen(account.name, account.room, since=0, at=0.0) for account in ACCOUNTS]
    for seq in range(1, number + 1):
        post = Post("plaza", f"id-{seq}", "ana", 100.0 + seq)
        ledger.written(post)
        ledger.acknowledged(post.client_id, seq, post.at)
        for ear in ears if seq <= number - lost else ears[:1]:
            ledger.delivered(ear, seq, post.client_id, post.at)
    ledger.count_lost()


def run_with(*, lost: int = 0, back: float | None = 1.5) -> Run:
    ledger = Ledger()
    heard(ledger, 40, lost=lost)
    crowd = Crowd(ACCOUNTS, Site([], ""), ledger, random.Random(0))  # noqa: S311 - nothing is drawn
    crowd.looks += [Look(100.0 + second, 2, 2 if second < 12 else 1) for second in range(40)]
    run = Run(crowd)
    run.rows.append(row("no fault", 100.0, Counts(), harmless=True))
    run.rows.append(row("kill <ws>", 112.0, ledger.counts.copy(), back=back))
    return run


@pytest.fixture
def kept() -> Run:
    return run_with()


def test_a_run_that_kept_everything_says_so(kept: Run) -> None:
    assert kept.kept
    assert sentence(kept).startswith("Kept: of 40 acknowledged messages")
    assert re.search(r"^kill <ws> +10.0 +40 +40 +80 +0 +0 +0 +2.5 +3.5 +1.5$", table(kept), re.MULTILINE)
    assert delivered_percent(kept.crowd.ledger) == 100


def test_how_long_they_took_is_told_in_parts() -> None:
    some = row("deploy", 0.0, Counts())
    assert (some.within(0.5), some.within(0.99), some.slowest) == (2.0, 3.5, 3.5)
    assert deploy_sentence(some).startswith("Kept: of 3 who were told to leave, half were back after 2.0 s")
    assert deploy_sentence(replace(some, absences=[1.0, 15.1])).startswith("BROKEN: of 2")
    assert Row("nobody left", 0.0, 1.0, Counts(), 0.0, 0.0).within(0.5) == 0.0


def test_a_run_that_lost_something_says_so() -> None:
    run = run_with(lost=1)
    assert not run.kept
    assert sentence(run) == "BROKEN: 1 lost, 0 doubled, 0 out of order; 1 complaints."
    assert delivered_percent(run.crowd.ledger) == pytest.approx(100 * 79 / 80)


def test_a_run_after_which_somebody_was_gone_says_so() -> None:
    run = run_with(back=None)
    assert not run.kept
    assert "not all were back after: kill <ws>" in sentence(run)
    assert "not in 60" in table(run)


def test_a_complaint_alone_breaks_a_run(kept: Run) -> None:
    kept.crowd.ledger.complain("berto: closed for good with 4403")
    assert not kept.kept
    assert sentence(kept).startswith("BROKEN")


def test_the_timeline_is_well_formed_and_has_a_band_for_each_fault(kept: Run) -> None:
    drawn = ET.fromstring(timeline(kept))  # noqa: S314 - our own
    assert [title.text for title in drawn.iter("title")] == ["kill <ws>: lasted 10.0 s, all back after 1.5 s"]
    assert len(list(drawn.iter("polygon"))) == 3
    numbers = re.findall(r'points="([^"]*)"', timeline(kept))
    assert numbers
    assert not any("nan" in points or "inf" in points for points in numbers)


def test_the_page_asks_for_nothing_and_escapes_what_it_is_given(kept: Run) -> None:
    html = page(kept, {"seed": "<7>"}, [sentence(kept), "and\nmore"], kept=True)
    assert not re.search(r"https?:|src=|url\(|@import|<script|<link", html)
    assert "kill &lt;ws&gt;" in html
    assert "&lt;7&gt;" in html
    assert "<ws>" not in html
