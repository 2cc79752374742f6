"""Everything that Apprise speaks: WeCom, DingTalk, Feishu, ntfy, Telegram and many more. One URL is one address.

Facts and sources: Apprise returns no id of the provider's; its success means that the provider took the message, never
that anybody got it; and its failure may have been delivered all the same (caronc/apprise-api#231). So a failure counts
as a refusal only where Apprise's own words show that the provider was never reached, or refused it.
"""

import logging
import re
import socket
from collections.abc import Collection
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from apprise import Apprise, AppriseAsset, AppriseResultStatus, NotifyBase, NotifyFormat

from companion.errors import BadInput
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
from companion.messages.channels.public_only import only_public
from companion.messages.public_numbers import is_public

CONNECT_S, READ_S = 5.0, 8.0
"""Apprise's own defaults are 4 and 4, and 15 for mail."""
WHOLE_S = 18.0
"""A channel answers within 20 seconds, whatever the service does."""
RETRY_S = 60

NEVER_CONNECTED = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|Connection refused|Name or service not known"
    r"|Temporary failure in name resolution|No route to host|Network is unreachable"
)
"""What Apprise quotes when no byte of the message can have left."""
HTTP_ERROR = re.compile(r"\berror=(\d{3})\b")
"""How Apprise's services tell the status of a refusal."""
GONE = {"401", "404", "410"}
"""The token, the topic or the group that the URL names is not there any more."""

ASSET = AppriseAsset(
    app_id="companion",
    app_desc="companion",
    async_mode=False,
    image_url_mask="",
    image_url_logo="",
    allow_templates=False,
    default_service_retry=0,
    result_log_disk_size=0,
)

_silenced = logging.getLogger("apprise")
_silenced.propagate = False  # it writes addresses, texts and tokens; what we need of it is in its result
_silenced.setLevel(logging.DEBUG)  # the result holds what the logger lets through
_silenced.addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Told:
    """How Apprise's call ended, and everything that it wrote meanwhile. Holds addresses: never logged."""

    status: AppriseResultStatus
    said: str


class AppriseUrls:
    """Sends to one URL at a time, of the schemes that this installation allows."""

    name = "apprise"
    caps = Caps(links=True, at_once=4)

    def __init__(self, schemes: Collection[str], *, may_be_private: bool = False) -> None:
        """`may_be_private`: URLs may lead to hosts in our own network."""
        self._schemes = frozenset(schemes)
        self._may_be_private = may_be_private

    def check(self, url: str) -> None:
        """Raises BadInput for a URL that this installation would not send to."""
        if _scheme(url) not in self._schemes:
            allowed = ", ".join(sorted(self._schemes))
            raise BadInput("is of a service that is not allowed here", where="address", advice=f"allowed: {allowed}")
        plugin = opened(url)
        if plugin is None:
            raise BadInput("is not a URL that Apprise understands", where="address", advice="see Apprise's own pages")
        if not self._may_be_private and _leads_inside(plugin):
            raise BadInput("leads into a private network", where="address", advice="use a public address")

    def send(self, outgoing: Outgoing) -> SendResult:
        try:
            self.check(outgoing.to)
        except BadInput:
            return Rejected("bad_url", Refusal.BAD_ADDRESS)
        told = self._hand_over(outgoing)
        if told is None:
            return Rejected("bad_url", Refusal.BAD_ADDRESS)
        return accepted_or(told, outgoing, _refusal(told.said))

    def _hand_over(self, outgoing: Outgoing) -> Told | None:
        with nullcontext() if self._may_be_private else only_public():
            return hand_over(outgoing.to, outgoing)

    def lookup(self, outgoing: Outgoing, since: datetime, known: frozenset[str]) -> LookupResult:
        return Unsupported()


def opened(url: str) -> NotifyBase | None:
    """The service behind that URL, never trying twice by itself; None when there is none or nobody to send to."""
    plugin = Apprise.instantiate(url, asset=ASSET, suppress_exceptions=True)
    if plugin is None or not len(plugin):
        return None
    plugin.retry = 0
    plugin.redirects = False  # they could lead where the URL itself may not
    plugin.socket_connect_timeout, plugin.socket_read_timeout = CONNECT_S, READ_S
    return plugin


def hand_over(url: str, outgoing: Outgoing) -> Told | None:
    """One message to one URL, once. None: nothing to send to."""
    plugin = opened(url)
    if plugin is None:
        return None
    text = f"{outgoing.text}\n\n{outgoing.link}" if outgoing.link else outgoing.text
    result = Apprise([plugin], asset=ASSET).notify(
        body=text, title=outgoing.title, body_format=NotifyFormat.TEXT, timeout=WHOLE_S, log_level=logging.DEBUG
    )
    return Told(result.status, "\n".join(str(entry) for entry in result.logs()))


def accepted_or(told: Told, outgoing: Outgoing, refusal: SendResult | None) -> SendResult:
    """What a call means, once its words were read for a refusal. Anything unclear may have been delivered."""
    match told.status:
        case AppriseResultStatus.SUCCESS:
            return Accepted(f"apprise-{outgoing.correlation_id}")
        case AppriseResultStatus.NOMATCH:
            return Rejected("bad_url", Refusal.BAD_ADDRESS)
        case AppriseResultStatus.TIMEOUT:
            return Ambiguous("timeout")
    if NEVER_CONNECTED.search(told.said):
        return RetryAfter(RETRY_S, "no_connection")
    return refusal or Ambiguous("failure")


def _refusal(said: str) -> SendResult | None:
    """A refusal by HTTP status; None when it tells nothing. A 5xx may have been carried out."""
    statuses = HTTP_ERROR.findall(said)
    code = statuses[-1] if statuses else ""
    if code == "429":
        return RetryAfter(RETRY_S, code)
    if code in GONE:
        return Rejected(code, Refusal.BAD_ADDRESS)
    return Rejected(code, Refusal.OTHER_WAY) if code.startswith("4") else None


def _scheme(url: str) -> str:
    return url.partition("://")[0].strip().lower()


def _leads_inside(plugin: NotifyBase) -> bool:
    """Whether the URL names a host of which any address is not on the public internet.

    Most services keep a token where others have a host; a token is nothing to ask a name server about.
    """
    templates: tuple[str, ...] = plugin.templates
    names_a_host = any("{host}" in template for template in templates)
    if not names_a_host or getattr(plugin, "mode", None) == "cloud":
        return False
    try:
        found = socket.getaddrinfo(str(plugin.host).strip("[]"), None)
    except OSError:
        return False  # nobody knows the name: nothing will get there either
    return any(not is_public(str(entry[4][0])) for entry in found)
