"""What axe finds wrong with a page for people who do not use it as most do: WCAG 2.2, levels A and AA."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.browser.visitor import Visitor

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]

# target-size is WCAG 2.2's, and left out unless it is asked for by name.
RUN = """
    (tags) => axe.run(document, {
        runOnly: { type: 'tag', values: tags },
        rules: { 'target-size': { enabled: true } },
        resultTypes: ['violations'],
    }).then((found) => found.violations)
"""


def axe_source() -> str:
    """Skips the test where the packages of package-lock.json are not installed; in CI that fails it."""
    if AXE.exists():
        return AXE.read_text()
    reason = "axe-core is not installed: start the tests with ./run test, where there is npm"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def violations(visitor: Visitor) -> list[str]:
    """Of the page as it stands now, one line for each place that breaks a rule."""
    # Colours on their way from one to another would be taken for what they end as.
    visitor.page.emulate_media(reduced_motion="reduce")
    # Evaluated as if typed into the console, which the page's policy on scripts does not forbid.
    if not visitor.page.evaluate("'axe' in self"):
        visitor.page.evaluate(axe_source())
    found: list[dict[str, Any]] = visitor.page.evaluate(RUN, TAGS)
    return [line for violation in found for line in lines_of(violation)]


def lines_of(violation: dict[str, Any]) -> list[str]:
    """The rule, where, and what axe says to it."""
    return [
        f"{violation['id']} ({violation['help']})\n"
        f"    at {' '.join(map(str, node['target']))}: {node['html'][:200]}\n"
        f"    {' '.join(node['failureSummary'].split())}"
        for node in violation["nodes"]
    ]
