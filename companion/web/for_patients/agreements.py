"""What the patient agreed to: that health data is kept at all, and each one who gets any of it, one by one."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.consent import Scope, members
from companion.care.data_consent import last_said, say_data
from companion.care.data_consent_texts import VERSION, agreement
from companion.care.message_consent import consents_of
from companion.care.people import Person
from companion.care.record_clients import RecordClient
from companion.care.sharing import who_may_see
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, subject
from companion.web.in_words import message_words
from companion.web.language import language

blueprint = Blueprint("agreements", __name__, url_prefix="/my-data/agreements")


@blueprint.get("")
@guarded(Action.MANAGE_SHARING)
def index() -> str:
    with look() as db:
        said = last_said(db, subject().id)
        return render_template(
            "patient/agreements.html",
            said=said,
            text=agreement(language()),
            is_older=said is not None and said.text_version != VERSION,
            links=[(each.member, link) for each in who_may_see(db, subject().id, now()) for link in each.links],
            ways=sorted({kind for _person, kind, _topic in consents_of(db, [subject().id])}),
            kinds=message_words.KINDS,
            systems=_systems(db),
        )


@blueprint.post("")
@guarded(Action.MANAGE_SHARING)
def say() -> Response:
    agrees = request.form.get("agrees")
    if agrees not in ("yes", "no"):
        abort(400)
    with changes() as db:
        whose = db.get_one(Person, subject().id)
        say_data(db, whose, agrees=agrees == "yes", language=language(), now=now())
        told = {"patient": whose.public_id, "agrees": agrees}
        audit.note(db, actor=actor().public_id, action="answered_about_health_data", now=now(), **told)
    flash(_("Noted.") if agrees == "yes" else _("Noted. The clinic will call you. Until then everything goes on."))
    return redirect(url_for(".index"))


def _systems(db: Session) -> list[str]:
    """Record systems that act for one of the patient's doctors, and so are shown what that doctor is."""
    doctors = [doctor.id for doctor in members(db, subject().id, Scope.CARE, now())]
    running = RecordClient.revoked_at.is_(None), RecordClient.expires_at > now()
    query = select(RecordClient.name).where(RecordClient.clinician_id.in_(doctors), *running)
    return sorted(set(db.scalars(query)))
