"""Signatures of what goes to a pharmacy and what comes from it: Standard Webhooks 1.0, symmetric. Pure.

HMAC-SHA256 under the shared secret over `id.timestamp.body`, as `v1,<base64>`; headers webhook-id, webhook-timestamp
(seconds since 1970) and webhook-signature. The project's own library reads the system clock, so these lines stand here.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
PREFIX = "whsec_"
SECRET_BYTES = 32
STALE_AFTER = timedelta(minutes=5)
"""The tolerance that the specification asks for, into the past and into the future."""
LONGEST_ID = 80


class Doubt(StrEnum):
    """Why a request is not heard."""

    UNSIGNED = "unsigned"  # a header is missing, or is none
    STALE = "stale"
    FORGED = "forged"


def as_told(secret: bytes) -> str:
    """The secret as the pharmacy's people copy it."""
    return PREFIX + b64encode(secret).decode()


def signature(secret: bytes, message_id: str, seconds: int, body: bytes) -> str:
    signed = f"{message_id}.{seconds}.".encode() + body
    return "v1," + b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()


def headers(secret: bytes, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a request that leaves at that instant."""
    seconds = int(at.timestamp())
    return {ID: message_id, TIMESTAMP: str(seconds), SIGNATURE: signature(secret, message_id, seconds, body)}


def doubt(secret: bytes, told: Mapping[str, str], body: bytes, now: datetime) -> Doubt | None:
    """Why the request is not heard; None: it is the pharmacy's, and fresh. `told`: its headers, names in small letters.

    Several signatures may stand there, with blanks between them: while a pharmacy changes its secret it signs twice.
    """
    message_id, seconds = told.get(ID, ""), told.get(TIMESTAMP, "")
    is_id = 1 <= len(message_id) <= LONGEST_ID and message_id.isascii() and message_id.isprintable()
    if not (is_id and seconds.isascii() and seconds.isdigit() and len(seconds) <= 12):
        return Doubt.UNSIGNED
    right = signature(secret, message_id, int(seconds), body).encode()
    given = [each.encode() for each in told.get(SIGNATURE, "").split()]
    if not any(hmac.compare_digest(each, right) for each in given):
        return Doubt.FORGED
    return Doubt.STALE if abs(now.timestamp() - int(seconds)) > STALE_AFTER.total_seconds() else None
