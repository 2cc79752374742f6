"""What an attack brought, and what is known about what it found."""

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

EXPLAINED = Path(__file__).with_name("explained.toml")


@dataclass(frozen=True, order=True)
class Finding:
    """`rule` is what the tool calls it, `where` a place in our source or an address of the service."""

    tool: str
    rule: str
    where: str


@dataclass(frozen=True)
class Outcome:
    """One attack. `note` says what else there is to know, as that the time was over or that nobody could be asked."""

    tool: str
    version: str
    what: str
    seconds: float
    findings: tuple[Finding, ...]
    note: str = ""


@dataclass(frozen=True)
class Explanation:
    """Why findings of that kind in those places are none; `where` may hold `*`."""

    tool: str
    rule: str
    where: str
    why: str

    def covers(self, finding: Finding) -> bool:
        return (self.tool, self.rule) == (finding.tool, finding.rule) and fnmatchcase(finding.where, self.where)


def explanations() -> list[Explanation]:
    """What explained.toml says."""
    return [Explanation(**entry) for entry in tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))["finding"]]


def unexplained(outcomes: list[Outcome], known: list[Explanation]) -> list[Finding]:
    """The findings that nobody has explained yet."""
    found = {finding for outcome in outcomes for finding in outcome.findings}
    return sorted(finding for finding in found if not any(one.covers(finding) for one in known))
