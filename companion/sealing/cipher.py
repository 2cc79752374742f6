"""One value sealed: AES-256 in Galois/Counter Mode (NIST SP 800-38D), by `cryptography`.

What comes out is: format (1 byte), the key's id (8), nonce (12), ciphertext, tag (16). Format, id and what the value is
(`about`) are authenticated: a value that was changed, or moved to another row or column, does not open.
"""

from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from companion.errors import BadInput

FORMAT = b"\x01"
KEY_BYTES = 32
KEY_ID_BYTES = 8
NONCE_BYTES = 12
"""SP 800-38D §8.2.2: 96 random bits; §8.3 allows 2^32 values under one key, more than one person ever has."""
TAG_BYTES = 16
OVERHEAD = len(FORMAT) + KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES
"""Bytes that a sealed value is longer than the plain one."""


class BrokenSealError(BadInput):
    """What is kept does not open: it was changed, or put in the place of another, or half of it is gone."""

    def __init__(self, where: str) -> None:
        super().__init__("does not open: it was changed, or moved", where=where, advice="restore it from a backup")


def seal(key: bytes, key_id: bytes, plain: bytes, about: bytes) -> bytes:
    """The value, sealed under a key of 32 bytes."""
    head, nonce = FORMAT + key_id, token_bytes(NONCE_BYTES)
    return head + nonce + AESGCM(key).encrypt(nonce, plain, head + about)


def key_id_of(sealed: bytes) -> bytes:
    """By which key it opens. Raises BrokenSealError for what is no sealed value."""
    if len(sealed) < OVERHEAD or not sealed.startswith(FORMAT):
        raise BrokenSealError("a sealed value")
    return sealed[len(FORMAT) : len(FORMAT) + KEY_ID_BYTES]


def unseal(key: bytes, sealed: bytes, about: bytes) -> bytes:
    """The value as it was. Raises BrokenSealError."""
    head_ends = len(FORMAT) + KEY_ID_BYTES
    body = head_ends + NONCE_BYTES
    try:
        return AESGCM(key).decrypt(sealed[head_ends:body], sealed[body:], sealed[:head_ends] + about)
    except InvalidTag:
        raise BrokenSealError(about.decode()) from None
