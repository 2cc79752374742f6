"""How people hear from the service: what the patient agreed to, what a caregiver chooses within that."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care import audit, consent
from companion.care.consent import CareLink, Hears, Misses, Scope
from companion.care.people import Person
from companion.errors import BadInput
from companion.reminders.telling import daily_digest
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, subject
from companion.web.door.auth import Answer
from companion.web.forms import Form
from companion.web.schemas import AgreedHearingSchema, OwnHearingSchema
from companion.web.words import Words

blueprint = Blueprint("hearing", __name__)

HEARS: Words = {
    Hears.ALL: _l("of every medicine"),
    Hears.CRITICAL: _l("only of medicines that must not be missed"),
    Hears.DIGEST: _l("once a day, how the day went"),
    Hears.NONE: _l("of no missed dose"),
}
MISSES: Words = {
    "": _l("every one of a medicine that must not be missed, a pattern of the others"),
    Misses.EVERY: _l("every missed dose"),
    Misses.PATTERN: _l("a pattern: missed today, yesterday, and on one of the two days before"),
}


@blueprint.route("/clinic/patients/<patient_id>/people/<member_id>/hearing", methods=["GET", "POST"])
@guarded(Action.LINK_PEOPLE)
def agreed(patient_id: str, member_id: str) -> Answer:
    """What the patient lets a caregiver hear, and in which order caregivers are told."""
    with look() as db:
        member = _member(db, member_id)
        link = _link(db, member)
    form = Form(AgreedHearingSchema(), _agreed(link))
    if form.is_valid():
        try:
            with changes() as db:
                changed = _link(db, member)
                consent.agree(changed, **form.data)
                daily_digest.schedule(db, changed, now())
                _note(db, "agreed_hearing", member)
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("Noted."))
            return redirect(url_for("care_links.index", patient_id=patient_id))
    page = render_template(
        "hearing/agreed.html", form=form, patient=subject(), member=member, hears=HEARS.items(), misses=MISSES.items()
    )
    return page, form.status


@blueprint.route("/caregiver/people/<patient_id>/hearing", methods=["GET", "POST"])
@guarded(Action.SEE_ALERTS)
def own(patient_id: str) -> Answer:
    """What the caregiver chooses within that."""
    with look() as db:
        link = _link(db, actor())
    form = Form(OwnHearingSchema(), _chosen(link))
    if form.is_valid():
        try:
            with changes() as db:
                changed = _link(db, actor())
                consent.choose(changed, **form.data)
                daily_digest.schedule(db, changed, now())
                _note(db, "chose_hearing", actor())
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("Noted."))
            return redirect(url_for("caregiver.home"))
    return render_template("hearing/own.html", form=form, patient=subject(), link=link, hears=HEARS), form.status


def _member(db: Session, member_id: str) -> Person:
    return db.scalar(select(Person).where(Person.public_id == member_id, Person.left_at.is_(None))) or abort(404)


def _link(db: Session, member: Person) -> CareLink:
    """The running link about missed doses between them; without one there is nothing to choose."""
    return consent.find_link(db, subject().id, member.id, Scope.MISSED_DOSES, now()) or abort(404)


def _agreed(link: CareLink) -> dict[str, object]:
    return {
        "hears": link.hears,
        "hears_refills": "yes" if link.hears_refills else "",
        "misses": link.misses,
        "position": link.position,
        "wait_minutes": link.wait_minutes,
    }


def _chosen(link: CareLink) -> dict[str, object]:
    return {
        "delay_minutes": link.delay_minutes,
        "digest_hour": link.digest_hour,
        "quiet_override": "yes" if link.quiet_override else "",
    }


def _note(db: Session, action: str, member: Person) -> None:
    told = {"patient": subject().public_id, "member": member.public_id}
    audit.note(db, actor=actor().public_id, action=action, now=now(), **told)
