"""Who may see a patient: since when, for what, with whose word; who could before; and who stands in for whom."""

from datetime import datetime, time
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased
from werkzeug.wrappers import Response

from companion.care import audit, consent
from companion.care.consent import CareLink, Scope
from companion.care.covers import cover_of
from companion.care.names import by_name
from companion.care.people import Person, Role
from companion.errors import BadInput
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, subject
from companion.web.door.auth import Answer
from companion.web.forms import Form
from companion.web.schemas import CareLinkSchema, EndLinkSchema

blueprint = Blueprint("care_links", __name__)


class Line(NamedTuple):
    """One link. `noted_by`: who wrote the consent down; `cover`: who stands in for the doctor now."""

    link: CareLink
    member: Person
    noted_by: str
    cover: str | None = None


@blueprint.route("/clinic/patients/<patient_id>/people", methods=["GET", "POST"])
@guarded(Action.LINK_PEOPLE)
def index(patient_id: str) -> Answer:
    form = Form(CareLinkSchema())
    if form.is_valid():
        try:
            _open_links(form)
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("Noted."))
            return redirect(url_for(".index", patient_id=patient_id))
    with look() as db:
        lines = _lines(db, subject())
        known = _people_to_link(db)
    ended = [line for line in lines if _is_over(line.link)]
    page = render_template(
        "care_links/index.html",
        form=form,
        patient=subject(),
        running=[line for line in lines if line not in ended],
        ended=ended,
        known=known,
        words=words,
    )
    return page, form.status


@blueprint.post("/clinic/patients/<patient_id>/people/end")
@guarded(Action.LINK_PEOPLE)
def end(patient_id: str) -> Response:
    form = Form(EndLinkSchema())
    if not form.is_valid():
        abort(400)
    with changes() as db:
        member = db.scalar(select(Person).where(Person.public_id == form.data["member"]))
        if member is None:
            abort(404)
        found = consent.find_link(db, subject().id, member.id, form.data["scope"], now())
        if found is None:
            abort(404)
        consent.end_link(found, now())
        _note(db, "ended_care_link", member, form.data["scope"])
    flash(_("Ended. Nothing more is shown or sent to them."))
    return redirect(url_for(".index", patient_id=patient_id))


def _lines(db: Session, patient: Person) -> list[Line]:
    """Every link there is or was, the running ones by role and name, the ended ones newest first."""
    noter = aliased(Person)
    query = (
        select(CareLink, Person, noter.name)
        .join(Person, Person.id == CareLink.member_id)
        .join(noter, noter.id == CareLink.consent_noted_by)
        .where(CareLink.patient_id == patient.id)
        .order_by(CareLink.ends_at.desc(), Person.role.desc(), CareLink.scope)
    )
    lines = _by_name([Line(*row) for row in db.execute(query)])
    return [line._replace(cover=_cover(db, line.member)) if not _is_over(line.link) else line for line in lines]


def _by_name(lines: list[Line]) -> list[Line]:
    """Within those that end together and are of one role, which follow one another."""
    together = groupby(lines, key=lambda line: (line.link.ends_at, line.member.role))
    return [line for _, some in together for line in sorted(some, key=lambda line: line.member.name)]


def _cover(db: Session, member: Person) -> str | None:
    cover = cover_of(db, member.id, now()) if member.role == Role.CLINICIAN else None
    return cover.name if cover else None


def _is_over(link: CareLink) -> bool:
    return link.ends_at is not None and link.ends_at <= now()


def _people_to_link(db: Session) -> list[Person]:
    """Whom the form offers: staff to everybody, other families' caregivers to the administrator only."""
    staff = [Role.CLINICIAN, Role.PHARMACIST]
    roles = [*staff, Role.CAREGIVER] if actor().role == Role.ADMIN else staff
    query = select(Person).where(Person.role.in_(roles), Person.left_at.is_(None))
    return by_name(db.scalars(query))[:MOST_OFFERED]


MOST_OFFERED = 200
"""Names a browser offers while somebody types; any id or login may be typed, also of others."""


def _open_links(form: Form) -> None:
    named = form.data["member"]
    with changes() as db:
        known_as = or_(Person.public_id == named, Person.login == named)
        member = db.scalar(select(Person).where(known_as, Person.left_at.is_(None)))
        if member is None:
            raise BadInput("nobody has that id or login", where="member", advice="enrol them first")
        for scope in form.data["scopes"]:
            until = _end_of(form)
            consent.link(db, patient=subject(), member=member, scope=scope, noted_by=actor(), now=now(), ends_at=until)
            _note(db, "opened_care_link", member, scope)


def _end_of(form: Form) -> datetime | None:
    """The end of the last day, where the patient lives."""
    last = form.data["ends_on"]
    return last and datetime.combine(last, time(23, 59, 59), ZoneInfo(subject().zone))


def _note(db: Session, action: str, member: Person, scope: Scope) -> None:
    audit.note(
        db,
        actor=actor().public_id,
        action=action,
        now=now(),
        patient=subject().public_id,
        member=member.public_id,
        scope=scope.value,
    )
