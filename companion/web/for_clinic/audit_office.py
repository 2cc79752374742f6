"""The audit for whoever administers the clinic: who did what, who was shown what, and whether it is whole.

It is only read here, and every look at it is a row in the log of reads.
"""

from flask import Blueprint, abort, render_template

from companion.care.anchors import newest_anchor
from companion.care.audit_checkups import newest_checkup
from companion.care.audit_lookup import acts, fault_of, last_number, looks, one_act, people_named
from companion.care.people import Person, Role
from companion.care.read_log import unhashed
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import look
from companion.web.for_clinic.audit_asked import (
    LISTED,
    note_look,
    older_than,
    page_begins_before,
    readers_zone,
    what_is_asked,
)
from companion.web.in_words.audit_words import kind_words
from companion.web.in_words.look_words import look_words

blueprint = Blueprint("audit_office", __name__)

STAFF = (Role.CLINICIAN, Role.PHARMACIST, Role.ADMIN)


@blueprint.get("/clinic/audit")
@guarded(Action.SEE_AUDIT)
def index() -> str:
    asked = what_is_asked()
    with look() as db:
        found = list(acts(db, asked.wanted(readers_zone()), page_begins_before(), LISTED + 1))
        people = people_named(db, {entry.actor for entry in found})
        state = {"checkup": newest_checkup(db), "anchor": newest_anchor(db), "last": last_number(db)}
    note_look(entry.patient for entry in found[:LISTED])
    return render_template(
        "audit/index.html",
        asked=asked,
        found=found[:LISTED],
        older=older_than(found),
        who=_names(people),
        kind_words=kind_words,
        **state,
    )


@blueprint.get("/clinic/audit/<int:number>")
@guarded(Action.SEE_AUDIT)
def entry(number: int) -> str:
    with look() as db:
        found = one_act(db, number) or abort(404)
        people = people_named(db, {found.actor})
        fault = fault_of(db, found)
        is_last = number >= last_number(db)
    note_look([found.patient])
    return render_template(
        "audit/entry.html", entry=found, who=_names(people), fault=fault, is_last=is_last, kind_words=kind_words
    )


@blueprint.get("/clinic/audit/reads")
@guarded(Action.SEE_AUDIT)
def reads() -> str:
    asked = what_is_asked()
    with look() as db:
        found = list(looks(db, asked.wanted(readers_zone()), page_begins_before(), LISTED + 1))
        people = people_named(db, {row.who for row in found})
        waiting = unhashed(db)
    note_look(row.patient for row in found[:LISTED])
    return render_template(
        "audit/reads.html",
        asked=asked,
        found=found[:LISTED],
        older=older_than(found),
        who=_names(people),
        waiting=waiting,
        look_words=look_words,
    )


def _names(people: dict[str, Person]) -> dict[str, str]:
    """Staff by name; patients and their families by number, as nobody here needs to know who they are."""
    return {
        public_id: f"{person.name} ({words.ROLES[person.role]})"
        if person.role in STAFF
        else str(words.ROLES[person.role])
        for public_id, person in people.items()
    }
