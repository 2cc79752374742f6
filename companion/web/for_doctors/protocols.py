"""The protocols: what each says and where its numbers come from, who signed it, and signing it."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from marshmallow import fields
from werkzeug.wrappers import Response

from companion.advice.grammar.cited_numbers import numbers_of, unverified
from companion.advice.grammar.protocol import Protocol, Registry
from companion.advice.signed import signing
from companion.advice.signed.signing_models import ProtocolSignature
from companion.errors import BadInput
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside
from companion.web.door.auth import Answer, needs_fresh_password
from companion.web.forms import Form
from companion.web.in_words import protocol_words
from companion.web.schemas import FormSchema

blueprint = Blueprint("protocols", __name__)


class SignatureSchema(FormSchema):
    """`text_hash` is the text that was shown; `accepted` the unverified numbers that were ticked."""

    MANY = ("accepted",)

    text_hash = fields.Str(required=True)
    accepted = fields.List(fields.Str(), load_default=list)
    signed = fields.Str(required=True)


class WithdrawalSchema(FormSchema):
    reason = fields.Str(required=True)


@dataclass(frozen=True)
class Shown:
    """A protocol with its signatures: those that stand for its present text, and the others."""

    protocol: Protocol
    text_hash: str
    standing: list[ProtocolSignature]
    former: list[ProtocolSignature]


@blueprint.get("/clinic/protocols")
@guarded(Action.SEE_PROTOCOLS)
def index() -> str:
    found = [_shown(protocol) for protocol in _registry().protocols.values()]
    return render_template("protocols/index.html", found=found, digest=_registry().digest)


@blueprint.get("/clinic/protocols/<protocol_id>")
@guarded(Action.SEE_PROTOCOLS)
def one(protocol_id: str) -> str:
    return _page("protocols/one.html", protocol_id, form=Form(WithdrawalSchema()))


@blueprint.route("/clinic/protocols/<protocol_id>/sign", methods=["GET", "POST"])
@guarded(Action.SIGN_PROTOCOL)
@needs_fresh_password
def sign(protocol_id: str) -> Answer:
    """Every number once more, those nobody verified to be ticked one by one, and the act."""
    protocol = _get(protocol_id)
    if not protocol.is_enabled:
        abort(404)
    form = Form(SignatureSchema(), {"accepted": []})
    if form.is_valid():
        try:
            _sign(protocol_id, form.data)
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("Signed. Plans may run by it now."))
            return redirect(url_for("protocols.one", protocol_id=protocol_id))
    doubtful = [(each.key, _to_verify(each.key, protocol)) for each in unverified(protocol)]
    return _page("protocols/sign.html", protocol_id, form=form, doubtful=doubtful), form.status


@blueprint.post("/clinic/protocols/<protocol_id>/signatures/<signature_id>/withdraw")
@guarded(Action.SIGN_PROTOCOL)
def withdraw(protocol_id: str, signature_id: str) -> Answer | Response:
    """Without a password: that nothing runs any more is never the dangerous direction."""
    form = Form(WithdrawalSchema())
    if form.is_valid():
        try:
            _withdraw(signature_id, form.data["reason"])
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("Taken back. Plans that ran by it propose nothing more."))
            return redirect(url_for("protocols.one", protocol_id=protocol_id))
    return _page("protocols/one.html", protocol_id, form=form), form.status


def _registry() -> Registry:
    return outside().stores.registry


def _get(protocol_id: str) -> Protocol:
    return _registry().protocols.get(protocol_id) or abort(404)


def _shown(protocol: Protocol) -> Shown:
    text = _registry().digests[protocol.id]
    with look() as db:
        signatures = signing.signatures_of(db, protocol.id)
    standing = [each for each in signatures if each.text_hash == text and each.withdrawal is None]
    return Shown(protocol, text, standing, [each for each in signatures if each not in standing])


def _page(template: str, protocol_id: str, **more: Any) -> str:
    protocol = _get(protocol_id)
    return render_template(
        template,
        shown=_shown(protocol),
        protocol=protocol,
        numbers=numbers_of(protocol),
        words=words,
        protocol_words=protocol_words,
        **more,
    )


def _to_verify(key: str, protocol: Protocol) -> str:
    number = next(each for each in unverified(protocol) if each.key == key)
    return f"{protocol_words.number_words(number, protocol)} — {number.value}"


def _sign(protocol_id: str, data: dict[str, Any]) -> None:
    """In the name of who is here. Raises BadInput; 412 if another text was read."""
    if data["text_hash"] != _registry().digests[protocol_id]:
        abort(412)
    with changes() as db:
        signing.sign(db, _registry(), protocol_id, by=actor(), accepted=data["accepted"], now=now())


def _withdraw(signature_id: str, reason: str) -> None:
    with changes() as db:
        signature = signing.get_signature(db, signature_id)
        signing.withdraw(db, signature, by=actor(), reason=reason, now=now())
