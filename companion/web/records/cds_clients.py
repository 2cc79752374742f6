"""Which record systems may ask by CDS Hooks: an allow-list in a file, and the proof that a request is of one of them.

The file is JSON, by issuer: {"https://records.example": {"keys": [public JWK, …], "users": {"Practitioner/1": "cl_…"}}}
`users` says which of our clinicians a user there is; whom it does not name sees nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from companion.errors import BadInput

ALGORITHMS = ("ES384", "RS384", "ES256", "RS256", "ES512", "RS512")
"""Signatures by private keys only: a secret that both sides share is none (CDS Hooks 2.0, trusting CDS clients)."""
LEAST_RSA_BITS = 2048
LIVES_AT_MOST = timedelta(minutes=5)
CLOCKS_APART = timedelta(seconds=60)
CLAIMS = ("iss", "aud", "exp", "iat", "jti")
PRIVATE = "d"


class NotTrusted(Exception):
    """The request shows no valid token of a record system that is on the list. Says why, for the engineer there."""


@dataclass(frozen=True)
class CdsClient:
    """A record system: its public keys by key id, and who its users are here (their id → public id)."""

    issuer: str
    keys: Mapping[str, Mapping[str, Any]]
    users: Mapping[str, str]


class Trusted(NamedTuple):
    """What a token showed: whose it is, its own name, and when it is surely over."""

    client: CdsClient
    jti: str
    until: datetime


Clients = Mapping[str, CdsClient]


def load_clients(path: Path | None) -> Clients:
    """The allow-list; without a file nobody is on it. Raises BadInput naming what is wrong."""
    if path is None:
        return {}
    try:
        told = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(
            f"cannot be read: {error}", where="COMPANION_CDS_CLIENTS", advice="see docs/records.md"
        ) from None
    if not isinstance(told, dict):
        raise _wrong("", "is no object of issuers")
    return {issuer: _client(issuer, entry) for issuer, entry in told.items()}


def _wrong(issuer: str, what: str) -> BadInput:
    return BadInput(f"{issuer} {what}".strip(), where="COMPANION_CDS_CLIENTS", advice="see docs/records.md")


def _client(issuer: str, entry: Any) -> CdsClient:
    keys, users = (entry.get("keys"), entry.get("users", {})) if isinstance(entry, dict) else (None, None)
    if not (isinstance(keys, list) and keys and isinstance(users, dict)):
        raise _wrong(issuer, "needs `keys`, a list, and `users`, an object")
    by_id = {str(key.get("kid", "")): key for key in keys if isinstance(key, dict)}
    if len(by_id) != len(keys) or "" in by_id:
        raise _wrong(issuer, "has keys without a `kid` of their own")
    for kid, key in by_id.items():
        _check_key(issuer, kid, key)
    return CdsClient(issuer, by_id, {str(theirs): str(ours) for theirs, ours in users.items()})


def _check_key(issuer: str, kid: str, key: Mapping[str, Any]) -> None:
    if PRIVATE in key:
        raise _wrong(issuer, f"shows the private key {kid}: only public ones belong here")
    if key.get("kty") not in ("EC", "RSA"):
        raise _wrong(issuer, f"has a key {kid} that is neither EC nor RSA")
    try:
        public = jwt.PyJWK(dict(key), algorithm=_usual_algorithm(key)).key
    except jwt.PyJWTError as error:
        raise _wrong(issuer, f"has a key {kid} that is none: {error}") from None
    if isinstance(public, RSAPublicKey) and public.key_size < LEAST_RSA_BITS:
        raise _wrong(issuer, f"has an RSA key {kid} of fewer than {LEAST_RSA_BITS} bits")


def _usual_algorithm(key: Mapping[str, Any]) -> str:
    """PyJWT wants to know one before it reads a key."""
    curves = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
    return "RS384" if key.get("kty") == "RSA" else curves.get(str(key.get("crv")), "ES384")


def trusted_client(clients: Clients, token: str, audiences: tuple[str, ...], now: datetime) -> Trusted:
    """Whose token it is: of a known issuer, signed by a key of theirs, for one of these addresses, fresh. Raises
    NotTrusted."""
    try:
        header = jwt.get_unverified_header(token)
        unproven = jwt.decode(token, options={"verify_signature": False})
        client = clients.get(str(unproven.get("iss")))
        key = client.keys.get(str(header.get("kid"))) if client else None
        algorithm = header.get("alg")
        if client is None or key is None or algorithm not in ALGORITHMS:
            raise NotTrusted("the issuer, its key or the algorithm is not on the list")
        claims = jwt.decode(
            token,
            jwt.PyJWK(dict(key), algorithm=algorithm).key,
            algorithms=[algorithm],
            audience=list(audiences),
            issuer=client.issuer,
            options={"require": list(CLAIMS), "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
    except jwt.PyJWTError as error:
        raise NotTrusted(str(error)) from None
    _check_time(claims, now)
    return Trusted(client, str(claims["jti"]), now + LIVES_AT_MOST + 2 * CLOCKS_APART)


def _check_time(claims: Mapping[str, Any], now: datetime) -> None:
    """By the clock of this request, which the library does not know."""
    try:
        issued, expires = (float(claims[name]) for name in ("iat", "exp"))
        starts = float(claims.get("nbf", issued))
    except (TypeError, ValueError):
        raise NotTrusted("a time in the token is no number") from None
    at, apart = now.timestamp(), CLOCKS_APART.total_seconds()
    if not (max(issued, starts) - apart <= at < expires + apart):
        raise NotTrusted("the token is over, or not valid yet")
    if expires - issued > LIVES_AT_MOST.total_seconds():
        raise NotTrusted("a token lives five minutes at most")
