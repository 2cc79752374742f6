"""Notifications on this device: the switch and its page, and what our worker in the browser reports.

The worker carries no cookie: the token of a notification, or of a device, is what opens its routes. Tokens come in
the body of a request and never in an address, so no log shows one.
"""

from typing import Any, NoReturn

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask_babel import get_locale
from marshmallow import ValidationError, fields, validate

from companion.care import audit
from companion.care.consent_texts import agreement
from companion.care.contact_models import TOPICS, Kind
from companion.care.people import Role
from companion.compose.batch import contacts_of
from companion.errors import BadInput
from companion.messages import push_devices
from companion.messages.channel import Subscribed
from companion.messages.push_subscription import read_subscription
from companion.messages.push_tokens import LONGEST, PushTokens
from companion.pushed_back import Button, answer_pushed, note_seen
from companion.web.access import Action, guarded, public
from companion.web.context import actor, changes, look, now, outside
from companion.web.door.browsers import in_short
from companion.web.door.limits import Door, count_here
from companion.web.schemas import FormSchema
from companion.web.security import csrf

blueprint = Blueprint("push", __name__)

MOST_BYTES = 4096
"""A subscription is a few hundred bytes, a token fewer."""
TOKEN = validate.Length(min=1, max=LONGEST)


class SubscriptionSchema(FormSchema):
    subscription = fields.Dict(keys=fields.Str(), required=True)


class SwitchOnSchema(SubscriptionSchema):
    replaces = fields.Str(load_default=None, allow_none=True, validate=TOKEN)


class RenewSchema(SubscriptionSchema):
    token = fields.Str(required=True, validate=TOKEN)


class SeenSchema(FormSchema):
    token = fields.Str(required=True, validate=TOKEN)


class AnswerSchema(SeenSchema):
    action = fields.Str(required=True, validate=validate.OneOf([button.value for button in Button]))


@blueprint.app_context_processor
def card() -> dict[str, Any]:
    """For push/_this_device.html, which any page of a person may hold."""
    return {"push_key": _push_key, "push_agreed": _agreed}


def _push_key() -> str | None:
    """What a browser subscribes to; None where this installation has no such channel."""
    channel: object = outside().ways.of(Kind.PUSH)
    return channel.public_key if isinstance(channel, Subscribed) else None


def _agreed() -> list[str]:
    """What whoever switches it on agrees to."""
    return [agreement(str(get_locale()), Kind.PUSH, topic) for topic in TOPICS[Role(actor().role)]]


@blueprint.get("/this-device")
@guarded(Action.SEE_OWN_SESSIONS)
def index() -> str:
    return render_template("push/index.html")


# The switch, for whoever is signed in


@blueprint.post("/push/state")
@guarded(Action.SEE_OWN_SESSIONS)
def state() -> Response:
    """`on`: this person's notifications come to that subscription. `over`: the push service ended it for everybody."""
    address = _address(_said(SubscriptionSchema()))
    with look() as db:
        return jsonify(on=push_devices.is_on(db, actor(), address), over=push_devices.is_over(db, address))


@blueprint.post("/push/on")
@guarded(Action.SEE_OWN_SESSIONS)
def switch_on() -> tuple[Response, int]:
    """201 with the token by which this browser says later that it subscribed anew."""
    said = _said(SwitchOnSchema())
    address = _address(said)
    label = in_short(request.headers.get("User-Agent", "")) or None
    before = _tokens().device(said["replaces"]) if said["replaces"] else None
    with changes() as db:
        point = push_devices.switch_on(db, actor(), address, now(), label=label, replaces=before)
        token = _tokens().of_device(point.public_id)
        audit.note(db, actor=actor().public_id, action="switched_notifications_on", now=now(), person=actor().public_id)
    return jsonify(token=token), 201


@blueprint.post("/push/off")
@guarded(Action.SEE_OWN_SESSIONS)
def switch_off() -> Response:
    """`others`: whether this browser still gets somebody else's, and must stay subscribed."""
    address = _address(_said(SubscriptionSchema()))
    with changes() as db:
        others = push_devices.switch_off(db, actor(), address, now())
        audit.note(
            db, actor=actor().public_id, action="switched_notifications_off", now=now(), person=actor().public_id
        )
    return jsonify(others=others)


# What the worker reports


@blueprint.post("/push/renew")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def renew() -> tuple[str, int]:
    """The browser changed its subscription by itself. 404 where nobody's notifications go to it any more."""
    said = _said(RenewSchema())
    address = _address(said)
    public_id = _tokens().device(said["token"]) or _refuse()
    with changes() as db:
        has_moved = push_devices.move(db, public_id, address, now())
    return ("", 204) if has_moved else abort(404)


@blueprint.post("/push/seen")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def seen() -> tuple[str, int]:
    """A notification was shown."""
    correlation_id = _tokens().delivery(_said(SeenSchema())["token"]) or _refuse()
    with changes() as db:
        is_ours = note_seen(db, correlation_id, now())
    return ("", 204) if is_ours else abort(404)


@blueprint.post("/push/answer")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def answer() -> Response:
    """A button was pressed: what to show next. 410 for what cannot be answered by it any more."""
    said = _said(AnswerSchema())
    correlation_id = _tokens().delivery(said["token"]) or _refuse()
    contacts = contacts_of(outside().settings)
    told = answer_pushed(outside().engine, correlation_id, Button(said["action"]), contacts, now())
    return jsonify(text=told.text, lang=told.language) if told else abort(410)


def _tokens() -> PushTokens:
    return PushTokens(outside().settings.secret_key)


def _said(schema: FormSchema) -> dict[str, Any]:
    """The request's JSON; 400 for anything that our own scripts do not send, 413 for more than they do."""
    request.max_content_length = MOST_BYTES
    try:
        found: dict[str, Any] = schema.load(request.get_json(silent=True) or {})
    except ValidationError:
        abort(400)
    return found


def _address(said: dict[str, Any]) -> str:
    try:
        may_be_private = outside().settings.push_private_hosts
        return read_subscription(said["subscription"], may_be_private=may_be_private).address()
    except BadInput:
        abort(400)


def _refuse() -> NoReturn:
    """403 for a token that is not ours, and 429 for who tries many of them."""
    count_here(Door.PUSH)
    abort(403)
