"""What doses and readings are called in addresses and forms: their own keys, never a row's number."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.regimens import Regimen
from companion.clock import MILLISECOND, from_ms, to_ms
from companion.readings.amendments import Amended, amended, find_reading
from companion.readings.reading import Metric, Reading
from companion.readings.store import ReadingStore
from companion.reminders.doses.models import Dose

LONGEST_ID = 1400
LATEST_MS = 2**43
"""The year 2248: later instants are nobody's readings, and the calendar ends somewhere."""

_DOSE = re.compile(r"(rg_\w+)\.(\d{4}-\d{2}-\d{2})\.(\d{1,5})")


def dose_id(dose: Dose) -> str:
    """A dose by its medicine, local day and place in it: "rg_5f….2026-11-21.480"."""
    return f"{dose.regimen.public_id}.{dose.local_on.isoformat()}.{dose.slot}"


def find_dose(session: Session, text: str) -> Dose | None:
    """The dose of that name; None for a name that is none, or that nobody has."""
    found = _DOSE.fullmatch(text)
    if found is None:
        return None
    try:
        day = date.fromisoformat(found[2])
    except ValueError:
        return None
    query = select(Dose).join(Regimen, Regimen.id == Dose.regimen_id)
    return session.scalar(query.where(Regimen.public_id == found[1], Dose.local_on == day, Dose.slot == int(found[3])))


@dataclass(frozen=True)
class ReadingKey:
    """What names a reading of one patient."""

    metric: Metric
    taken_at: datetime
    device: str
    sequence: int


def reading_id(reading: Reading) -> str:
    """A reading's key as one word for an address."""
    told = json.dumps([reading.metric.value, to_ms(reading.taken_at), reading.device, reading.sequence])
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def parse_reading_id(text: str) -> ReadingKey | None:
    """The key behind that word; None when there is none."""
    if len(text) > LONGEST_ID:
        return None
    try:
        metric, taken_ms, device, sequence = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not 0 <= int(taken_ms) < LATEST_MS:
            return None
        return ReadingKey(Metric(metric), from_ms(int(taken_ms)), str(device), int(sequence))
    except (binascii.Error, ValueError, TypeError, OverflowError):
        return None


def find_amended(session: Session, store: ReadingStore, patient: str, text: str) -> Amended | None:
    """The patient's reading of that name, with what was said about it; None when there is none."""
    key = parse_reading_id(text)
    if key is None:
        return None
    there = store.between(patient, key.metric, key.taken_at, key.taken_at + MILLISECOND)
    return find_reading(amended(session, patient, there), key.metric, key.taken_at, key.device, key.sequence)
