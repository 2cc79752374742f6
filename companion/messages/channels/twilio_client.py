"""The only door to Twilio's client: one account, its pooled connections, its signatures, its TwiML.

Facts and sources: neither Messages nor Calls has an idempotency key, and Twilio's documentation says that a POST
answered 500 may have been carried out (error 20500), while one answered 429 never was (error 20429).
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as ConnectionFailed
from requests.exceptions import ConnectTimeout, RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.twiml.voice_response import Gather, VoiceResponse
from urllib3.exceptions import NewConnectionError

from companion.errors import BadInput
from companion.messages.channel import Accepted, Ambiguous, Heard, Rejected, RetryAfter, SendResult
from companion.messages.channels import twilio_codes

API = "https://api.twilio.com"

TIMEOUT_S = 10.0
"""The client's own default is to wait for ever."""

RETRY_S = 30
AT_ONCE = 8
"""Requests of one process that run beside each other; so many connections are kept."""

RECENT = 50
"""How many of a number's newest messages a look-up reads; one page."""

CLOCKS_DIFFER = timedelta(seconds=60)
"""How far Twilio's clock may be from ours when a look-up compares times and little else."""

SILENCE = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""TwiML that says nothing."""

_quiet = logging.getLogger("companion.twilio")
_quiet.setLevel(logging.WARNING)  # the client logs whole URLs, and a look-up's URL holds a phone number


class Resource(Protocol):
    """What Twilio answers about a message or a call."""

    @property
    def sid(self) -> str | None: ...
    @property
    def date_created(self) -> datetime | None: ...


R = TypeVar("R", bound=Resource)


class TwilioAccount:
    """Used by many threads at once. `sender`: one of our numbers, or a messaging service (MG…)."""

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
        self.client = Client(account_sid, auth_token, http_client=_pooled(timeout_s, base_url or API))
        if base_url:
            self.client.api.base_url = base_url
        self.sender = sender
        self._public_url = public_url
        self._validator = RequestValidator(auth_token)

    def hook(self, channel: str, what: str, correlation_id: str) -> str:
        """The public address where Twilio tells that channel about this attempt."""
        return f"{self._public_url}/hooks/{channel}/{what}/{correlation_id}"

    def is_genuine(self, heard: Heard) -> bool:
        """The signature covers the public address, as Twilio called it, whatever a proxy made of it; and every field,
        or the digest of a body that is no form."""
        signature = heard.headers.get("x-twilio-signature", "")
        signed = heard.body.decode("utf-8", "replace") if "bodySHA256" in heard.query else heard.form
        return bool(self._validator.validate(heard.url, signed, signature))


def _pooled(timeout_s: float, url: str) -> TwilioHttpClient:
    """One connection for each of our threads; the client's own pool is smaller on small machines. What the environment
    says of proxies and certificates is read once, not before every request."""
    http = TwilioHttpClient(timeout=timeout_s, logger=_quiet)
    session = http.session
    assert session is not None
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=AT_ONCE))
    said = session.merge_environment_settings(url, {}, None, None, None)
    session.proxies, session.verify, session.trust_env = said["proxies"], said["verify"], False
    return http


def hand_over(create: Callable[[], Resource]) -> SendResult:
    """What Twilio's answer to a creation means; a broken connection is an answer, too."""
    try:
        created = create()
    except TwilioRestException as error:
        return _refusal(error)
    except RequestException as error:
        return _broken_off(error)
    except (TwilioException, ValueError) as error:  # an answer that is not Twilio's
        return Ambiguous(type(error).__name__)
    return Accepted(created.sid) if created.sid else Ambiguous("no_sid")


def newest(ask: Callable[[], Sequence[R]]) -> Sequence[R] | RetryAfter:
    """A number's newest messages or calls, or when to ask again."""
    try:
        return ask()
    except (TwilioException, RequestException, ValueError) as error:
        return RetryAfter(RETRY_S, type(error).__name__)


def is_since(resource: Resource, since: datetime, differ: timedelta = CLOCKS_DIFFER) -> bool:
    """Whether Twilio made it at or after that instant, as far as two clocks can tell that may so differ."""
    return resource.date_created is not None and resource.date_created >= since - differ


def field(form: Mapping[str, str], name: str) -> str:
    """Raises BadInput where a webhook lacks it."""
    value = form.get(name)
    if not value:
        raise BadInput("is missing", where=name, advice="see Twilio's documentation of webhooks")
    return value


def spoken(text: str, language: str, *, times: int = 1, keys_go_to: str | None = None, wait_s: int = 8) -> str:
    """TwiML that says the text so many times. `keys_go_to`: where one pressed key is posted, also while it is still
    said; without one the line is closed."""
    response = VoiceResponse()
    if keys_go_to:
        gather = Gather(num_digits=1, action=keys_go_to, method="POST", timeout=wait_s)
        gather.say(_sayable(text), language=language, loop=times)
        response.append(gather)
    else:
        response.say(_sayable(text), language=language, loop=times)
    response.hangup()
    return str(response)


def _sayable(text: str) -> str:
    """Spaces in place of signs that XML cannot hold: with one of them in a name, Twilio would say nothing at all."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _refusal(error: TwilioRestException) -> SendResult:
    code = str(error.code or error.status)
    if error.status >= 500:
        return Ambiguous(code)
    if error.status in (401, 403, 429):  # our account's trouble: it was not taken, and may be later
        return RetryAfter(RETRY_S, code)
    return Rejected(code, twilio_codes.of_answer(code))


def _broken_off(error: RequestException) -> SendResult:
    """Whether the request can have reached Twilio before the connection failed."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    never_connected = isinstance(error, ConnectionFailed) and isinstance(reason, NewConnectionError)
    if never_connected or isinstance(error, ConnectTimeout):
        return RetryAfter(RETRY_S, "no_connection")
    return Ambiguous(type(error).__name__)
