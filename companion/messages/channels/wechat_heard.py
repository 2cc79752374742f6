"""What WeChat's server posts to us: signed, perhaps encrypted, XML. Pure.

Facts and sources (developers.weixin.qq.com, 接收消息 and 消息加解密): the plain signature covers token, timestamp and
nonce only, not the body; in the safe mode a second one covers the encrypted body, too. So with an AES key set, nothing
else is heard.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.etree.ElementTree import ParseError

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from companion.errors import BadInput
from companion.messages.channel import Heard, InboundText, Refusal, StatusReport
from companion.messages.models import DeliveryState

MAY_BE_OLD = timedelta(minutes=5)
"""WeChat repeats a request after 5 s, twice; more than that is somebody else's copy of it, or a wrong clock."""

RANDOM_BYTES, LENGTH_BYTES, AES_BLOCK, PADDED_TO = 16, 4, 16, 32
"""An encrypted body: random bytes, length (network order), XML, app id, padding to 32 bytes."""

_SECONDS = re.compile(r"[0-9]{1,12}")

FAILURES = {
    "failed:user block": Refusal.OPTED_OUT,
    "failed:system failed": Refusal.TRY_AGAIN,
    "failed: system failed": Refusal.TRY_AGAIN,
}
"""What a template message ended with; anything else, as `failed:freq limit`, asks for another way."""

SCENE = "qrscene_"
"""Stands before the scene of a QR code when scanning it made somebody a follower."""


@dataclass(frozen=True, slots=True)
class Account:
    """What requests for one official account are checked with. `aes_key`: 32 bytes; None: they come in the clear."""

    app_id: str
    token: str
    aes_key: bytes | None = None


def read_aes_key(text: str) -> bytes | None:
    """EncodingAESKey, 43 characters of base 64. Raises BadInput."""
    if not text:
        return None
    try:
        key = base64.b64decode(text + "=", validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise BadInput("is no EncodingAESKey", where="COMPANION_WECHAT_AES_KEY", advice="copy its 43 characters")
    return key


def is_genuine(heard: Heard, account: Account, now: datetime) -> bool:
    """Whether WeChat signed this, lately: a request, or the question (without a body) whether this address is ours."""
    query = heard.query
    stamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    if not (account.token and _SECONDS.fullmatch(stamp)):
        return False
    if abs(now.timestamp() - int(stamp)) > MAY_BE_OLD.total_seconds():
        return False
    if account.aes_key and heard.body:
        encrypted = _encrypted(heard.body)
        return _fits(query.get("msg_signature", ""), account.token, stamp, nonce, encrypted)
    return _fits(query.get("signature", ""), account.token, stamp, nonce)


def said(heard: Heard, account: Account) -> dict[str, str]:
    """The fields of a genuine request. Raises BadInput when it is broken."""
    if account.aes_key:
        return _fields(_decrypted(_encrypted(heard.body), account))
    return _fields(heard.body)


def status_reports(fields: Mapping[str, str]) -> Sequence[StatusReport]:
    """How a template message ended; empty when it is about something else."""
    if fields.get("Event") != "TEMPLATESENDJOBFINISH":
        return []
    provider_id, status = _field(fields, "MsgID"), _field(fields, "Status")
    if status == "success":
        return [StatusReport(provider_id, DeliveryState.DELIVERED)]
    means = FAILURES.get(status, Refusal.OTHER_WAY)
    return [StatusReport(provider_id, DeliveryState.UNDELIVERED, status[:40], means)]


def inbound_texts(fields: Mapping[str, str]) -> Sequence[InboundText]:
    """What a follower wrote or did: a text, a scanned code as if it had been typed, following and unfollowing.

    What cannot be read (a voice, a picture) stands as its kind in brackets, so that a person looks at it.
    """
    kind, sender = _field(fields, "MsgType"), _field(fields, "FromUserName")
    if kind != "event":
        body = fields.get("Content", "") if kind == "text" else f"[{kind}]"
        return [InboundText(_field(fields, "MsgId"), sender, body)]
    event, key = _field(fields, "Event"), fields.get("EventKey", "")
    provider_id = f"{event}:{_field(fields, 'CreateTime')}:{sender}"[:80]
    match event:
        case "subscribe":
            return [InboundText(provider_id, sender, key.removeprefix(SCENE), opts_out=False)]
        case "unsubscribe":
            return [InboundText(provider_id, sender, "", opts_out=True)]
        case "SCAN":
            return [InboundText(provider_id, sender, key)]
    return []


def _fits(signature: str, *signed: str) -> bool:
    expected = hashlib.sha1("".join(sorted(signed)).encode(), usedforsecurity=False).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def _encrypted(body: bytes) -> str:
    """The encrypted part; empty when there is none, which no signature fits."""
    try:
        return _fields(body).get("Encrypt", "")
    except BadInput:
        return ""


def _decrypted(encrypted: str, account: Account) -> bytes:
    assert account.aes_key
    try:
        sealed = base64.b64decode(encrypted, validate=True)
        cipher = Cipher(algorithms.AES(account.aes_key), modes.CBC(account.aes_key[:AES_BLOCK])).decryptor()
        opened = cipher.update(sealed) + cipher.finalize()
    except ValueError:
        raise _broken() from None
    start = RANDOM_BYTES + LENGTH_BYTES
    end = start + int.from_bytes(opened[RANDOM_BYTES:start], "big")
    padding = opened[-1] if opened else 0
    if not 1 <= padding <= PADDED_TO or opened[end:-padding] != account.app_id.encode():
        raise _broken()
    return opened[start:end]


def _fields(body: bytes) -> dict[str, str]:
    try:
        root = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError, LookupError):  # the last for an encoding nobody knows
        raise _broken() from None
    return {child.tag: child.text or "" for child in root}


def _field(fields: Mapping[str, str], name: str) -> str:
    value = fields.get(name)
    if not value:
        raise BadInput("is missing", where=name, advice="see WeChat's documentation of received messages")
    return value


def _broken() -> BadInput:
    return BadInput("is not WeChat's XML", where="body", advice="see WeChat's documentation of received messages")
