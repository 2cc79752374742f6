"""The door for providers: receipts and replies. Only requests that a provider itself made are heard, and no text or
number is logged.

Every channel has the same two addresses, and reads what comes there in its own way (`messages.channel.Webhooks`).
"""

from typing import Protocol, cast

from flask import Blueprint, Response, abort, request

from companion.answered_call import answer_aloud
from companion.messages.channel import Answering, Channel, Heard, InboundText, Said, Webhooks
from companion.messages.receipts import note_report
from companion.replies import take_reply
from companion.web.access import public
from companion.web.context import changes, now, outside
from companion.web.door.limits import Door, count_here
from companion.web.security import csrf

blueprint = Blueprint("hooks", __name__)

MOST_BYTES = 64 * 1024
"""A provider's request is a few fields."""


class Provided(Channel, Webhooks, Protocol):
    """A channel whose provider sends us requests."""


@blueprint.post("/hooks/<channel>/status/<correlation_id>")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def status(channel: str, correlation_id: str) -> Response:
    """What became of a message. 404 for one that we did not send."""
    way, heard = _genuine(channel, correlation_id)
    if not _note_reports(way, heard):
        abort(404)
    return _answer(way, heard, None)


@blueprint.post("/hooks/<channel>/inbound")
@blueprint.post("/hooks/<channel>/inbound/<correlation_id>")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def inbound(channel: str, correlation_id: str | None = None) -> Response:
    """What somebody wrote or pressed; or receipts, of a provider that knows one address for both."""
    way, heard = _genuine(channel, correlation_id)
    texts = way.parse_inbound(heard)
    if not texts and not _note_reports(way, heard):
        abort(404)  # perhaps it came before our own commit: the provider tells it again
    said = [_take(way, text) for text in texts]
    return _answer(way, heard, said[-1] if said else None)


@blueprint.post("/hooks/twilio/status/<correlation_id>")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def old_status(correlation_id: str) -> Response:
    """Where texts were reported before there were other channels; some are still on their way."""
    answer: Response = status("twilio_sms", correlation_id)
    return answer


@blueprint.post("/hooks/twilio/sms")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def old_inbound() -> Response:
    """The address that clinics have set at Twilio."""
    answer: Response = inbound("twilio_sms")
    return answer


@blueprint.get("/hooks/<channel>/inbound")
@public
def echo(channel: str) -> Response:
    """WeChat asks whether this address is ours by a word that has to come back."""
    _, heard = _genuine(channel, None)
    return Response(heard.query.get("echostr", ""), mimetype="text/plain")


def _genuine(channel: str, correlation_id: str | None) -> tuple[Provided, Heard]:
    """What reads the provider's requests, and this one, once it is known to be the provider's.

    404 where that channel is not set up or has no such requests; 403 for what the provider did not sign (429
    for many such from one address).
    """
    way = outside().ways.named(channel)
    if way is None or not isinstance(way, Webhooks):
        abort(404)
    request.max_content_length = MOST_BYTES
    body = request.get_data()  # before the form, which would leave nothing of it
    heard = Heard(
        url=outside().settings.public_url + request.full_path.rstrip("?"),
        headers={name.lower(): value for name, value in request.headers.items()},
        query=request.args,
        form=request.form,
        body=body,
        correlation_id=correlation_id,
    )
    if not way.verify(heard):
        count_here(Door.HOOK)
        abort(403)
    return cast(Provided, way), heard


def _note_reports(way: Provided, heard: Heard) -> bool:
    """Whether each report is of a message that we sent."""
    with changes() as db:
        noted = [note_report(db, way.name, report, now()) for report in way.parse_callback(heard)]
    return all(noted)


def _take(way: Provided, text: InboundText) -> Said | None:
    """Acts on it. Who is on the line hears what was noted; others get a message like every other."""
    if not way.caps.is_live:
        take_reply(outside().engine, text, way.name, now())
        return None
    return answer_aloud(outside().engine, way, outside().compose, text, now()) or abort(404)


def _answer(way: Provided, heard: Heard, said: Said | None) -> Response:
    if not isinstance(way, Answering):
        return Response("success", mimetype="text/plain")
    answer = way.answer(heard, said)
    return Response(answer.body, mimetype=answer.mimetype)
