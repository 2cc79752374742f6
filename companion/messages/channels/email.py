"""E-mail, by the clinic's own mail server: Apprise speaks SMTP, this module knows the server and what its answers mean.

A receipt of reading is not asked for: that the server took a mail is all we ever learn, unless it refuses the address.
"""

import re
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import structlog

from companion.errors import BadInput
from companion.messages.channel import (
    Caps,
    LookupResult,
    Outgoing,
    Refusal,
    Rejected,
    RetryAfter,
    SendResult,
    Unsupported,
)
from companion.messages.channels.apprise import accepted_or, hand_over, opened

log = structlog.get_logger()

ONE_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+")
"""Apprise would take a list; a contact point is one address."""

BUSY_S = 60
OUR_TROUBLE_S = 300
"""How long to wait when the server does not let us in: somebody has to mend the settings."""

RECIPIENT_REFUSED = re.compile(r"\{'[^']*': \((\d{3}), b['\"](.*)")
REFUSED = re.compile(r"Socket Exception: \((\d{3}), b(['\"]).*?\2(, '.*')?\)")
NOT_LET_IN = "Connection error while submitting email"
"""How Apprise quotes smtplib: a refused recipient; a refused text, login or (with an address) sender; a login."""

NOBODY_THERE = {"550", "551", "553"}
"""RFC 5321 §4.2.3: mailbox unavailable, user not local, name not allowed. 552 is a full mailbox, 554 a policy."""
POLICY = re.compile(r"\b5\.7\.\d")
"""RFC 3463: 5.7.x is about security or policy, not about whether somebody is there."""


class Email:
    """Sends from one address by one server."""

    name = "email"
    caps = Caps(links=True, per_second=5.0, at_once=4)

    def __init__(self, server_url: str) -> None:
        """`server_url` as Apprise writes it, without a recipient: mailtos://USER:PASSWORD@HOST?from=ADDRESS.

        Raises BadInput when Apprise cannot read it.
        """
        self._server_url = server_url
        if not server_url.startswith(("mailto://", "mailtos://")) or opened(self._url_to("a@example.org")) is None:
            raise BadInput("is no mail server", where="COMPANION_MAIL_URL", advice="see docs/channels.md")

    def send(self, outgoing: Outgoing) -> SendResult:
        told = hand_over(self._url_to(outgoing.to), outgoing) if ONE_ADDRESS.fullmatch(outgoing.to) else None
        if told is None:
            return Rejected("bad_address", Refusal.BAD_ADDRESS)
        return accepted_or(told, outgoing, _refusal(told.said))

    def lookup(self, outgoing: Outgoing, since: datetime, known: frozenset[str]) -> LookupResult:
        return Unsupported()

    def _url_to(self, address: str) -> str:
        """The server's URL with the recipient, and a header that keeps automatic answers away (RFC 3834)."""
        parts = urlsplit(self._server_url)
        query = [pair for pair in parse_qsl(parts.query) if pair[0] != "to"]
        query += [("to", address), ("+Auto-Submitted", "auto-generated")]
        return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))


def _refusal(said: str) -> SendResult | None:
    """What the server refused, and so surely did not take; None when nothing shows that."""
    if recipient := RECIPIENT_REFUSED.search(said):
        return _recipient_refused(recipient[1], recipient[2])
    refused = REFUSED.search(said)
    if refused is None:
        return None
    code, is_sender = refused[1], refused[3]
    if code.startswith("4"):
        return RetryAfter(BUSY_S, code)
    if is_sender or NOT_LET_IN in said:
        log.error("the mail server does not let us in", code=code)
        return RetryAfter(OUR_TROUBLE_S, code)
    return Rejected(code, Refusal.NOT_THESE_WORDS)


def _recipient_refused(code: str, why: str) -> Rejected:
    if code.startswith("4"):
        return Rejected(code, Refusal.TRY_AGAIN)
    is_gone = code in NOBODY_THERE and not POLICY.search(why)
    return Rejected(code, Refusal.BAD_ADDRESS if is_gone else Refusal.OTHER_WAY)
