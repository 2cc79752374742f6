"""What the SMS provider tells us: receipts and replies. Only requests that it signed are heard; no text is logged."""

from flask import Blueprint, Response, abort, request

from companion.messages.channel import Heard, Webhooks
from companion.messages.receipts import note_callback
from companion.replies import take_reply
from companion.web.access import public
from companion.web.context import changes, now, outside
from companion.web.security import csrf

blueprint = Blueprint("hooks", __name__)

CHANNEL = "twilio_sms"
NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@blueprint.post("/hooks/twilio/status/<correlation_id>")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def status(correlation_id: str) -> Response:
    """What became of a text. 404 for one that we did not send."""
    webhooks, heard = _genuine()
    (report,) = webhooks.parse_callback(heard)
    with changes() as db:
        is_ours = note_callback(
            db,
            correlation_id,
            report.provider_id,
            report.status,
            report.error_code,
            now(),
            means=report.means,
        )
    if not is_ours:
        abort(404)
    return _heard()


@blueprint.post("/hooks/twilio/sms")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def sms() -> Response:
    """A text somebody sent us; what is said back goes out like every other message."""
    webhooks, heard = _genuine()
    for text in webhooks.parse_inbound(heard):
        take_reply(outside().engine, text, CHANNEL, now())
    return _heard()


def _genuine() -> tuple[Webhooks, Heard]:
    """What reads the provider's requests, and this one, once it is known to be the provider's.

    404 where no provider is set up; 403 for a signature that does not fit the public address and the form.
    """
    webhooks = outside().webhooks
    if webhooks is None:
        abort(404)
    heard = Heard(
        url=outside().settings.public_url + request.full_path.rstrip("?"),
        headers={name.lower(): value for name, value in request.headers.items()},
        query=request.args,
        form=request.form,
        body=request.get_data(),
    )
    if not webhooks.verify(heard):
        abort(403)
    return webhooks, heard


def _heard() -> Response:
    return Response(NOTHING_TO_SAY, mimetype="text/xml")
