"""A passkey made of software: it answers as a browser's authenticator does (WebAuthn level 3 §6), and may lie."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field, replace
from secrets import token_bytes
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, KEY_INCLUDED = 0x01, 0x04, 0x40


@dataclass
class SoftKey:
    """What it says of itself may be changed: `origin` and `host` of the page, whether its owner was verified, how
    often it was used, and whose it is."""

    origin: str = "http://localhost"
    host: str = "localhost"
    is_verified: bool = True
    count: int = 0
    handle: str = ""
    credential_id: bytes = field(default_factory=lambda: token_bytes(16))
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def copy(self, **changed: Any) -> "SoftKey":
        """The same key, which says something else."""
        return replace(self, **changed)

    def register(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.create()` gives, as JSON."""
        self.handle = options["user"]["id"]
        new = len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(self._cose())
        authenticator = self._authenticator(KEY_INCLUDED) + bytes(16) + new
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": authenticator})
        response = {"clientDataJSON": self._client("webauthn.create", options), "attestationObject": text(attestation)}
        return self._credential(response)

    def sign(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.get()` gives, as JSON."""
        authenticator, client = self._authenticator(0), self._client("webauthn.get", options)
        signed = authenticator + hashlib.sha256(plain(client)).digest()
        response = {
            "clientDataJSON": client,
            "authenticatorData": text(authenticator),
            "signature": text(self.private.sign(signed, ec.ECDSA(SHA256()))),
            "userHandle": self.handle,
        }
        return self._credential(response)

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        id_ = text(self.credential_id)
        return {"id": id_, "rawId": id_, "type": "public-key", "response": response, "clientExtensionResults": {}}

    def _authenticator(self, more: int) -> bytes:
        flags = PRESENT | (VERIFIED if self.is_verified else 0) | more
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, options: dict[str, Any]) -> str:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return text(json.dumps(said).encode())

    def _cose(self) -> dict[int, Any]:
        """RFC 9053 §7.1.1: EC2, ES256, P-256."""
        point = self.private.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}


def text(raw: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def plain(said: str) -> bytes:
    """The bytes of base64url without padding."""
    return urlsafe_b64decode(said + "=" * (-len(said) % 4))
