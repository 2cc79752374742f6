"""What changes, line by line: as it is, and as it would be. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

NOTHING = "–"


class Difference(NamedTuple):
    """One line that changes; a dash where there is nothing."""

    what: str
    before: str
    after: str


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    """The lines that are not the same in both, in the order of what would be; then those that would go."""
    names = [*after, *(name for name in before if name not in after)]
    return [
        Difference(name, before.get(name) or NOTHING, after.get(name) or NOTHING)
        for name in names
        if (before.get(name) or NOTHING) != (after.get(name) or NOTHING)
    ]
