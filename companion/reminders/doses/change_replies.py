"""What a text may say beside answers to doses: a changed dose said back, or that something was read. Pure.

Only looked at where a change, or a withdrawal, waits for the sender; as with answers nothing is guessed.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from companion.care.teach_back import Change, Said, amount_in, amounts_offered

READ = "5"
"""The digit by which a person says that they have read it; it answers no dose (`replies.DIGITS`)."""

DAYS = {"today": 0, "tomorrow": 1, "今天": 0, "明天": 1, "后天": 2, "後天": 2}
_WITH_DAY = re.compile(rf"(?P<amount>.*?)(?P<day>{'|'.join(DAYS)})[.!。！]?")
_BETWEEN = " \t,，、."
"""What stands between the amount and the day."""


@dataclass(frozen=True)
class Written:
    """A text that may say a change back: an amount, a day, or both."""

    amount: Decimal | None
    starts_on: date | None


def says_read(text: str) -> bool:
    """Whether it is the digit, and nothing else."""
    return _plain(text).rstrip(".。!！") == READ


def written_in(text: str, today: date) -> Written | None:
    """ "18", "18 U today", "18单位 明天", "tomorrow"; None for any other text."""
    plain = _plain(text)
    found = _WITH_DAY.fullmatch(plain)
    if found is None:
        amount = amount_in(plain)
        return None if amount is None else Written(amount, None)
    starts_on = today + timedelta(days=DAYS[found["day"]])
    before = found["amount"].rstrip(_BETWEEN)
    if not before:
        return Written(None, starts_on)
    amount = amount_in(before)
    return None if amount is None else Written(amount, starts_on)


def meant_among(written: Written, changes: Sequence[tuple[Change, Said | None]]) -> tuple[int, Said] | None:
    """Which of the waiting changes it says back, and what it says; None where that is not plain.

    Each with the last answer if that named only the right amount: a day alone completes it. An amount that could not be
    chosen on the page either is something else, as a value that was measured.
    """
    fitting = [
        (place, said) for place, (change, half) in enumerate(changes) if (said := _fitting(written, change, half))
    ]
    return fitting[0] if len(fitting) == 1 else None


def _fitting(written: Written, change: Change, half: Said | None) -> Said | None:
    if written.amount is None:
        return None if half is None else Said(half.amount, written.starts_on)
    may_be_meant = {*amounts_offered(change, 0), *([] if change.before is None else [change.before])}
    return Said(written.amount, written.starts_on) if written.amount in may_be_meant else None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()
