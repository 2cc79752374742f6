"""FHIR's dates and instants as days of the patient's calendar. Pure."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from companion.devices.uploads.json_values import text_of


def day_of(moment: Any, zone: str) -> date | None:
    """A whole date as it stands, an instant in the patient's zone; None for a month, a year, or no date at all."""
    text = text_of(moment)
    try:
        if len(text) == len("2026-03-04"):
            return date.fromisoformat(text)
        instant = datetime.fromisoformat(text)
        return instant.astimezone(ZoneInfo(zone)).date() if instant.tzinfo else None
    except (ValueError, OverflowError):
        return None
