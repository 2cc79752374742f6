"""Codes of an app that shows a new one every 30 seconds (TOTP, RFC 6238). Pure."""

from datetime import datetime
from hmac import compare_digest

from pyotp import TOTP, random_base32

STEP_SECONDS = 30
DIGITS = 6
"""What every authenticator app makes, and RFC 6238 §4 takes for granted."""
NEIGHBOURS = (0, -1, 1)
"""A code just over, or of a clock that is ahead, is taken, too: RFC 6238 §5.2 recommends one step at most."""


def new_secret() -> str:
    """160 bits in base32, as RFC 4226 §4 recommends."""
    return random_base32(32)


def setup_address(secret: str, login: str, clinic: str) -> str:
    """What the app scans: `otpauth://totp/…`."""
    return TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(name=login, issuer_name=clinic)


def in_groups(secret: str) -> str:
    """The secret as a person types it, four letters at a time."""
    return " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))


def step_of(secret: str, typed: str, now: datetime, after: int | None) -> int | None:
    """The step of 30 seconds whose code was typed: the present one or a neighbour, if it is later than `after`."""
    digits = "".join(typed.split()).encode()
    present = int(now.timestamp()) // STEP_SECONDS
    codes = TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    for step in (present + distance for distance in NEIGHBOURS):
        if compare_digest(codes.at(step * STEP_SECONDS).encode(), digits) and (after is None or step > after):
            return step
    return None
