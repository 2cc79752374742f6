"""What cannot wait, told at the desk: the emergency text at once, the clinic asked to call, and nothing queued."""

from collections.abc import Collection

from flask import render_template
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.people import Person
from companion.clock import to_ms
from companion.programme.desk.triage import Flag, calls_in, reports_in
from companion.programme.red_flags import red_flags
from companion.urgency import reporting
from companion.urgency.by_words import ask_to_call
from companion.web.context import actor, changes, look, now, outside
from companion.web.for_patients.act_now import todo_of
from companion.web.for_patients.calling import contacts_for
from companion.web.for_patients.feeling import assess_now

VIA = "desk"
SAME_MS = 10 * 60 * 1000
"""The same sign again within ten minutes is the same: nobody is called twice for a second tap. A house rule."""
WORDS = "words"
"""The event of signs that were found in what somebody wrote."""


def raise_flags(patient: Person, flags: Collection[Flag]) -> None:
    """The clinic hears of each. Durable when it returns."""
    reports = reports_in(flags)
    if reports:
        reporting.tell(outside().engine, patient, reports, by=actor(), via=VIA, now=now())
    with changes() as db:
        held = db.get_one(Person, patient.id, with_for_update={"key_share": True})
        for flag in calls_in(flags):
            _call(db, held, flag.value)
        _note(db, held, sorted(flag.value for flag in flags))
    if reports:
        assess_now(patient)


def raise_words(patient: Person, words: str) -> bool:
    """Whether signs of an emergency stand in what was written; then the clinic was asked to call."""
    found = red_flags(words)
    if found:
        with changes() as db:
            held = db.get_one(Person, patient.id, with_for_update={"key_share": True})
            _call(db, held, WORDS)
            _note(db, held, sorted(found))
    return bool(found)


def emergency_page(patient: Person) -> str:
    """What to do, before everything else: what a clinician signed where there is such a text, and whom to call."""
    with look() as db:
        todo = todo_of(db, patient, now())
    call = contacts_for(outside().settings, patient)
    return render_template("programme/desk/emergency.html", todo=todo, call=call, patient=patient)


def _call(db: Session, patient: Person, sign: str) -> None:
    key = f"{patient.public_id}:{to_ms(now()) // SAME_MS}"
    ask_to_call(db, patient.id, f"desk_{sign}", key, now())


def _note(db: Session, patient: Person, signs: list[str]) -> None:
    me = actor().public_id
    audit.note(db, actor=me, action="desk.red_flag", now=now(), patient=patient.public_id, signs=signs)
