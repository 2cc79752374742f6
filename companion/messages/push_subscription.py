"""A browser's subscription: the address a push service gave it, and the keys that seal what is sent there. Pure.

The address alone lets anybody send there (RFC 8030 §8.3), and the service calls it: so it is https on a name or on a
public number, and is no more to be shown or logged than a password.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from companion.errors import BadInput
from companion.messages.public_numbers import is_public

LONGEST_ENDPOINT = 1000
POINT_BYTES = 65
"""An uncompressed point on P-256 (RFC 8291 §3.1)."""
SECRET_BYTES = 16
"""The authentication secret (RFC 8291 §3.2)."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """`p256dh` and `auth` in URL-safe base64 without padding, as browsers give them."""

    endpoint: str
    p256dh: str
    auth: str

    @property
    def host(self) -> str:
        """The push service; what may stand in a log."""
        return urlsplit(self.endpoint).hostname or ""

    def as_browsers_say(self) -> dict[str, Any]:
        """As `PushSubscription.toJSON()` gives it."""
        return {"endpoint": self.endpoint, "keys": {"auth": self.auth, "p256dh": self.p256dh}}

    def address(self) -> str:
        """One text for one subscription: what is kept of it."""
        return json.dumps(self.as_browsers_say(), separators=(",", ":"), sort_keys=True)


def read_subscription(said: Mapping[str, Any], *, may_be_private: bool = False) -> Subscription:
    """What a browser said. `may_be_private`: the push service may stand in this house and speak http, as in tests.

    Raises BadInput for what no browser says.
    """
    keys = said.get("keys")
    endpoint = _text(said, "endpoint", "endpoint")
    if not isinstance(keys, Mapping):
        raise BadInput("are missing", where="keys")
    _check_endpoint(endpoint, may_be_private=may_be_private)
    found = Subscription(endpoint, _text(keys, "p256dh", "keys.p256dh"), _text(keys, "auth", "keys.auth"))
    _check_point(found.p256dh)
    if len(_bytes(found.auth, "keys.auth")) != SECRET_BYTES:
        raise BadInput(f"is not {SECRET_BYTES} bytes", where="keys.auth")
    return found


def read_address(address: str, *, may_be_private: bool = False) -> Subscription:
    """The subscription that was kept as that text. Raises BadInput."""
    try:
        said = json.loads(address)
    except ValueError:
        raise BadInput("is no subscription", where="address") from None
    if not isinstance(said, Mapping):
        raise BadInput("is no subscription", where="address")
    return read_subscription(said, may_be_private=may_be_private)


def _text(said: Mapping[str, Any], name: str, where: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise BadInput("is missing", where=where)
    return value.rstrip("=") if where.startswith("keys.") else value


def _check_endpoint(endpoint: str, *, may_be_private: bool) -> None:
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        raise BadInput("is no address", where="endpoint") from None
    schemes = ("https", "http") if may_be_private else ("https",)
    if len(endpoint) > LONGEST_ENDPOINT or not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint:
        raise BadInput("is no address", where="endpoint")
    if parts.scheme not in schemes or not parts.hostname or parts.username is not None:
        raise BadInput("is not an https address", where="endpoint")
    if may_be_private:
        return
    if port not in (None, 443) or not _may_be_public(parts.hostname):
        raise BadInput("is not on the public internet", where="endpoint")


def _may_be_public(host: str) -> bool:
    """Whether that can be: what a name leads to is seen when it is called (`push_http`)."""
    try:
        return is_public(host)
    except ValueError:
        return "." in host.strip(".") and not host.rstrip(".").endswith((".localhost", ".local", ".internal"))


def _check_point(p256dh: str) -> None:
    point = _bytes(p256dh, "keys.p256dh")
    try:
        if len(point) != POINT_BYTES:
            raise ValueError
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise BadInput("is no point on P-256", where="keys.p256dh") from None


def _bytes(text: str, where: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise BadInput("is not URL-safe base64", where=where) from None
