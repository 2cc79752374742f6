"""SMS by Twilio: what is asked of its Messages API, and how its webhooks about texts are read."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from companion.errors import BadInput
from companion.messages.channel import (
    Caps,
    Found,
    Heard,
    HookAnswer,
    InboundText,
    LookupResult,
    NotFound,
    Outgoing,
    RetryAfter,
    Said,
    SendResult,
    StatusReport,
)
from companion.messages.channels import twilio_codes
from companion.messages.channels.twilio_client import (
    AT_ONCE,
    RECENT,
    SILENCE,
    TIMEOUT_S,
    TwilioAccount,
    field,
    hand_over,
    is_since,
    newest,
)
from companion.messages.models import DeliveryState

LONGEST_VALIDITY_S = 36_000
"""Twilio's ValidityPeriod: 1 to 36000 seconds."""

CLOCKS_DIFFER = timedelta(minutes=15)
"""How far our clock may be ahead of Twilio's. A look-up that missed the text for it would have it sent again; one that
goes so far back finds no other, because texts of other attempts are known by their sids."""

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
"""What Twilio did itself before it told us (Advanced Opt-Out knows the words of many languages)."""

CAPS = Caps(receipts=True, replies=True, looks_up=True, longest=1600, at_once=AT_ONCE)
"""A body holds 1600 characters. No links: carriers filter them, and China forbids them."""


class TwilioSms:
    """Sends from one number, or from a messaging service when `sender` begins with MG."""

    name = "twilio_sms"

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        sender: str,
        public_url: str,
        *,
        base_url: str = "",
        timeout_s: float = TIMEOUT_S,
        per_second: float = 10.0,
    ) -> None:
        self.caps = replace(CAPS, per_second=per_second)
        self._account = TwilioAccount(
            account_sid, auth_token, sender, public_url, base_url=base_url, timeout_s=timeout_s
        )
        self._from = {"messaging_service_sid" if sender.startswith("MG") else "from_": sender}

    def send(self, outgoing: Outgoing) -> SendResult:
        """Twilio gives up by itself when the window ends: a late text never arrives."""
        return hand_over(
            lambda: self._account.client.messages.create(
                to=outgoing.to,
                body=outgoing.text,
                status_callback=self._account.hook(self.name, "status", outgoing.correlation_id),
                validity_period=min(max(outgoing.valid_for_s, 1), LONGEST_VALIDITY_S),
                **self._from,
            )
        )

    def lookup(self, outgoing: Outgoing, since: datetime, known: frozenset[str]) -> LookupResult:
        """Compares number, body and time. Not `DateSent`: Twilio sets it only once the text has left."""
        recent = newest(lambda: self._account.client.messages.list(to=outgoing.to, limit=RECENT))
        if isinstance(recent, RetryAfter):
            return recent
        for text in recent:
            if text.body == outgoing.text and is_since(text, since, CLOCKS_DIFFER) and text.sid not in known:
                return Found(str(text.sid), STATUS.get(str(text.status), DeliveryState.ACCEPTED))
        return NotFound()

    def verify(self, heard: Heard) -> bool:
        return self._account.is_genuine(heard)

    def parse_callback(self, heard: Heard) -> Sequence[StatusReport]:
        status = STATUS.get(field(heard.form, "MessageStatus"))
        if status is None:
            raise BadInput("is not a status we know", where="MessageStatus", advice="see Twilio's documentation")
        code = heard.form.get("ErrorCode") or None
        sid = field(heard.form, "MessageSid")
        return [StatusReport(sid, status, code, twilio_codes.of_report(code), heard.correlation_id)]

    def parse_inbound(self, heard: Heard) -> Sequence[InboundText]:
        text = InboundText(
            provider_id=field(heard.form, "MessageSid"),
            from_address=field(heard.form, "From"),
            body=heard.form.get("Body", ""),
            opts_out=OPT_OUT.get(heard.form.get("OptOutType", "")),
        )
        return [text]

    def answer(self, heard: Heard, said: Said | None) -> HookAnswer:
        """Nothing, in TwiML: what is said back goes through the outbox, and plain text would be sent as a text."""
        return HookAnswer(SILENCE, "text/xml")
