"""What people are told about urgent events: clinicians read and edit the texts, one of them signs in their own name,
any of them withdraws. Without a signature people are only told whom to call."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from marshmallow import fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.advice.alarms import instructions
from companion.advice.alarms.instructions import ABOUT, signed
from companion.advice.alarms.urgent_models import Instruction
from companion.care import audit
from companion.care.people import Person
from companion.compose.batch import contacts_of
from companion.errors import BadInput
from companion.messages.wording import KIND_OF
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside
from companion.web.door.auth import Answer, needs_fresh_password
from companion.web.forms import Form
from companion.web.in_words import advice_words
from companion.web.in_words.instruction_words import text_shown
from companion.web.schemas import FormSchema

blueprint = Blueprint("instructions", __name__)


class TextsSchema(FormSchema):
    patient_en = fields.Str(required=True)
    patient_zh = fields.Str(required=True)
    caregiver_en = fields.Str(required=True)
    caregiver_zh = fields.Str(required=True)


class SignSchema(FormSchema):
    compared = fields.Bool(required=True, validate=validate.Equal(True))


@blueprint.get("/clinic/instructions")
@guarded(Action.EDIT_INSTRUCTIONS)
def index() -> str:
    """Every event, and what is sent about it."""
    with look() as db:
        in_force = signed(db).by_about
        signers = {about: _signer(db, found) for about, found in in_force.items()}
        drafts = [found for found in _newest(db).values() if found.signature is None and found.withdrawn_at is None]
        return render_template(
            "instructions/index.html",
            every=ABOUT,
            in_force=in_force,
            signers=signers,
            drafts=drafts,
            about=about_words,
            text_shown=text_shown,
        )


@blueprint.route("/clinic/instructions/<about>/new", methods=["GET", "POST"])
@guarded(Action.EDIT_INSTRUCTIONS)
def new(about: str) -> Answer:
    """The newest version, or the draft that comes with the product, to be edited."""
    if about not in ABOUT:
        abort(404)
    with look() as db:
        form = Form(TextsSchema(), dict(_last_texts(db, about)))
    if form.is_valid():
        try:
            made = _draft(about, form.data)
        except BadInput as bad:
            form.refuse(bad)
        else:
            return redirect(url_for(".one", instruction_id=made.public_id))
    return render_template("instructions/new.html", form=form, about=about_words(about)), form.status


@blueprint.get("/clinic/instructions/<instruction_id>")
@guarded(Action.EDIT_INSTRUCTIONS)
def one(instruction_id: str) -> str:
    with look() as db:
        return render_template("instructions/one.html", **_told(db, _get(db, instruction_id)))


@blueprint.route("/clinic/instructions/<instruction_id>/sign", methods=["GET", "POST"])
@guarded(Action.EDIT_INSTRUCTIONS)
@needs_fresh_password
def sign(instruction_id: str) -> Answer:
    """The texts once more, and the act: this clinician stands for them."""
    form = Form(SignSchema())
    if form.is_valid():
        try:
            _sign(instruction_id)
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("Signed. It is sent from now on."))
            return redirect(url_for(".index"))
    with look() as db:
        return render_template("instructions/sign.html", form=form, **_told(db, _get(db, instruction_id))), form.status


@blueprint.post("/clinic/instructions/<instruction_id>/withdraw")
@guarded(Action.EDIT_INSTRUCTIONS)
def withdraw(instruction_id: str) -> Response:
    """At once and without a password: who is told whom to call is never worse off."""
    with changes() as db:
        if instructions.withdraw(_get(db, instruction_id), by=actor(), now=now()):
            _note(db, "withdrew_instruction", instruction_id)
    flash(_("Withdrawn. People are only told whom to call."))
    return redirect(url_for(".index"))


def _draft(about: str, texts: Mapping[str, str]) -> Instruction:
    contacts = contacts_of(outside().settings)
    with changes() as db:
        made = instructions.draft(db, about, texts, contacts, by=actor(), now=now())
        _note(db, "drafted_instruction", made.public_id)
        return made


def _sign(instruction_id: str) -> None:
    with changes() as db:
        instructions.sign(db, _get(db, instruction_id), by=actor(), now=now())
        _note(db, "signed_instruction", instruction_id)


def _note(db: Session, action: str, instruction_id: str) -> None:
    audit.note(db, actor=actor().public_id, action=action, now=now(), instruction=instruction_id)


def _newest(db: Session) -> dict[str, Instruction]:
    rows = db.scalars(select(Instruction).order_by(Instruction.number)).unique()
    return {row.about: row for row in rows}


def _last_texts(db: Session, about: str) -> Mapping[str, str]:
    last = _newest(db).get(about)
    shipped = instructions.shipped_texts(about)
    return {field: getattr(last, field) for field in shipped} if last else shipped


def _told(db: Session, found: Instruction) -> dict[str, Any]:
    """What a page about one version shows."""
    drafter = db.get_one(Person, found.drafted_by).name
    told = {"about": about_words(found.about), "signer": _signer(db, found), "drafter": drafter}
    return told | {"one": found, "text_shown": text_shown}


def _signer(db: Session, found: Instruction) -> str:
    return db.get_one(Person, found.signature.clinician_id).name if found.signature else ""


def about_words(about: str) -> str:
    """The events a text is about: "glucose below 70 mg/dL; glucose below 54 mg/dL"."""
    return "; ".join(str(advice_words.EVENTS[event]) for event, kind in KIND_OF.items() if kind == about)


def _get(db: Session, instruction_id: str) -> Instruction:
    return db.scalar(select(Instruction).where(Instruction.public_id == instruction_id)) or abort(404)
