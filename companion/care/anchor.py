"""An anchor: where the audit stood, signed, to be published elsewhere. What is cut off behind it is missed.

A chain of hashes does not show that its end was cut off. An anchor tells the last entry, how many there are and its
hash, under an Ed25519 signature (RFC 8032). Whoever has the public key checks it without us.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from companion.care.audit_chain import canonical
from companion.errors import BadInput

KIND = "companion audit anchor 1"
"""What is signed begins with it: a signature over anything else is none of an anchor."""


@dataclass(frozen=True)
class Anchor:
    """`entry` is the number of the last entry, `entries` how many there were with it, `head` its hash; `made_at` RFC
    3339. Key and signature in hexadecimal."""

    made_at: str
    entry: int
    entries: int
    head: str
    public_key: str
    signature: str = ""

    def as_json(self) -> dict[str, Any]:
        """As it is published."""
        return {"kind": KIND, **asdict(self)}

    def holds(self) -> bool:
        """Whether the signature is that of its key."""
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public_key))
            key.verify(bytes.fromhex(self.signature), _signed(self))
        except (InvalidSignature, ValueError):
            return False
        return True


def sign(anchor: Anchor, key: Ed25519PrivateKey) -> Anchor:
    """The same, by that key."""
    named = replace(anchor, public_key=public_key_of(key))
    return replace(named, signature=key.sign(_signed(named)).hex())


def public_key_of(key: Ed25519PrivateKey) -> str:
    """What is told to whoever checks anchors: the 32 bytes of RFC 8032 in hexadecimal."""
    return key.public_key().public_bytes_raw().hex()


def parse(text: str, where: str) -> Iterator[Anchor]:
    """The anchors of a file: one JSON object, or one a line. Raises BadInput for anything else."""
    try:
        found = [json.loads(text)]
    except ValueError:
        found = [_parsed(line, f"{where}, line {number}") for number, line in enumerate(text.splitlines(), 1) if line]
    if not found:
        raise BadInput("is empty", where=where, advice="name a file of anchors")
    for each in found:
        yield _from_json(each, where)


def _parsed(line: str, where: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        raise BadInput("is not JSON", where=where, advice="name a file of anchors") from None


def _from_json(found: Any, where: str) -> Anchor:
    try:
        kind, told = found["kind"], {name: found[name] for name in Anchor.__dataclass_fields__}
    except (TypeError, KeyError):
        kind, told = None, {}
    is_whole = all(isinstance(told.get(name), int) for name in ("entry", "entries"))
    if kind != KIND or not is_whole or not all(isinstance(told[n], str) for n in told.keys() - {"entry", "entries"}):
        raise BadInput("is not an anchor", where=where, advice="name a file that `companion audit anchor` wrote")
    return Anchor(**told)


def _signed(anchor: Anchor) -> bytes:
    return canonical([KIND, anchor.made_at, anchor.entry, anchor.entries, anchor.head])
