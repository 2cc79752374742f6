"""SMS by Twilio: the only module that knows its client, its codes and its webhooks.

Facts and sources: Twilio's Messages API has no idempotency key, and its documentation says that a POST answered
500 may have been carried out (error 20500), while one answered 429 never was (error 20429).
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from requests.exceptions import ConnectionError as ConnectionFailed
from requests.exceptions import ConnectTimeout, RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance
from urllib3.exceptions import NewConnectionError

from companion.errors import BadInput
from companion.messages.channel import (
    Accepted,
    Ambiguous,
    Caps,
    Found,
    Heard,
    InboundText,
    LookupResult,
    NotFound,
    Outgoing,
    Refusal,
    Rejected,
    RetryAfter,
    SendResult,
    StatusReport,
)
from companion.messages.models import DeliveryState

TIMEOUT_S = 10.0
"""The client's own default is to wait for ever."""

LONGEST_VALIDITY_S = 36_000
"""Twilio's ValidityPeriod: 1 to 36000 seconds."""

RETRY_S = 30
CLOCKS_DIFFER = timedelta(seconds=60)
"""How far Twilio's clock may be from ours when a look-up compares times."""

RECENT = 50
"""How many of a number's newest texts a look-up reads; one page."""

MEANINGS = {
    "21211": Refusal.BAD_ADDRESS,  # not a valid number
    "21214": Refusal.BAD_ADDRESS,  # cannot be reached
    "21217": Refusal.BAD_ADDRESS,  # not a valid number
    "21604": Refusal.BAD_ADDRESS,  # no number given
    "21612": Refusal.OTHER_WAY,  # no route from our number to this one
    "21614": Refusal.BAD_ADDRESS,  # not a mobile number
    "21617": Refusal.NOT_THESE_WORDS,  # too long
    "21610": Refusal.OPTED_OUT,
    "30001": Refusal.TRY_AGAIN,  # queue overflow
    "30003": Refusal.TRY_AGAIN,  # handset switched off or out of reach
    "30005": Refusal.BAD_ADDRESS,  # unknown or no longer in use
    "30006": Refusal.OTHER_WAY,  # a landline
    "30007": Refusal.NOT_THESE_WORDS,  # filtered
}
"""What Twilio's error codes ask for (reference: Twilio's list of error codes)."""

STATUS = {
    "queued": DeliveryState.ACCEPTED,
    "accepted": DeliveryState.ACCEPTED,
    "scheduled": DeliveryState.ACCEPTED,
    "sending": DeliveryState.ACCEPTED,
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.DELIVERED,
    "partially_delivered": DeliveryState.DELIVERED,
    "undelivered": DeliveryState.UNDELIVERED,
    "failed": DeliveryState.UNDELIVERED,
    "canceled": DeliveryState.UNDELIVERED,
}

OPT_OUT = {"STOP": True, "START": False}

_quiet = logging.getLogger("companion.twilio")
_quiet.setLevel(logging.WARNING)  # the client logs whole URLs, and a look-up's URL holds a phone number


class TwilioSms:
    """Sends from one number, or from a messaging service when `sender` begins with MG."""

    name = "twilio_sms"
    caps = Caps(receipts=True, replies=True, looks_up=True, longest=1600)

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        sender: str,
        public_url: str,
        *,
        base_url: str = "",
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        http = TwilioHttpClient(timeout=timeout_s, logger=_quiet)
        self._client = Client(account_sid, auth_token, http_client=http)  # type: ignore[no-untyped-call]
        if base_url:
            self._client.api.base_url = base_url
        self._validator = RequestValidator(auth_token)  # type: ignore[no-untyped-call]
        self._sender = {"messaging_service_sid" if sender.startswith("MG") else "from_": sender}
        self._public_url = public_url

    def send(self, outgoing: Outgoing) -> SendResult:
        try:
            message = self._client.messages.create(
                to=outgoing.to,
                body=outgoing.text,
                status_callback=f"{self._public_url}/hooks/twilio/status/{outgoing.correlation_id}",
                validity_period=min(max(outgoing.valid_for_s, 1), LONGEST_VALIDITY_S),
                **self._sender,
            )
        except TwilioRestException as error:
            return _refusal(error)
        except RequestException as error:
            return _broken_off(error)
        except (TwilioException, ValueError) as error:  # an answer that is not Twilio's
            return Ambiguous(type(error).__name__)
        return Accepted(message.sid) if message.sid else Ambiguous("no_sid")

    def lookup(self, outgoing: Outgoing, since: datetime, known: frozenset[str]) -> LookupResult:
        """Compares number, body and time. Not `DateSent`: Twilio sets it only once the text has left."""
        try:
            recent = self._client.messages.list(to=outgoing.to, limit=RECENT)
        except (TwilioException, RequestException, ValueError) as error:
            return RetryAfter(RETRY_S, type(error).__name__)
        for message in recent:
            if _is_it(message, outgoing, since) and message.sid not in known:
                return Found(str(message.sid), STATUS.get(str(message.status), DeliveryState.ACCEPTED))
        return NotFound()

    def verify(self, heard: Heard) -> bool:
        """The signature covers the public address, as Twilio called it, whatever a proxy made of it."""
        signature = heard.headers.get("x-twilio-signature", "")
        return bool(self._validator.validate(heard.url, dict(heard.form), signature))  # type: ignore[no-untyped-call]

    def parse_callback(self, heard: Heard) -> Sequence[StatusReport]:
        form = heard.form
        status = STATUS.get(_field(form, "MessageStatus"))
        if status is None:
            raise BadInput("is not a status we know", where="MessageStatus", advice="see Twilio's documentation")
        code = form.get("ErrorCode") or None
        means = MEANINGS.get(code, Refusal.OTHER_WAY) if code else None
        return [StatusReport(_field(form, "MessageSid"), status, code, means)]

    def parse_inbound(self, heard: Heard) -> Sequence[InboundText]:
        form = heard.form
        text = InboundText(
            provider_id=_field(form, "MessageSid"),
            from_address=_field(form, "From"),
            body=form.get("Body", ""),
            opts_out=OPT_OUT.get(form.get("OptOutType", "")),
        )
        return [text]


def _refusal(error: TwilioRestException) -> SendResult:
    code = str(error.code or error.status)
    if error.status >= 500:
        return Ambiguous(code)
    if error.status in (401, 403, 429):  # our account's trouble: the text was not taken, and may be later
        return RetryAfter(RETRY_S, code)
    return Rejected(code, MEANINGS.get(code, Refusal.TRY_AGAIN))


def _broken_off(error: RequestException) -> SendResult:
    """Whether the request can have reached Twilio before the connection failed."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    never_connected = isinstance(error, ConnectionFailed) and isinstance(reason, NewConnectionError)
    if never_connected or isinstance(error, ConnectTimeout):
        return RetryAfter(RETRY_S, "no_connection")
    return Ambiguous(type(error).__name__)


def _is_it(message: MessageInstance, outgoing: Outgoing, since: datetime) -> bool:
    created = message.date_created
    return message.body == outgoing.text and created is not None and created >= since - CLOCKS_DIFFER


def _field(form: Mapping[str, str], name: str) -> str:
    value = form.get(name)
    if not value:
        raise BadInput("is missing", where=name, advice="see Twilio's documentation of webhooks")
    return value
