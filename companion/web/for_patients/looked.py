"""Who looked at the patient's data, and what others did in the patient's place, for the patient."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from companion.care.audit import AuditEntry, newest_entries
from companion.care.audit_chain import Entry
from companion.care.emergency_access import opened_of
from companion.care.people import Person
from companion.care.read_log import ReadEntry
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import look, now, subject
from companion.web.in_words import emergency_words
from companion.web.in_words.acts_words import DONE_FOR_PATIENT

blueprint = Blueprint("looked", __name__)

SHOWN_FOR = timedelta(days=30)
LISTED = 2000
"""So many looks are gone through; the export has all."""
ACTS_LISTED = 100
ANYTHING = _l("something else about you")
KINDS: words.Words = {
    Action.SEE_READINGS: _l("your readings"),
    Action.SEE_ADVICE: _l("a suggestion about a dose"),
    Action.DECIDE_ADVICE: _l("a suggestion about a dose"),
    Action.SEE_PATIENT: _l("your page at the clinic"),
    Action.SEE_MEDICINES: _l("your medicines"),
    Action.EDIT_REGIMEN: _l("your medicines"),
    Action.SIGN_PLAN: _l("your medicines"),
    Action.SEE_ADHERENCE: _l("how medicines were taken"),
    Action.SEE_ALERTS: _l("whether medicines were taken"),
    Action.SEE_SUPPLY: _l("your packs"),
    Action.EDIT_SUPPLY: _l("your packs"),
    Action.EDIT_FACTS: _l("facts such as weight and laboratory values"),
    Action.SEE_SENT: _l("what was sent to you"),
    Action.SEE_MESSAGES: _l("what was sent to you"),
    Action.ANSWER_TEXT: _l("what was sent to you"),
    Action.EXPORT_DATA: _l("all your data, as a file"),
    Action.READ_ANSWERS: _l("what you told about yourself"),
    Action.SEE_ANSWERS: _l("what you told about yourself"),
    Action.SEE_CARE_PLAN: _l("what you agreed on"),
    Action.EDIT_CARE_PLAN: _l("what you agreed on"),
    Action.SEE_CHECKUPS: _l("reports of your check-ups"),
    Action.CONFIRM_CHECKUP: _l("reports of your check-ups"),
    Action.ANSWER_QUESTION: _l("what you asked the pharmacist, and your medicines"),
    Action.SEE_QUARANTINE: _l("values that could not be understood"),
    Action.MODERATE_BOARD: _l("what you wrote on a board"),
}
OTHERS: words.Words = {
    "calendar feed": _l("a calendar with your address"),
    "one-tap link": _l("somebody with a link of yours"),
    "command line": _l("whoever looks after this installation"),
}


@dataclass
class Looks:
    """What one person (or thing) looked at on one day, and how often in all."""

    day: date
    who: str
    last_at: datetime
    kinds: list[str] = field(default_factory=list)
    times: int = 0


@blueprint.get("/my-data/looked")
@guarded(Action.SEE_OWN_LOG)
def index() -> str:
    since = now() - SHOWN_FOR
    with look() as db:
        entries = _by_others(db, since)
        names = _names(db, {entry.who for entry in entries})
        emergencies = opened_of(db, subject().id)
        acts = _acts_of_others(db, since)
        names |= _names(db, {act.actor for act in acts})
        own = db.scalar(select(func.count()).where(*_hers(since), ReadEntry.who == subject().public_id))
    lines = by_day(entries, ZoneInfo(subject().zone))
    days = [(day, list(found)) for day, found in groupby(lines, lambda line: line.day)]
    return render_template(
        "patient/looked.html",
        days=days,
        names=names,
        own=own,
        days_shown=SHOWN_FOR.days,
        emergencies=emergencies,
        reasons=emergency_words.REASONS,
        acts=acts,
        done=DONE_FOR_PATIENT,
    )


def by_day(entries: list[ReadEntry], zone: ZoneInfo) -> list[Looks]:
    """One line a day and person, the newest first, as the entries are."""
    lines: dict[tuple[date, str], Looks] = {}
    for entry in entries:
        day = entry.at.astimezone(zone).date()
        line = lines.setdefault((day, entry.who), Looks(day, entry.who, entry.at))
        kind = str(KINDS.get(entry.kind, ANYTHING))
        line.times += 1
        if kind not in line.kinds:
            line.kinds.append(kind)
    return sorted(lines.values(), key=lambda line: line.last_at, reverse=True)


def _by_others(db: Session, since: datetime) -> list[ReadEntry]:
    query = select(ReadEntry).where(*_hers(since), ReadEntry.who != subject().public_id)
    return list(db.scalars(query.order_by(ReadEntry.at.desc(), ReadEntry.id.desc()).limit(LISTED)))


def _acts_of_others(db: Session, since: datetime) -> list[Entry]:
    """What others did in the patient's place or about their care, the newest first."""
    hers = AuditEntry.patient == subject().public_id, AuditEntry.actor != subject().public_id, AuditEntry.at >= since
    return list(newest_entries(db, *hers, AuditEntry.action.in_(DONE_FOR_PATIENT), limit=ACTS_LISTED))


def _hers(since: datetime) -> tuple[ColumnElement[bool], ...]:
    return ReadEntry.patient == subject().public_id, ReadEntry.at >= since


def _names(db: Session, who: set[str]) -> dict[str, str]:
    people = db.scalars(select(Person).where(Person.public_id.in_(who)))
    return {name: str(said) for name, said in OTHERS.items()} | {
        person.public_id: f"{person.name} ({words.ROLES[person.role]})" for person in people
    }
