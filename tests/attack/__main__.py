"""`make attack`: every tool against a scratch service on this machine. Exit 1 for a finding that nobody explained."""

import argparse
import logging
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import structlog

from tests.attack import page
from tests.attack.by_api import schemathesis
from tests.attack.by_pages import sqlmap, wapiti
from tests.attack.by_source import bandit, pip_audit
from tests.attack.outcome import Outcome, explanations, unexplained
from tests.attack.scratch import Target, told_in
from tests.attack.tools import ROOT

PAGE = ROOT / "docs/security/attack.md"
KEPT = ROOT / "var/attack"
TOOLS = ("bandit", "pip-audit", "schemathesis", "sqlmap", "wapiti")
EXAMPLES = 5
"""Of each operation of the API, for each caller."""


def main() -> int:
    asked = _asked()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    known = explanations()
    outcomes = []
    with tempfile.TemporaryDirectory() as scratch:
        for outcome in _attacks(asked.only, Path(scratch), asked.examples):
            outcomes.append(outcome)
            print(
                f"{outcome.tool:13} {outcome.what:48} {outcome.seconds:5.0f} s {len(outcome.findings):4} {outcome.note}"
            )
    left = unexplained(outcomes, known)
    for finding in left:
        print(f"NOT EXPLAINED {finding.tool}: {finding.rule}: {finding.where}")
    if asked.write:
        page.write(PAGE, outcomes, known)
    return 1 if left else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    parser.add_argument("--only", action="append", choices=TOOLS, help="one tool; again for another")
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="of each operation of the API")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.relative_to(ROOT)}")
    return parser.parse_args()


def _attacks(only: list[str] | None, scratch: Path, examples: int) -> Iterator[Outcome]:
    """What each tool brought, one after the other; what they said is kept under var/attack."""
    wanted = set(only or TOOLS)
    KEPT.mkdir(parents=True, exist_ok=True)
    if "bandit" in wanted:
        yield bandit(KEPT)
    if "pip-audit" in wanted:
        yield pip_audit(KEPT)
    if wanted & {"schemathesis", "sqlmap", "wapiti"}:
        with told_in(scratch).served() as target:
            yield from _on_the_service(wanted, target, examples)


def _on_the_service(wanted: set[str], target: Target, examples: int) -> Iterator[Outcome]:
    if "schemathesis" in wanted:
        yield from schemathesis(target, KEPT, examples=examples)
    if "sqlmap" in wanted:
        yield from sqlmap(target, KEPT)
    if "wapiti" in wanted:  # the last: it presses every button, also those that end somebody's work here
        yield from wapiti(target, KEPT)


if __name__ == "__main__":
    sys.exit(main())
