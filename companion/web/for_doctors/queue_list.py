"""The list of what waits, as it stands beside every suggestion: filtered, cut, with what comes before and after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from flask import request
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from companion.advice.models import Suggestion
from companion.care.covers import stands_in_for
from companion.care.people import Person
from companion.web.access import Action, is_listed
from companion.web.context import actor, now
from companion.web.for_doctors.queue import Waiting, pending_of
from companion.web.for_doctors.queue_order import About, Show, is_shown
from companion.web.language import lazy_gettext as _l
from companion.web.schemas import FormSchema
from companion.web.words import Words

AT_ONCE = 50
"""Rows that a list begins with; the rest is one link away."""
BESIDE = 12
"""Rows beside an opened suggestion: what fits on a screen."""

SHOWS: Words = {
    Show.ALL: _l("All that wait"),
    Show.MINE: _l("Mine"),
    Show.COVERED: _l("As a cover"),
    Show.URGENT: _l("Urgent"),
    Show.INCREASES: _l("Increases"),
    Show.DECREASES: _l("Decreases"),
    Show.QUESTIONS: _l("With questions"),
    Show.PUT_OFF: _l("Put off"),
}
ABOUTS: Words = {
    About.LOWS: _l("low glucose"),
    About.GLUCOSE_HIGH: _l("fasting glucose high"),
    About.PRESSURE_HIGH: _l("blood pressure high"),
    About.DECREASE: _l("lower"),
    About.INCREASE: _l("raise"),
}


class FindSchema(FormSchema):
    """Sent, and never in an address: what is looked for may be a name or a medicine."""

    text = fields.Str(load_default="", validate=validate.Length(max=60))


@dataclass(frozen=True)
class QueueList:
    """`rows`: those that are shown, of `n` that the filter and the text let through; `counts` are without the text."""

    rows: list[Waiting]
    n: int
    show: Show
    counts: Mapping[Show, int]
    covered: Mapping[int, Person]
    opened: str
    at: datetime

    @cached_property
    def place(self) -> int | None:
        """Where the opened one stands, from 0; None where it is not among the rows."""
        ids = [each.suggestion.public_id for each in self.rows]
        return ids.index(self.opened) if self.opened in ids else None

    @cached_property
    def shown(self) -> list[Waiting]:
        """Beside an opened suggestion only those around it."""
        if not self.opened:
            return self.rows
        begin = max(0, min((self.place or 0) - BESIDE // 2, len(self.rows) - BESIDE))
        return self.rows[begin : begin + BESIDE]

    @property
    def before(self) -> str | None:
        return self.rows[self.place - 1].suggestion.public_id if self.place else None

    @property
    def after(self) -> str | None:
        """The next one; after what is not in the list any more, the first."""
        following = self.rows[0 if self.place is None else self.place + 1 :]
        return following[0].suggestion.public_id if following else None

    @property
    def more(self) -> int:
        """How many rows a longer list has; 0 where nothing is left out."""
        return len(self.rows) + AT_ONCE if self.n > len(self.rows) else 0

    @property
    def same(self) -> dict[str, str]:
        """What an address says so that it shows this list again."""
        return {} if self.show is Show.ALL else {"show": self.show.value}


def queue_list(db: Session, opened: str = "", text: str = "") -> QueueList:
    """What waits for whoever is signed in, by the filter that the address names."""
    covered = stands_in_for(db, actor().id, now())
    theirs = is_listed(actor(), Action.SEE_ADVICE, now(), Suggestion.patient_id, covered)
    waiting = pending_of(db, theirs, now(), covered)
    show = _asked(request.args.get("show", ""))
    found = [each for each in waiting if is_shown(show, each.marks) and _says(each, text)]
    return QueueList(
        rows=found[: _rows()],
        n=len(found),
        show=show,
        counts={each: sum(is_shown(each, one.marks) for one in waiting) for each in Show},
        covered=covered,
        opened=opened,
        at=now(),
    )


def _asked(show: str) -> Show:
    return Show(show) if show in set(Show) else Show.ALL


def _rows() -> int:
    return max(AT_ONCE, request.args.get("rows", AT_ONCE, type=int))


def _says(waiting: Waiting, text: str) -> bool:
    """Whether the patient's name or the medicine's has the text in it."""
    wanted = text.strip().casefold()
    return any(wanted in said.casefold() for said in (waiting.patient.name, waiting.suggestion.drug))
