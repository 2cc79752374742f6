"""What can wait does not disturb at night, and nobody gets too much of it. Pure."""

from companion.messages.models import Purpose

CAN_WAIT = (
    Purpose.REFILL,
    Purpose.ORDER,
    Purpose.DAILY_DIGEST,
    Purpose.SHARING_CHANGED,
    Purpose.WAITING_DIGEST,
    Purpose.SUGGESTION_ENDED,
    Purpose.EMERGENCY_ACCESS,
    Purpose.PROGRAMME,
)
"""Sent when the recipient's quiet hours are over."""

TOO_MANY = "daily_cap"
"""Why a message was not sent that would have been one too many."""

MOST_A_DAY = {Purpose.REFILL: 20, Purpose.DAILY_DIGEST: 20, Purpose.REPLY: 30}
"""Messages of that purpose for one person in 24 hours, our own rule. What changes care or asks for a dose is never
counted. A telephone that answers by itself ends after so many replies."""


def is_one_too_many(purpose: Purpose, sent: int) -> bool:
    """Whether a person who got `sent` of them in the last 24 hours gets no more."""
    return purpose in MOST_A_DAY and sent >= MOST_A_DAY[purpose]
