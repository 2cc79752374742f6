"""Secrets that a browser or a link carries: 256 random bits outside (96 in a text message), their SHA-256 inside."""

import hashlib
import secrets

TOKEN_BYTES = 32
SHORT_BYTES = 12


def new_token() -> str:
    """A secret of 256 bits, fit for a URL or a cookie."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> str:
    """What is stored of the token. It is random enough that a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def short_token() -> str:
    """A secret of 96 bits in 16 letters, for a link in a text message: good for minutes, and once."""
    return secrets.token_urlsafe(SHORT_BYTES)
