"""What a list tells of a suggestion's evidence, picked out once for each evidence that there is."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.advice.models import Suggestion
from companion.db import rows_of
from companion.web.for_doctors.queue_order import About, about_of, measured_on_days

IN_MIND = 5_000
"""So many are kept: the patients of a large clinic for whom something waits."""


class Found(NamedTuple):
    """Why it was proposed, from how many values of how many days, and whether it asks something of the doctor."""

    about: About
    measured: tuple[int, int] | None
    is_asked: bool


Key = tuple[str, str]
"""The digest of an evidence, and which way the suggestion goes: all that is found follows of them."""

_known: dict[Key, Found] = {}
"""It never gets old, and names nobody."""


def found_in(db: Session, suggestions: Mapping[int, Key]) -> Mapping[Key, Found]:
    """What their evidence says. `suggestions`: by their ids.

    What is not known yet is picked out by the database: whole, the evidence is large, and to search all of it for each
    page would take longer than anything else on that page.
    """
    told = {key: found for key in suggestions.values() if (found := _known.get(key))}
    missing = [each for each, key in suggestions.items() if key not in told]
    if missing:
        new = {(row[0], row[1]): _found(*row[1:]) for row in rows_of(db, _EVIDENCE.where(Suggestion.id.in_(missing)))}
        _keep(new)
        told |= new
    return told


_EVIDENCE = select(
    Suggestion.digest, Suggestion.action, Suggestion.evidence["lines"], Suggestion.evidence["outcome"]["asks"]
)


def _found(action: str, lines: Sequence[Mapping[str, Any]] | None, asks: Sequence[str] | None) -> Found:
    return Found(about_of(action, lines or ()), measured_on_days(lines or ()), bool(asks))


def _keep(new: Mapping[Key, Found]) -> None:
    """The oldest go first."""
    _known.update(new)
    for key in list(_known)[:-IN_MIND]:
        _known.pop(key, None)
