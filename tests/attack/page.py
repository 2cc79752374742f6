"""The table of docs/security/attack.md, from what the attacks brought."""

import re
from pathlib import Path

from tests.attack.outcome import Explanation, Outcome

MARKED = re.compile(r"(<!-- made by make attack -->\n).*(<!-- until here -->)", re.DOTALL)


def write(page: Path, outcomes: list[Outcome], known: list[Explanation]) -> None:
    """Puts the tables between the page's marks."""
    told = page.read_text(encoding="utf-8")
    page.write_text(MARKED.sub(lambda marks: marks[1] + tables(outcomes, known) + marks[2], told), encoding="utf-8")


def tables(outcomes: list[Outcome], known: list[Explanation]) -> str:
    """What was run, and then each kind of finding with its explanation."""
    runs = [
        f"| {one.tool} {one.version} | {one.what} | {one.seconds:.0f} s | {len(one.findings)} | {one.note} |"
        for one in outcomes
    ]
    found = {finding for outcome in outcomes for finding in outcome.findings}
    explained = [
        f"| {one.tool} `{one.rule}` | {count} | `{one.where}` | {one.why} |"
        for one in known
        if (count := sum(one.covers(finding) for finding in found))
    ]
    return "\n".join(
        [
            "\n| tool | what it attacked | took | findings | note |\n|---|---|---|---|---|",
            *runs,
            "\n| finding | places | where | why it is none |\n|---|---|---|---|",
            *explained,
            "\n",
        ]
    )
