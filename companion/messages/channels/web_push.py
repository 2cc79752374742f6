"""Web Push: notifications in a browser, sealed for it alone, by whatever push service it chose.

Facts and sources: RFC 8030 (TTL, Urgency, Topic, answers), RFC 8291 (what is sealed is at most 4096 bytes; some
services take less, reference/reminders.md §4), RFC 8292 (VAPID). A push service tells nothing later: our own worker
in the browser reports that a message came (`web.push`), and that is the receipt.
"""

import json
from datetime import datetime
from typing import Any

import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02
from pywebpush import WebPushException, webpush
from requests import Response
from requests.exceptions import ConnectionError as ConnectionFailed
from requests.exceptions import ConnectTimeout, RequestException, TooManyRedirects
from urllib3.exceptions import NewConnectionError

from companion.errors import BadInput
from companion.i18n import translate
from companion.messages.channel import (
    Accepted,
    Ambiguous,
    Caps,
    LookupResult,
    Outgoing,
    Refusal,
    Rejected,
    RetryAfter,
    SendResult,
    Unsupported,
)
from companion.messages.channels.push_http import NotPublicError, push_session
from companion.messages.push_subscription import Subscription, read_address
from companion.messages.push_tokens import PushTokens
from companion.messages.vapid import public_key_of

log = structlog.get_logger()

TIMEOUT_S = 9.0
"""To connect, and again to answer."""
RETRY_S = 30
LONGEST_RETRY_S = 3600
"""However long a push service wants us to wait, an hour later is worth a try: messages are about hours."""
OUR_TROUBLE_S = 300
LONGEST_TEXT = 500
"""Characters: 1,500 bytes in Chinese, which with all the rest stay below what every push service takes."""
LONGEST_ID = 80
"""Of what is kept of a provider."""


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


ACTIONS = {"taken": _("I took it"), "later": _("Later")}
"""The buttons of a reminder, where a browser shows any."""
FAILED = _("Your answer did not get through. Tap here to answer on the page.")
OPENS = _("Tap to open.")


class WebPush:
    """Sends to browsers' subscriptions in the name of `key`. `contact` (mailto: or https:) tells a push service whom to
    write to. `may_be_private`: push services may stand in this house and speak http, as they do in tests."""

    name = "web_push"
    caps = Caps(receipts=True, replies=True, links=True, longest=LONGEST_TEXT, per_second=50.0, at_once=16)

    def __init__(
        self,
        key: ec.EllipticCurvePrivateKey,
        contact: str,
        tokens: PushTokens,
        *,
        may_be_private: bool = False,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.public_key = public_key_of(key)
        self._vapid, self._contact = Vapid02(key), contact
        self._tokens, self._may_be_private, self._timeout_s = tokens, may_be_private, timeout_s
        self._session = push_session(self.caps.at_once, may_be_private=may_be_private)

    def send(self, outgoing: Outgoing) -> SendResult:
        try:
            subscription = read_address(outgoing.to, may_be_private=self._may_be_private)
        except BadInput:
            return Rejected("no_subscription", Refusal.BAD_ADDRESS)
        try:
            response = self._push(subscription, outgoing)
        except WebPushException as error:
            return _refusal(error, subscription.host)
        except TooManyRedirects:
            return Rejected("redirected", Refusal.OTHER_WAY)
        except RequestException as error:
            return _broken_off(error)
        return Accepted(_provider_id(response, outgoing))

    def lookup(self, outgoing: Outgoing, since: datetime, known: frozenset[str]) -> LookupResult:
        return Unsupported()

    def _push(self, subscription: Subscription, outgoing: Outgoing) -> Response:
        # New each time: the client fills in the push service's name, and an end after 12 of the 24 hours allowed.
        claims: dict[str, str | int] = {"sub": self._contact}
        headers: dict[str, str | int | float] = {"Urgency": "high" if outgoing.is_urgent or outgoing.asks else "normal"}
        if outgoing.topic:
            headers["Topic"] = outgoing.topic
        sent = webpush(
            subscription.as_browsers_say(),
            json.dumps(self.payload(outgoing), ensure_ascii=False, separators=(",", ":")),
            vapid_private_key=self._vapid,
            vapid_claims=claims,
            content_encoding="aes128gcm",
            ttl=max(outgoing.valid_for_s, 1),
            headers=headers,
            timeout=self._timeout_s,
            requests_session=self._session,
        )
        assert isinstance(sent, Response), "only curl=True gives anything else"
        return sent

    def payload(self, outgoing: Outgoing) -> dict[str, Any]:
        """What our worker (web/static/sw.js) shows and reports. No key of it says anything about anybody."""
        language = outgoing.language
        actions = ACTIONS if outgoing.asks else {}
        return {
            "title": outgoing.title,
            "text": outgoing.text[:LONGEST_TEXT],
            "tag": outgoing.topic or outgoing.correlation_id,
            "lang": "zh-CN" if language == "zh" else language,
            "urgent": outgoing.is_urgent,
            "actions": [{"action": each, "title": translate(language, words)} for each, words in actions.items()],
            "url": outgoing.link,
            "failed": translate(language, FAILED if outgoing.link else OPENS),
            "id": outgoing.correlation_id,
            "token": self._tokens.of_delivery(outgoing.correlation_id),
        }


def _refusal(error: WebPushException, host: str) -> SendResult:
    """What a push service's refusal asks for (RFC 8030 §§5, 7.3, 8.4)."""
    response = error.response
    if response is None:
        return Rejected("not_sealed", Refusal.OTHER_WAY)  # our client could not make it; nothing left
    status = int(response.status_code)
    code = str(status)
    if status in (404, 410):
        return Rejected(code, Refusal.BAD_ADDRESS)
    if status in (401, 403):
        log.error("a push service does not know our key", host=host, code=code)
        return RetryAfter(OUR_TROUBLE_S, code)
    if status in (406, 429, 503):  # 406 is how WNS says it
        return RetryAfter(_seconds(str(response.headers.get("Retry-After", ""))), code)
    if status == 413:
        return Rejected(code, Refusal.NOT_THESE_WORDS)
    return Ambiguous(code) if status >= 500 else Rejected(code, Refusal.OTHER_WAY)


def _seconds(retry_after: str) -> int:
    """How long to wait; a date or nothing counts as the usual time."""
    return min(max(int(retry_after), 1), LONGEST_RETRY_S) if retry_after.isdecimal() else RETRY_S


def _broken_off(error: RequestException) -> SendResult:
    """Whether the request can have reached the push service before the connection failed."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, NotPublicError):
        return Rejected("not_public", Refusal.BAD_ADDRESS)
    never_connected = isinstance(error, ConnectionFailed) and isinstance(reason, NewConnectionError)
    if never_connected or isinstance(error, ConnectTimeout):
        return RetryAfter(RETRY_S, "no_connection")
    return Ambiguous(type(error).__name__)


def _provider_id(response: Response, outgoing: Outgoing) -> str:
    """The push service's own name for the message where there is room for it (RFC 8030 §5: its Location)."""
    location = str(response.headers.get("Location") or "")
    return location if 0 < len(location) <= LONGEST_ID else f"push-{outgoing.correlation_id}"
