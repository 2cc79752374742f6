"""Calls by Twilio that read a message aloud and take a key, for people without a smartphone.

The words go with the request to call (inline TwiML): nobody who finds an address can hear them. A call counts as
delivered once it was answered; that a machine answered it, nobody tells.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

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
    Refusal,
    Rejected,
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
    spoken,
)
from companion.messages.models import DeliveryState

SPEECH = {"en": "en-US", "zh": "zh-CN"}
"""Twilio's names of the languages we speak."""

RINGS_S = 40
"""A person of eighty needs time to reach the telephone; most answering machines begin after less."""

GRACE_S = 5
"""So much longer than asked Twilio may let it ring (its description of Timeout)."""

SHORTEST_RING_S = 10
LONGEST_CALL_S = 300
TIMES_SAID = 2
MOST_TURNS = 9
"""How often a key may be pressed in one call: a stuck key ends it."""

REPEAT = "9"

STATUS = {
    "queued": DeliveryState.ACCEPTED,
    "initiated": DeliveryState.ACCEPTED,
    "ringing": DeliveryState.SENT,
    "in-progress": DeliveryState.DELIVERED,
    "completed": DeliveryState.DELIVERED,
    "busy": DeliveryState.UNDELIVERED,
    "no-answer": DeliveryState.UNDELIVERED,
    "failed": DeliveryState.UNDELIVERED,
    "canceled": DeliveryState.UNDELIVERED,
}

FAILURES = {
    "busy": Refusal.TRY_AGAIN,
    "no-answer": Refusal.OTHER_WAY,  # not at once again: the reminder's own repeats call later
    "failed": Refusal.OTHER_WAY,
    "canceled": Refusal.OTHER_WAY,
}

CAPS = Caps(receipts=True, replies=True, looks_up=True, is_live=True, longest=1500, per_second=1.0, at_once=AT_ONCE)
"""One call a second is what Twilio places for an account that asked for no more; others would wait in its queue, and
ring later than they may. Inline TwiML holds 4000 characters, and the words are in it once."""


class TwilioVoice:
    """Calls from one number."""

    name = "twilio_voice"

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        caller: str,
        public_url: str,
        *,
        base_url: str = "",
        timeout_s: float = TIMEOUT_S,
        per_second: float = 1.0,
    ) -> None:
        self.caps = replace(CAPS, per_second=per_second)
        self._account = TwilioAccount(
            account_sid, auth_token, caller, public_url, base_url=base_url, timeout_s=timeout_s
        )

    def send(self, outgoing: Outgoing) -> SendResult:
        """It never rings after the window: Twilio calls at once, and rings no longer than there is time."""
        rings_s = min(RINGS_S, outgoing.valid_for_s - GRACE_S)
        if rings_s < SHORTEST_RING_S:
            return Rejected("no_time_to_ring", Refusal.OTHER_WAY)
        return hand_over(
            lambda: self._account.client.calls.create(
                to=outgoing.to,
                from_=self._account.sender,
                twiml=self._first_words(outgoing),
                status_callback=self._account.hook(self.name, "status", outgoing.correlation_id),
                status_callback_event=["initiated", "ringing", "answered", "completed"],
                timeout=rings_s,
                time_limit=LONGEST_CALL_S,
            )
        )

    def _first_words(self, outgoing: Outgoing) -> str:
        keys_go_to = self._keys_go_to(outgoing.correlation_id, turn=1)
        words = outgoing.spoken or outgoing.text
        return spoken(words, _speech(outgoing.language), times=TIMES_SAID, keys_go_to=keys_go_to)

    def _keys_go_to(self, correlation_id: str, turn: int) -> str:
        return f"{self._account.hook(self.name, 'inbound', correlation_id)}?turn={turn}"

    def lookup(self, outgoing: Outgoing, since: datetime, known: frozenset[str]) -> LookupResult:
        """Compares number and time; Twilio keeps no words of a call."""
        recent = newest(lambda: self._account.client.calls.list(to=outgoing.to, limit=RECENT))
        if isinstance(recent, RetryAfter):
            return recent
        for call in recent:
            if is_since(call, since) and call.sid not in known:
                return Found(str(call.sid), STATUS.get(str(call.status), DeliveryState.ACCEPTED))
        return NotFound()

    def verify(self, heard: Heard) -> bool:
        return self._account.is_genuine(heard)

    def parse_callback(self, heard: Heard) -> Sequence[StatusReport]:
        said = field(heard.form, "CallStatus")
        status = STATUS.get(said)
        if status is None:
            raise BadInput("is not a status we know", where="CallStatus", advice="see Twilio's documentation")
        if status is not DeliveryState.UNDELIVERED:
            return [StatusReport(field(heard.form, "CallSid"), status, correlation_id=heard.correlation_id)]
        code = heard.form.get("ErrorCode") or None
        means = twilio_codes.of_report(code) or FAILURES[said]
        return [StatusReport(field(heard.form, "CallSid"), status, code or said, means, heard.correlation_id)]

    def parse_inbound(self, heard: Heard) -> Sequence[InboundText]:
        """One key. The turn makes it one of its own: the same key may be pressed again later in the call."""
        key = heard.form.get("Digits", "")
        if not key:
            return []
        pressed = InboundText(
            provider_id=f"{field(heard.form, 'CallSid')}:{_turn(heard)}",
            from_address=field(heard.form, "To"),  # we called them
            body=key,
            correlation_id=heard.correlation_id,
        )
        return [pressed]

    def answer(self, heard: Heard, said: Said | None) -> HookAnswer:
        if said is None:
            return HookAnswer(SILENCE, "text/xml")
        turn = _turn(heard) + 1
        goes_on = said.asks and heard.correlation_id is not None and turn <= MOST_TURNS
        keys_go_to = self._keys_go_to(heard.correlation_id or "", turn) if goes_on else None
        return HookAnswer(spoken(said.text, _speech(said.language), keys_go_to=keys_go_to), "text/xml")


def _speech(language: str) -> str:
    return SPEECH.get(language[:2], SPEECH["en"])


def _turn(heard: Heard) -> int:
    """Which key of the call it is, from the address we gave Twilio. Raises BadInput when it is no number."""
    turn = heard.query.get("turn", "1")
    if not (turn.isascii() and turn.isdigit() and len(turn) <= 2):
        raise BadInput("is not a number", where="turn", advice="the address is made by this service")
    return int(turn)
