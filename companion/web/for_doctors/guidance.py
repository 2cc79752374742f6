"""What patients read about a missed dose: clinicians draft it, one of them reviews it in their own name, and any of
them withdraws it."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.people import Person
from companion.errors import BadInput
from companion.reminders import guidance
from companion.reminders.guidance import CLASSES, LONGEST, MOST_A_DAY, is_shown
from companion.reminders.guidance_models import About, Guidance
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now
from companion.web.door.auth import Answer, needs_fresh_password
from companion.web.forms import Form
from companion.web.schemas import FormSchema

blueprint = Blueprint("guidance", __name__)

KINDS = {About.DRUG.value: _l("one medicine"), About.DRUG_CLASS.value: _l("a class of medicines")}


class DraftSchema(FormSchema):
    kind = fields.Str(required=True, validate=validate.OneOf([kind.value for kind in About]))
    drug = fields.Str(load_default="")
    drug_class = fields.Str(load_default="")
    doses_a_day = fields.Int(required=True)
    text_en = fields.Str(required=True)
    text_zh = fields.Str(required=True)
    source = fields.Str(required=True)


class ReviewSchema(FormSchema):
    review_by = fields.Date(required=True)
    compared = fields.Bool(required=True, validate=validate.Equal(True))


@blueprint.get("/clinic/guidance")
@guarded(Action.EDIT_GUIDANCE)
def index() -> str:
    """Every version, the newest of each first."""
    with look() as db:
        order = Guidance.kind, Guidance.name, Guidance.doses_a_day, Guidance.number.desc()
        every = db.scalars(select(Guidance).order_by(*order)).unique().all()
        return render_template("guidance/index.html", every=every, state_of=state_of, about=about)


@blueprint.route("/clinic/guidance/new", methods=["GET", "POST"])
@guarded(Action.EDIT_GUIDANCE)
def new() -> Answer:
    form = Form(DraftSchema(), {"kind": About.DRUG.value, "doses_a_day": 1})
    if form.is_valid():
        try:
            made = _draft(form.data)
        except BadInput as bad:
            form.refuse(bad)
        else:
            return redirect(url_for("guidance.one", guidance_id=made.public_id))
    classes = [("", ""), *((name, words.DRUG_CLASSES[name]) for name in CLASSES)]
    times = [(n, n) for n in range(1, MOST_A_DAY + 1)]
    shown = render_template("guidance/new.html", form=form, kinds=list(KINDS.items()), classes=classes, times=times)
    return shown, form.status


@blueprint.get("/clinic/guidance/<guidance_id>")
@guarded(Action.EDIT_GUIDANCE)
def one(guidance_id: str) -> str:
    with look() as db:
        found = _get(db, guidance_id)
        return render_template("guidance/one.html", **_told(db, found))


@blueprint.route("/clinic/guidance/<guidance_id>/review", methods=["GET", "POST"])
@guarded(Action.EDIT_GUIDANCE)
@needs_fresh_password
def review(guidance_id: str) -> Answer:
    """The texts once more, and the act: this clinician stands for them until a day."""
    form = Form(ReviewSchema(), {"review_by": _today() + LONGEST / 2})
    if form.is_valid():
        try:
            _review(guidance_id, form)
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("Patients may read it now."))
            return redirect(url_for("guidance.one", guidance_id=guidance_id))
    with look() as db:
        return render_template("guidance/review.html", form=form, **_told(db, _get(db, guidance_id))), form.status


@blueprint.post("/clinic/guidance/<guidance_id>/withdraw")
@guarded(Action.EDIT_GUIDANCE)
def withdraw(guidance_id: str) -> Response:
    """At once and without a password: taking a text away is never the dangerous direction."""
    with changes() as db:
        if guidance.withdraw(_get(db, guidance_id), by=actor(), now=now()):
            audit.note(db, actor=actor().public_id, action="withdrew_guidance", now=now(), guidance=guidance_id)
    flash(_("Patients are told to ask the clinic again."))
    return redirect(url_for("guidance.one", guidance_id=guidance_id))


def _draft(said: dict[str, Any]) -> Guidance:
    with changes() as db:
        made = guidance.draft(
            db,
            by=actor(),
            kind=said["kind"],
            name=said[said["kind"]],
            doses_a_day=said["doses_a_day"],
            text_en=said["text_en"],
            text_zh=said["text_zh"],
            source=said["source"],
            now=now(),
        )
        audit.note(db, actor=actor().public_id, action="drafted_guidance", now=now(), guidance=made.public_id)
        return made


def _review(guidance_id: str, form: Form) -> None:
    with changes() as db:
        found = _get(db, guidance_id)
        until = form.data["review_by"]
        guidance.review(db, found, by=actor(), review_by=until, today=_today(), now=now())
        audit.note(db, actor=actor().public_id, action="reviewed_guidance", now=now(), guidance=guidance_id)


def _told(db: Session, found: Guidance) -> dict[str, Any]:
    """What a page about one version shows."""
    reviewer = db.get_one(Person, found.review.clinician_id).name if found.review else ""
    drafter = db.get_one(Person, found.drafted_by).name
    return {"one": found, "about": about, "state": state_of(found), "reviewer": reviewer, "drafter": drafter}


def about(found: Guidance) -> str:
    """ "metformin, 2 times a day" """
    name = words.DRUG_CLASSES[found.name] if found.kind == About.DRUG_CLASS else found.name
    return _("%(name)s, %(times)s times a day", name=name, times=found.doses_a_day)


def state_of(found: Guidance) -> tuple[str, str]:
    """The kind of its tag, and the words in it."""
    if found.withdrawn_at is not None:
        return "plain", _("withdrawn")
    if found.review is None:
        return "warn", _("draft: no patient sees it")
    return (
        ("ok", _("patients see it")) if is_shown(found, _today()) else ("warn", _("past its day: no patient sees it"))
    )


def _today() -> date:
    return now().astimezone(ZoneInfo(actor().zone)).date()


def _get(db: Session, guidance_id: str) -> Guidance:
    return db.scalar(select(Guidance).where(Guidance.public_id == guidance_id)) or abort(404)
